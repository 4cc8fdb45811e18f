import type { SessionFrame } from './window-session.ts';

/** Which rows a session has. */
export interface Members<M> {
  /** @param row its number. */
  add(row: number): void;
  /** Takes the rows of another one in, behind its own. */
  absorb(other: M): void;
  /** Divides the rows, those with times before `border` from the others. @param isBefore by place, in the order of `add`. */
  divided(border: number, isBefore: (place: number) => boolean): { readonly before: M; readonly others: M };
}

/** A session that is over. */
export interface Session<M> {
  readonly start: number;
  readonly end: number;
  readonly members: M;
}

/** Rows of one key of which no two neighbours in time lie `gap` or more apart. */
export interface Cluster<M> {
  start: number;
  /** Latest time + gap. */
  end: number;
  members: M;
  /** Of the rows, in the order in which they came; empty where sessions last as long as they like. */
  times: number[];
  /** The stretch of time in which it closes, as far as is known, see `OpenSessions`. */
  stretch: number;
}

/** The gap is so many stretches of time long. */
const STRETCHES = 64;

/** The sessions that may still get rows. Times in us. */
export class OpenSessions<M extends Members<M>> {
  readonly #make: () => M;
  readonly #gap: number;
  readonly #most: number;
  /** How long a stretch of time is, us. */
  readonly #stretch: number;
  #byKey = new Map<number, Cluster<M>[]>();
  /** By stretch of time: keys of which a session closes in it, or would have if no further row had come. */
  #closing = new Map<number, number[]>();
  #soonest = Infinity;

  /** @param make without any rows. */
  constructor({ gap, most }: SessionFrame, make: () => M) {
    this.#make = make;
    this.#gap = gap;
    this.#most = most ?? Infinity;
    this.#stretch = Math.max(1, gap / STRETCHES);
  }

  /** Before this time nothing is over. */
  get soonest(): number {
    return this.#soonest;
  }

  /** How many keys have open sessions. */
  get keys(): number {
    return this.#byKey.size;
  }

  /**
   * A row comes. What was over by the row's own mark takes it no more, whether or not it has been given yet.
   *
   * @returns false if the row is late: its session was over.
   */
  add(key: number, row: number, time: number, mark: number): boolean {
    const clusters = this.#byKey.get(key);
    const end = time + this.#gap;
    let into: Cluster<M> | undefined;
    for (const cluster of clusters ?? []) {
      if (cluster.end <= mark || time >= cluster.end || end <= cluster.start) continue;
      if (time < mark && this.#isCutOff(cluster, time, mark)) return false;
      if (into === undefined) into = cluster;
      else {
        // The row closes the gap between the two.
        clusters!.splice(clusters!.indexOf(cluster), 1);
        into.start = Math.min(into.start, cluster.start);
        into.end = Math.max(into.end, cluster.end);
        into.members.absorb(cluster.members);
        for (const t of cluster.times) into.times.push(t);
        break;
      }
    }
    if (into === undefined) {
      if (end <= mark) return false;
      into = { start: time, end, members: this.#make(), times: [], stretch: NaN };
      if (clusters === undefined) this.#byKey.set(key, [into]);
      else clusters.push(into);
    }
    into.members.add(row);
    if (this.#most < Infinity) into.times.push(time);
    if (time < into.start) into.start = time;
    if (end > into.end) into.end = end;
    this.#note(key, into);
    return true;
  }

  /** Takes out all sessions that end at `time` or before. */
  close(time: number): Session<M>[] {
    if (time < this.#soonest) return [];
    this.#soonest = Infinity;
    const over: Session<M>[] = [];
    const due = new Set<number>();
    for (const [stretch, keys] of this.#closing) {
      const from = stretch * this.#stretch;
      if (from > time) this.#soonest = Math.min(this.#soonest, from);
      else if (this.#closing.delete(stretch)) for (const key of keys) due.add(key);
    }
    for (const key of due) this.#closeKey(key, time, over);
    return over;
  }

  /** The sessions that are open, key by key. */
  *clusters(): Generator<Readonly<Cluster<M>>> {
    for (const clusters of this.#byKey.values()) yield* clusters;
  }

  /** Adds a session that was open elsewhere, behind the others of its key. */
  put(key: number, cluster: Cluster<M>): void {
    const clusters = this.#byKey.get(key);
    if (clusters === undefined) this.#byKey.set(key, [cluster]);
    else clusters.push(cluster);
    this.#note(key, cluster);
  }

  /** Keys have got other numbers. */
  renumber(keyOf: (members: M) => number): void {
    this.#byKey = new Map([...this.#byKey.values()].map((list) => [keyOf(list[0]!.members), list]));
    this.#closing.clear();
    for (const [key, clusters] of this.#byKey)
      for (const cluster of clusters) {
        cluster.stretch = NaN;
        this.#note(key, cluster);
      }
  }

  /** Takes what is over out of the sessions of a key. */
  #closeKey(key: number, time: number, over: Session<M>[]): void {
    const clusters = this.#byKey.get(key);
    const open = clusters?.filter((cluster) => !this.#take(cluster, time, over)) ?? [];
    if (open.length === 0) this.#byKey.delete(key);
    else if (open.length < clusters!.length) this.#byKey.set(key, open);
    for (const cluster of open) {
      // Its stretch has just been taken out.
      if (cluster.stretch * this.#stretch <= time) cluster.stretch = NaN;
      this.#note(key, cluster);
    }
  }

  /** A session has got another end. */
  #note(key: number, cluster: Cluster<M>): void {
    const at = this.#closesAt(cluster);
    this.#soonest = Math.min(this.#soonest, at);
    const stretch = Math.floor(at / this.#stretch);
    if (cluster.stretch === stretch) return;
    cluster.stretch = stretch;
    const keys = this.#closing.get(stretch);
    if (keys === undefined) this.#closing.set(stretch, [key]);
    else keys.push(key);
  }

  #closesAt({ start, end }: Cluster<M>): number {
    return Math.min(end, start + this.#most);
  }

  /** Takes what is over out of a cluster. @returns whether that was all of it. */
  #take(cluster: Cluster<M>, time: number, over: Session<M>[]): boolean {
    if (cluster.end <= time && cluster.end - cluster.start <= this.#most) {
      over.push({ start: cluster.start, end: cluster.end, members: cluster.members });
      return true;
    }
    while (cluster.times.length > 0 && this.#closesAt(cluster) <= time) this.#cut(cluster, over);
    return this.#most < Infinity && cluster.times.length === 0;
  }

  /** The first session of a cluster that lasts longer than any session may. */
  #cut(cluster: Cluster<M>, over: Session<M>[]): void {
    const { start, members, times } = cluster;
    const border = start + this.#most;
    const last = times.reduce((latest, t) => (t < border && t > latest ? t : latest), start);
    const { before, others } = members.divided(border, (place) => times[place]! < border);
    over.push({ start, end: Math.min(last + this.#gap, border), members: before });
    cluster.members = others;
    cluster.times = times.filter((t) => t >= border);
    cluster.start = cluster.times.reduce((least, t) => Math.min(least, t), Infinity);
  }

  /** Whether the sessions that `mark` has ended reach beyond `time`: none of them takes a row any more. */
  #isCutOff({ start, times }: Cluster<M>, time: number, mark: number): boolean {
    if (start + this.#most > mark) return false;
    const sorted = Float64Array.from(times).sort();
    let border = start + this.#most;
    for (const t of sorted) {
      if (t < border) continue;
      if (t + this.#most > mark) break;
      border = t + this.#most;
    }
    return time < border;
  }
}
