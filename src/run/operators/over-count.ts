import type { Column } from '../../data/column.ts';
import { isNull } from '../../data/column.ts';
import type { Sliding } from './over-slide.ts';

/** `count(*)`, and `count(x)` of rows where x is not NULL. */
export class Count implements Sliding {
  readonly #out: Float64Array;
  readonly #column: Column | undefined;
  #n = 0;

  constructor(rows: number, column: Column | undefined) {
    this.#out = new Float64Array(rows);
    this.#column = column;
  }
  reset(): void {
    this.#n = 0;
  }
  step(row: number): void {
    if (this.#counts(row)) this.#n++;
  }
  inverse(row: number): void {
    if (this.#counts(row)) this.#n--;
  }
  emit(row: number): void {
    this.#out[row] = this.#n;
  }
  finish(): Column {
    return { kind: 'f64', values: this.#out, nulls: undefined };
  }
  #counts(row: number): boolean {
    const column = this.#column;
    if (column === undefined) return true;
    return column.kind === 'any' ? (column.values[row] ?? null) !== null : !isNull(column.nulls, row);
  }
}
