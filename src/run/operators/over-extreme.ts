import { isNullAt, type Column } from '../../data/column.ts';
import { NO_ROW, pick } from '../../data/gather.ts';
import type { RowComparator } from '../../data/order.ts';
import type { Sliding } from './over-slide.ts';

/** Whether a row that comes makes one that came before it useless as a result for ever. */
export type Dominates = (before: number, now: number) => boolean;

/**
 * Aggregates whose result is the cell of one row. Rows that may still become the result wait in a queue whose front is
 * the result (the monotone deque of sliding minima); a row that comes sends those away from the back that it dominates.
 */
export class Chosen implements Sliding {
  readonly #value: Column;
  readonly #dominates: Dominates;
  /** Rows where this is NULL cannot be the result. */
  readonly #present: Column | undefined;
  readonly #queue: Uint32Array;
  readonly #rows: Uint32Array;
  #head = 0;
  #tail = 0;

  constructor(rows: number, value: Column, present: Column | undefined, dominates: Dominates) {
    this.#value = value;
    this.#present = present;
    this.#dominates = dominates;
    this.#queue = new Uint32Array(rows);
    this.#rows = new Uint32Array(rows);
  }
  reset(): void {
    this.#head = 0;
    this.#tail = 0;
  }
  step(row: number): void {
    if (this.#present !== undefined && isNullAt(this.#present, row)) return;
    while (this.#tail > this.#head && this.#dominates(this.#queue[this.#tail - 1]!, row)) this.#tail--;
    this.#queue[this.#tail++] = row;
  }
  inverse(row: number): void {
    if (this.#head < this.#tail && this.#queue[this.#head] === row) this.#head++;
  }
  emit(row: number): void {
    this.#rows[row] = this.#head < this.#tail ? this.#queue[this.#head]! : NO_ROW;
  }
  finish(): Column {
    return pick(this.#value, this.#rows);
  }
}

/** The smallest (sign 1) or largest (-1) key; of equals the first, or the last. */
export const byKey = (compare: RowComparator, sign: 1 | -1, ofEquals: 'first' | 'last'): Dominates =>
  ofEquals === 'first'
    ? (before, now) => compare(before, now) * sign > 0
    : (before, now) => compare(before, now) * sign >= 0;
