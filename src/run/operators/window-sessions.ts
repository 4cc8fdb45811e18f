import type { SessionFrame } from './window-session.ts';

/** A session that is over. */
export interface Session {
  readonly start: number;
  readonly end: number;
  /** Numbers of its rows. */
  readonly rows: number[];
}

/** Rows of one key of which no two neighbours in time lie `gap` or more apart. */
interface Cluster {
  start: number;
  /** Latest time + gap. */
  end: number;
  /** Numbers and times of the rows, in the order in which they came. */
  rows: number[];
  times: number[];
}

/** The sessions that may still get rows. Times in us. */
export class OpenSessions {
  readonly #gap: number;
  readonly #most: number;
  #byKey = new Map<number, Cluster[]>();
  /** Before this time nothing is over. */
  #soonest = Infinity;

  constructor({ gap, most }: SessionFrame) {
    this.#gap = gap;
    this.#most = most ?? Infinity;
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
    let into: Cluster | undefined;
    for (const cluster of clusters ?? []) {
      if (cluster.end <= mark || time >= cluster.end || end <= cluster.start) continue;
      if (time < mark && this.#isCutOff(cluster, time, mark)) return false;
      if (into === undefined) into = cluster;
      else {
        // The row closes the gap between the two.
        clusters!.splice(clusters!.indexOf(cluster), 1);
        into.start = Math.min(into.start, cluster.start);
        into.end = Math.max(into.end, cluster.end);
        into.rows = into.rows.concat(cluster.rows);
        into.times = into.times.concat(cluster.times);
        break;
      }
    }
    if (into === undefined) {
      if (end <= mark) return false;
      into = { start: time, end, rows: [], times: [] };
      if (clusters === undefined) this.#byKey.set(key, [into]);
      else clusters.push(into);
    }
    into.rows.push(row);
    into.times.push(time);
    if (time < into.start) into.start = time;
    if (end > into.end) into.end = end;
    this.#soonest = Math.min(this.#soonest, this.#closesAt(into));
    return true;
  }

  /** Takes out all sessions that end at `time` or before. */
  close(time: number): Session[] {
    if (time < this.#soonest) return [];
    this.#soonest = Infinity;
    const over: Session[] = [];
    for (const [key, clusters] of this.#byKey) {
      const open = clusters.filter((cluster) => !this.#take(cluster, time, over));
      for (const cluster of open) this.#soonest = Math.min(this.#soonest, this.#closesAt(cluster));
      if (open.length === 0) this.#byKey.delete(key);
      else if (open.length < clusters.length) this.#byKey.set(key, open);
    }
    return over;
  }

  /** Numbers of all rows. */
  rows(): number[] {
    return [...this.#byKey.values()].flatMap((clusters) => clusters.flatMap((cluster) => cluster.rows));
  }

  /** Rows and keys have got other numbers. */
  renumber(rows: ReadonlyMap<number, number>, keyOf: (row: number) => number): void {
    const clusters = [...this.#byKey.values()];
    this.#byKey = new Map();
    for (const list of clusters) {
      for (const cluster of list) cluster.rows = cluster.rows.map((row) => rows.get(row)!);
      this.#byKey.set(keyOf(list[0]!.rows[0]!), list);
    }
  }

  #closesAt({ start, end }: Cluster): number {
    return Math.min(end, start + this.#most);
  }

  /** Takes what is over out of a cluster. @returns whether that was all of it. */
  #take(cluster: Cluster, time: number, over: Session[]): boolean {
    if (cluster.end <= time && cluster.end - cluster.start <= this.#most) {
      over.push({ start: cluster.start, end: cluster.end, rows: cluster.rows });
      return true;
    }
    while (cluster.rows.length > 0 && this.#closesAt(cluster) <= time) this.#cut(cluster, over);
    return cluster.rows.length === 0;
  }

  /** The first session of a cluster that lasts longer than any session may. */
  #cut(cluster: Cluster, over: Session[]): void {
    const { start, rows, times } = cluster;
    const border = start + this.#most;
    const last = times.reduce((latest, t) => (t < border && t > latest ? t : latest), start);
    over.push({ start, end: Math.min(last + this.#gap, border), rows: rows.filter((_, i) => times[i]! < border) });
    cluster.rows = rows.filter((_, i) => times[i]! >= border);
    cluster.times = times.filter((t) => t >= border);
    cluster.start = cluster.times.reduce((least, t) => Math.min(least, t), Infinity);
  }

  /** Whether the sessions that `mark` has ended reach beyond `time`: none of them takes a row any more. */
  #isCutOff({ start, times }: Cluster, time: number, mark: number): boolean {
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
