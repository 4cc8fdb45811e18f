import { rowRange } from '../../data/batch.ts';
import { columnBuilder } from '../../data/builder.ts';
import { cell } from '../../data/cell.ts';
import type { ColumnBuilder } from '../../data/column-builder.ts';
import type { Field, Type } from '../../data/types.ts';
import type { Value } from '../../data/value.ts';
import type { RunContext } from '../context.ts';
import { Scratch, type Frame } from '../scratch.ts';

/** So many groups are written at once. */
const AT_ONCE = 4096;

/** Rows that ORDER BY holds equal: rows `start .. end` of their partition, the end left out. */
export interface Group {
  readonly number: number;
  readonly start: number;
  readonly end: number;
  /** What calls give that take in all rows up to the end of the group. */
  readonly results: readonly Value[];
}

/** The groups of a partition, in their order, in a scratch file. */
export class GroupLog {
  readonly #schema: readonly Field[];
  readonly #scratch: Scratch;
  readonly #frames: Frame[] = [];
  #builders: readonly ColumnBuilder[];

  /** @param types of the results. */
  constructor(types: readonly Type[], context: RunContext) {
    this.#schema = (['REAL', ...types] as const).map((type, i) => ({ name: `$${i}`, type }));
    this.#scratch = new Scratch(context);
    this.#builders = this.#fresh();
  }

  add(rows: number, results: readonly Value[]): void {
    [rows, ...results].forEach((value, i) => {
      this.#builders[i]!.append(value);
    });
    if (this.#builders[0]!.length === AT_ONCE) this.#write();
  }

  *read(): Generator<Group, undefined> {
    this.#write();
    let [number, start] = [0, 0];
    for (const frame of this.#frames) {
      const { length, columns } = this.#scratch.read(frame, this.#schema);
      for (let row = 0; row < length; row++) {
        const [rows, ...results] = columns.map((column, c) => cell(column, this.#schema[c]!.type, row));
        const end = start + Number(rows);
        yield { number: number++, start, end, results };
        start = end;
      }
    }
  }

  close(): void {
    this.#scratch.close();
  }

  #fresh(): readonly ColumnBuilder[] {
    return this.#schema.map(({ type }) => columnBuilder(type));
  }

  #write(): void {
    const columns = this.#builders.map((builder) => builder.finish());
    const { length } = this.#builders[0]!;
    this.#builders = this.#fresh();
    const rows = rowRange(0, length);
    if (length > 0) this.#frames.push(this.#scratch.write({ schema: this.#schema, length, columns }, rows));
  }
}
