import { isNullAt, type Column } from '../../data/column.ts';
import { KeyTable } from '../../data/hash.ts';
import type { Argument } from './over-value.ts';
import type { Sliding } from './over-slide.ts';

/** `approx_count_distinct` over a frame that moves; exact. */
export class DistinctCount implements Sliding {
  readonly #column: Column;
  readonly #ids: Uint32Array;
  /** How many rows of the frame have each value. */
  readonly #rowsOf: Uint32Array;
  /** Values in the frame, as a queue. */
  readonly #queue: Uint32Array;
  readonly #out: Float64Array;
  #head = 0;
  #tail = 0;
  #n = 0;

  constructor({ column, type }: Argument, rows: number) {
    const table = new KeyTable([{ type }]);
    this.#column = column;
    this.#ids = table.groupIds([column], { length: rows });
    this.#rowsOf = new Uint32Array(table.size);
    this.#queue = new Uint32Array(rows);
    this.#out = new Float64Array(rows);
  }
  reset(): void {
    while (this.#head < this.#tail) this.#letGo();
    this.#head = 0;
    this.#tail = 0;
  }
  step(row: number): void {
    if (this.#isNull(row)) return;
    const id = this.#ids[row]!;
    this.#queue[this.#tail++] = id;
    if (this.#rowsOf[id]!++ === 0) this.#n++;
  }
  inverse(row: number): void {
    if (!this.#isNull(row)) this.#letGo();
  }
  emit(row: number): void {
    this.#out[row] = this.#n;
  }
  finish(): Column {
    return { kind: 'f64', values: this.#out, nulls: undefined };
  }
  #letGo(): void {
    if (--this.#rowsOf[this.#queue[this.#head++]!]! === 0) this.#n--;
  }
  #isNull(row: number): boolean {
    const column = this.#column;
    return isNullAt(column, row);
  }
}
