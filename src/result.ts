import { rowCount, rowsOf, type RecordBatch } from './data/batch.ts';
import { cell } from './data/cell.ts';
import { MAX_SAFE, type Value } from './data/value.ts';

/** Some rows of a result, column by column inside; what is asked for is made on the way out. */
export class ResultBatch {
  readonly columns: readonly string[];
  /** The columns themselves: typed arrays and views. Never write to them. */
  readonly batch: RecordBatch;

  constructor(columns: readonly string[], batch: RecordBatch) {
    this.columns = columns;
    this.batch = batch;
  }

  /** How many rows. */
  get length(): number {
    return rowCount(this.batch);
  }

  /** Rows as arrays, in order. */
  *rows(): Generator<unknown[]> {
    const { schema, columns } = this.batch;
    for (const row of rowsOf(this.batch)) yield schema.map((field, c) => plain(cell(columns[c]!, field.type, row)));
  }

  /** Rows as objects; of columns of the same name the last one counts. */
  *objects(): Generator<Record<string, unknown>> {
    for (const row of this.rows()) yield Object.fromEntries(this.columns.map((name, i) => [name, row[i]]));
  }
}

/** As better-sqlite3 gives values, but INTEGER beyond 2^53 is a bigint instead of a rounded number. */
const plain = (value: Value): unknown =>
  typeof value === 'bigint' && value <= MAX_SAFE && value >= -MAX_SAFE ? Number(value) : value;
