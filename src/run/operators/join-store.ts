import type { RecordBatch } from '../../data/batch.ts';
import { columnBuilder } from '../../data/builder.ts';
import type { Column } from '../../data/column.ts';
import { rowBytes } from '../../data/footprint.ts';
import { concat, gather, NO_ROW } from '../../data/gather.ts';
import type { Schema } from '../../data/types.ts';

/**
 * Rows that a streaming operator keeps, numbered from 0 in the order they come. They lie in chunks, of which neighbours
 * are merged when the later one has become as large as the earlier one: so there are few of them, and a row is copied a
 * number of times that is logarithmic in the number of rows.
 */
export class RowStore {
  readonly schema: Schema;
  length = 0;
  readonly #chunks: RecordBatch[] = [];
  /** What each chunk takes. */
  readonly #sizes: number[] = [];
  /** Number of the first row of each chunk. */
  readonly #bases: number[] = [];

  constructor(schema: Schema) {
    this.schema = schema;
  }

  get bytes(): number {
    return this.#sizes.reduce((sum, size) => sum + size, 0);
  }

  /** All rows, in order. */
  get chunks(): readonly RecordBatch[] {
    return this.#chunks;
  }

  /** @param rows without a selection; they must share no memory that their source uses again. */
  add(rows: RecordBatch): void {
    if (rows.length === 0) return;
    this.#bases.push(this.length);
    this.#chunks.push(rows);
    this.#sizes.push(rowBytes(rows));
    this.length += rows.length;
    for (let n = this.#chunks.length; n > 1; n--) {
      const [a, b] = [this.#chunks[n - 2]!, this.#chunks[n - 1]!];
      if (a.length > b.length) break;
      this.#chunks.splice(n - 2, 2, concat(this.schema, [a, b]));
      this.#bases.pop();
      this.#sizes.splice(n - 2, 2, this.#sizes[n - 2]! + this.#sizes[n - 1]!);
    }
  }

  /** The columns of some rows, in that order; `NO_ROW` is a row of NULLs. */
  columns(rows: Uint32Array): Column[] {
    const chunks = rows.map((row) => this.#chunkOf(row));
    const [only = 0] = chunks;
    if (chunks.every((c) => c === only)) {
      const chunk = this.#chunks[only];
      if (chunk === undefined) return this.#nulls(rows.length);
      const base = this.#bases[only]!;
      const local = base === 0 ? rows : rows.map((row) => (row === NO_ROW ? NO_ROW : row - base));
      return chunk.columns.map((column) => gather(column, local));
    }
    return this.schema.map(({ type }, c) => {
      const builder = columnBuilder(type, rows.length);
      for (let i = 0; i < rows.length; i++) {
        const at = chunks[i]!;
        if (rows[i] === NO_ROW) builder.appendNull();
        else builder.appendFrom(this.#chunks[at]!.columns[c]!, type, rows[i]! - this.#bases[at]!);
      }
      return builder.finish();
    });
  }

  batch(rows: Uint32Array): RecordBatch {
    return { schema: this.schema, length: rows.length, columns: this.columns(rows) };
  }

  #nulls(count: number): Column[] {
    const none = new Uint32Array(count).fill(NO_ROW);
    return concat(this.schema, []).columns.map((column) => gather(column, none));
  }

  /** Number of the chunk that a row is in; of `NO_ROW`, of the last one. */
  #chunkOf(row: number): number {
    let at = this.#chunks.length - 1;
    while (at > 0 && this.#bases[at]! > row) at--;
    return Math.max(at, 0);
  }
}
