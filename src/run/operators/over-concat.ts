import { cell } from '../../data/cell.ts';
import { newNulls, setNull, type Column } from '../../data/column.ts';
import { textOf } from '../../expr/compare.ts';
import type { Argument } from './over-value.ts';
import type { Sliding } from './over-slide.ts';

/**
 * `group_concat`: every result is a piece of the text of all rows together, since a frame has neighbours only. So the
 * text is written once, and a result is a view of it.
 */
export class Concatenation implements Sliding {
  readonly #args: readonly Argument[];
  readonly #starts: Uint32Array;
  readonly #ends: Uint32Array;
  readonly #nulls: Uint8Array;
  #bytes = Buffer.allocUnsafe(1 << 12);
  #used = 0;
  /** Where the text of each row begins and ends that is in the frame or was; by row. */
  readonly #from: Uint32Array;
  readonly #to: Uint32Array;
  /** The rows in the frame that have text, as a queue. */
  readonly #queue: Uint32Array;
  #head = 0;
  #tail = 0;

  /** @param args the value and maybe the separator, which stands before it. */
  constructor(args: readonly Argument[], rows: number) {
    this.#args = args;
    this.#starts = new Uint32Array(rows);
    this.#ends = new Uint32Array(rows);
    this.#nulls = newNulls(rows);
    this.#from = new Uint32Array(rows);
    this.#to = new Uint32Array(rows);
    this.#queue = new Uint32Array(rows);
  }
  reset(): void {
    this.#head = 0;
    this.#tail = 0;
  }
  step(row: number): void {
    const [value, separator] = this.#args;
    const v = cell(value!.column, value!.type, row);
    if (v === null) return;
    if (this.#tail > this.#head) this.#write(separator === undefined ? ',' : this.#separator(separator, row));
    this.#from[row] = this.#used;
    this.#write(textOf(v));
    this.#to[row] = this.#used;
    this.#queue[this.#tail++] = row;
  }
  inverse(row: number): void {
    if (this.#head < this.#tail && this.#queue[this.#head] === row) this.#head++;
  }
  emit(row: number): void {
    if (this.#head === this.#tail) {
      setNull(this.#nulls, row);
      return;
    }
    this.#starts[row] = this.#from[this.#queue[this.#head]!]!;
    this.#ends[row] = this.#to[this.#queue[this.#tail - 1]!]!;
  }
  finish(): Column {
    const bytes = this.#bytes.subarray(0, this.#used);
    return { kind: 'utf8', bytes, starts: this.#starts, ends: this.#ends, nulls: this.#nulls };
  }

  #separator({ column, type }: Argument, row: number): string {
    const v = cell(column, type, row);
    return v === null ? '' : textOf(v);
  }

  #write(text: string): void {
    // A UTF-16 unit takes at most three bytes.
    if (this.#used + text.length * 3 > this.#bytes.length) {
      const grown = Buffer.allocUnsafe(Math.max(this.#used + text.length * 3, this.#bytes.length * 2));
      this.#bytes.copy(grown, 0, 0, this.#used);
      this.#bytes = grown;
    }
    this.#used += this.#bytes.write(text, this.#used);
  }
}
