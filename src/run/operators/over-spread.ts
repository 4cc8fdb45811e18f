import { columnBuilder } from '../../data/builder.ts';
import type { ColumnBuilder } from '../../data/column-builder.ts';
import { cell } from '../../data/cell.ts';
import type { Column } from '../../data/column.ts';
import { realOf } from '../../expr/compare.ts';
import type { Argument } from './over-value.ts';
import type { Sliding } from './over-slide.ts';

/**
 * Variances and deviations over a frame that moves. A squared distance cannot be taken out again without losing digits,
 * so nothing is: the frame is two halves. Rows come into the back one, by Welford's method. The front one knows, for each
 * of its rows, the moments of that row and those behind it; when it has no rows left, the back one becomes it. The
 * moments of the two add up (Chan, Golub, LeVeque: Updating Formulae, 1979), in constant time for each row on average
 * (Tangwongsan et al.: General Incremental Sliding-Window Aggregation, VLDB 2015).
 */
export class Spread implements Sliding {
  readonly #of: (n: number, squares: number) => number | null;
  readonly #out: ColumnBuilder;
  /** By row; NaN for NULL. */
  readonly #values: Float64Array;
  /** Values in the frame, as a queue; those below `#front` are of the front half. */
  readonly #queue: Float64Array;
  readonly #means: Float64Array;
  readonly #squares: Float64Array;
  #head = 0;
  #front = 0;
  #tail = 0;
  /** Moments of the back half. */
  #mean = 0;
  #square = 0;

  constructor(of: (n: number, squares: number) => number | null, { column, type }: Argument, rows: number) {
    this.#of = of;
    this.#out = columnBuilder('REAL', rows);
    this.#values = Float64Array.from({ length: rows }, (_, row) => {
      const v = cell(column, type, row);
      return v === null ? NaN : realOf(v);
    });
    this.#queue = new Float64Array(rows);
    this.#means = new Float64Array(rows);
    this.#squares = new Float64Array(rows);
  }

  reset(): void {
    this.#head = this.#front = this.#tail = 0;
    this.#mean = this.#square = 0;
  }

  step(row: number): void {
    const x = this.#values[row]!;
    if (Number.isNaN(x)) return;
    this.#queue[this.#tail++] = x;
    const distance = x - this.#mean;
    this.#mean += distance / (this.#tail - this.#front);
    this.#square += distance * (x - this.#mean);
  }

  inverse(row: number): void {
    if (Number.isNaN(this.#values[row]!)) return;
    if (this.#head === this.#front) this.#turnOver();
    this.#head++;
  }

  emit(): void {
    const front = this.#front - this.#head;
    const back = this.#tail - this.#front;
    const n = front + back;
    let squares = this.#square;
    if (front > 0) {
      const distance = this.#mean - this.#means[this.#head]!;
      squares += this.#squares[this.#head]! + (back === 0 ? 0 : (distance * distance * front * back) / n);
    }
    const result = this.#of(n, squares);
    if (result === null || Number.isNaN(result)) this.#out.appendNull();
    else this.#out.appendNumber(result);
  }

  finish(): Column {
    return this.#out.finish();
  }

  /** The back half becomes the front half, whose moments are counted from its last row on. */
  #turnOver(): void {
    let mean = 0;
    let square = 0;
    for (let i = this.#tail - 1; i >= this.#head; i--) {
      const x = this.#queue[i]!;
      const distance = x - mean;
      mean += distance / (this.#tail - i);
      square += distance * (x - mean);
      this.#means[i] = mean;
      this.#squares[i] = square;
    }
    this.#front = this.#tail;
    this.#mean = this.#square = 0;
  }
}
