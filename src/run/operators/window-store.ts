import { rowCount, type RecordBatch } from '../../data/batch.ts';
import { rowBytes } from '../../data/footprint.ts';
import { concat, gatherBatch } from '../../data/gather.ts';
import type { Schema } from '../../data/types.ts';

/** A batch whose row `r` has the number `base + r` in the store. */
interface Held {
  readonly base: number;
  readonly batch: RecordBatch;
  live: number;
  /** What it takes. */
  readonly bytes: number;
}

/** Bytes of a number and a time. */
const NUMBER = 24;
/** Below so many rows nothing is gained by moving them. */
const LEAST = 65_536;

/**
 * Rows that wait for their windows to be complete, by numbers that rise in the order in which they came. Batches are
 * kept as they are until few of their rows are left.
 */
export class RowStore {
  readonly #schema: Schema;
  #held: Held[] = [];
  #next = 0;
  /** Rows in the batches, and those of them that are still wanted. */
  #rows = 0;
  #live = 0;

  constructor(schema: Schema) {
    this.#schema = schema;
  }

  /** About what all rows take, and the numbers by which they are known. */
  get bytes(): number {
    return this.#held.reduce((sum, { bytes }) => sum + bytes, this.#live * NUMBER);
  }

  /** Keeps all rows of a batch. @returns what has to be added to a physical row number. */
  add(batch: RecordBatch): number {
    const base = this.#next;
    const live = rowCount(batch);
    this.#held.push({ base, batch, live, bytes: rowBytes(batch) });
    this.#next += batch.length;
    this.#rows += batch.length;
    this.#live += live;
    return base;
  }

  /** Rows by their numbers, in the order given. */
  take(numbers: readonly number[]): RecordBatch {
    const unique = Float64Array.from(new Set(numbers)).sort();
    const parts: RecordBatch[] = [];
    for (let from = 0, to = 0; from < unique.length; from = to) {
      const { base, batch } = this.#holderOf(unique[from]!);
      while (to < unique.length && unique[to]! < base + batch.length) to++;
      parts.push({ ...batch, selection: Uint32Array.from(unique.subarray(from, to), (n) => n - base) });
    }
    const all = concat(this.#schema, parts);
    if (unique.length === numbers.length && numbers.every((n, i) => n === unique[i])) return all;
    const at = new Map(Array.from(unique, (n, i) => [n, i]));
    return gatherBatch(
      all,
      Uint32Array.from(numbers, (n) => at.get(n)!),
    );
  }

  /** Nobody wants these rows any more. */
  release(numbers: Iterable<number>): void {
    let emptied = false;
    let holder: Held | undefined;
    for (const n of numbers) {
      if (holder === undefined || n < holder.base || n >= holder.base + holder.batch.length) holder = this.#holderOf(n);
      this.#live--;
      if (--holder.live === 0) emptied = true;
    }
    if (!emptied) return;
    this.#held = this.#held.filter(({ live }) => live > 0);
    this.#rows = this.#held.reduce((sum, { batch }) => sum + batch.length, 0);
  }

  /** Most of what is held is not wanted any more: `compact` is worth its price. */
  get isSparse(): boolean {
    return this.#rows > LEAST && this.#rows > 2 * this.#live;
  }

  /** Moves the wanted rows together. @param live their numbers. @returns the new numbers, in the same order. */
  compact(live: readonly number[]): { readonly batch: RecordBatch; readonly renumbered: ReadonlyMap<number, number> } {
    const sorted = [...live].sort((a, b) => a - b);
    const batch = this.take(sorted);
    this.#held = [];
    this.#rows = this.#live = 0;
    const base = this.add(batch);
    return { batch, renumbered: new Map(sorted.map((n, i) => [n, base + i])) };
  }

  #holderOf(n: number): Held {
    let [low, high] = [0, this.#held.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#held[middle]!.base <= n) low = middle;
      else high = middle - 1;
    }
    return this.#held[low]!;
  }
}
