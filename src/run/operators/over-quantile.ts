import { columnBuilder } from '../../data/builder.ts';
import type { ColumnBuilder } from '../../data/column-builder.ts';
import { cell } from '../../data/cell.ts';
import type { Column } from '../../data/column.ts';
import { sameFraction } from '../../expr/functions/aggregate.ts';
import { RowError } from '../../expr/functions/function.ts';
import type { Argument } from './over-value.ts';
import type { Sliding } from './over-slide.ts';

/** What tells the percentile functions apart; `top` is the fraction that means the largest value. */
export const quantiles = {
  median: { top: 1, discrete: false },
  percentile: { top: 100, discrete: false },
  percentile_cont: { top: 1, discrete: false },
  percentile_disc: { top: 1, discrete: true },
} as const;
export type QuantileFunction = keyof typeof quantiles;

export const isQuantile = (fn: string): fn is QuantileFunction => fn in quantiles;

/**
 * Percentiles over a frame that moves: a Fenwick tree over the ranks of all values counts those in the frame, so that a
 * row costs the logarithm of their number. (P. Fenwick: A New Data Structure for Cumulative Frequency Tables, 1994)
 */
export class Quantile implements Sliding {
  readonly #fn: QuantileFunction;
  readonly #args: readonly Argument[];
  readonly #out: ColumnBuilder;
  /** All values, ascending, each once. */
  readonly #values: Float64Array;
  readonly #counts: Int32Array;
  /** The largest power of 2 that is not above the number of values. */
  readonly #topBit: number;
  /** Ranks in the frame, as a queue. */
  readonly #queue: Uint32Array;
  #head = 0;
  #tail = 0;
  #fraction: number | undefined;

  constructor(fn: QuantileFunction, args: readonly Argument[], rows: number) {
    this.#fn = fn;
    this.#args = args;
    this.#out = columnBuilder('REAL', rows);
    const numbers = new Float64Array(rows);
    let n = 0;
    for (let row = 0; row < rows; row++) {
      const v = cell(args[0]!.column, args[0]!.type, row);
      if (typeof v === 'bigint' || typeof v === 'number') numbers[n++] = Number(v);
    }
    this.#values = numbers
      .subarray(0, n)
      .sort()
      .filter((v, i, all) => i === 0 || v !== all[i - 1]);
    this.#counts = new Int32Array(this.#values.length + 1);
    this.#topBit = 2 ** Math.floor(Math.log2(this.#values.length || 1));
    this.#queue = new Uint32Array(rows);
    this.reset();
  }

  reset(): void {
    while (this.#head < this.#tail) this.#count(this.#queue[this.#head++]!, -1);
    this.#head = 0;
    this.#tail = 0;
    this.#fraction = this.#args.length === 1 ? 0.5 : undefined;
  }

  step(row: number): void {
    const [value, fraction] = this.#args;
    if (fraction !== undefined) {
      const given = cell(fraction.column, fraction.type, row);
      this.#fraction = sameFraction(this.#fn, this.#fraction, given, quantiles[this.#fn].top);
    }
    const v = cell(value!.column, value!.type, row);
    if (v === null) return;
    if (typeof v === 'string' || typeof v === 'object') throw new RowError(`input to ${this.#fn}() is not numeric`);
    const number = Number(v);
    if (!Number.isFinite(number)) throw new RowError(`Inf input to ${this.#fn}()`);
    const rank = this.#rankOf(number);
    this.#queue[this.#tail++] = rank;
    this.#count(rank, 1);
  }

  inverse(row: number): void {
    const { column, type } = this.#args[0]!;
    if (cell(column, type, row) !== null) this.#count(this.#queue[this.#head++]!, -1);
  }

  emit(): void {
    const n = this.#tail - this.#head;
    if (n === 0 || this.#fraction === undefined) return this.#out.appendNull();
    const at = this.#fraction * (n - 1);
    const below = Math.trunc(at);
    const low = this.#nth(below);
    const high = quantiles[this.#fn].discrete || at === below || below === n - 1 ? low : this.#nth(below + 1);
    this.#out.appendNumber(low + (high - low) * (at - below));
  }

  finish(): Column {
    return this.#out.finish();
  }

  #rankOf(value: number): number {
    let from = 0;
    let to = this.#values.length - 1;
    while (from < to) {
      const middle = (from + to) >> 1;
      if (this.#values[middle]! < value) from = middle + 1;
      else to = middle;
    }
    return from;
  }

  #count(rank: number, by: 1 | -1): void {
    for (let i = rank + 1; i < this.#counts.length; i += i & -i) this.#counts[i]! += by;
  }

  /** The value that n values of the frame are before. */
  #nth(n: number): number {
    let place = 0;
    for (let bit = this.#topBit; bit > 0; bit >>= 1) {
      const next = place + bit;
      if (next < this.#counts.length && this.#counts[next]! <= n) {
        place = next;
        n -= this.#counts[next]!;
      }
    }
    return this.#values[place]!;
  }
}
