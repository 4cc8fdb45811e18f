import { NO_MARK } from '../../data/event-time.ts';
import type { Partitions } from '../../plan/watermark.ts';

interface Place {
  /** The greatest bound of its rows. */
  bound: number;
  /** ms of the clock: when its last row came. */
  heard: number;
  idle: boolean;
}

/** The watermark of a source: the least of those of its places. Times in us since 1970, clocks in ms. */
export class Places {
  /** Never falls. */
  watermark = NO_MARK;
  readonly #places: Place[];
  readonly #byName: Map<string, number>;
  readonly #inTurn: boolean;

  constructor(partitions: Partitions | undefined, now: number) {
    const names = partitions?.names ?? [''];
    this.#byName = new Map(names.map((name, i) => [name, i]));
    this.#places = names.map(() => ({ bound: NO_MARK, heard: now, idle: false }));
    this.#inTurn = partitions?.inTurn ?? false;
  }

  /** The number of a place; one that nobody knew of counts from now on. */
  place(name: string, now: number): number {
    let place = this.#byName.get(name);
    if (place === undefined) {
      place = this.#places.push({ bound: NO_MARK, heard: now, idle: false }) - 1;
      this.#byName.set(name, place);
    }
    return place;
  }

  /** A row of a place has come. @returns the watermark after it. */
  raise(place: number, bound: number): number {
    const found = this.#places[place]!;
    if (bound <= found.bound) return this.watermark;
    const wasLeast = found.bound <= this.watermark;
    found.bound = bound;
    if (wasLeast) this.#lift();
    return this.watermark;
  }

  /** Rows of a place have come: it is waited for again. */
  heard(place: number, now: number): void {
    const found = this.#places[place]!;
    found.heard = now;
    found.idle = false;
  }

  /** Leaves out the places that gave no row for `idle` ms; with none left the watermark goes on as the clock does. */
  tick(now: number, idle: number): number {
    for (const place of this.#places) place.idle ||= now - place.heard >= idle;
    if (!this.#places.every((place) => place.idle)) {
      this.#lift();
      return this.watermark;
    }
    const greatest = Math.max(...this.#places.map((place) => place.bound));
    const quiet = Math.min(...this.#places.map((place) => now - place.heard));
    if (greatest > NO_MARK) this.watermark = Math.max(this.watermark, greatest + Math.floor(quiet * 1000));
    return this.watermark;
  }

  /** Places that are read in turn: one that has not come yet can give any row, one that has ended gives none. */
  #lift(): void {
    const waited = this.#inTurn ? this.#places.slice(-1) : this.#places.filter((place) => !place.idle);
    const least = Math.min(...waited.map((place) => place.bound));
    if (least > this.watermark && least < Infinity) this.watermark = least;
  }
}
