import { rowCount, rowRange, type RecordBatch } from '../../data/batch.ts';
import type { Value } from '../../data/value.ts';
import { bindingOf, type Binding, type TimestampFormat } from './bind.ts';
import type { Connection, Statement } from './driver.ts';

/** Rows of one INSERT statement; fewer do not pay, more gain nothing. */
const ROWS = 100;
/** Parameters that one statement may have. */
const MOST_PARAMETERS = 32_766;

/** The name of such a table. */
export const stageTable = (number: number): string => `temp.ssql_stage_${number}`;

/**
 * Rows on their way into a table: a temporary table of the same connection, in memory first, then in a temporary file.
 * Filling it locks nothing. Its columns have no affinity, so each value stays as it came until the target takes it.
 */
export class Stage {
  /** Its name, quoted. */
  readonly table: string;
  /** Names of its columns. */
  readonly columns: readonly string[];
  rows = 0;
  readonly #db: Connection;
  readonly #statements = new Map<string, Statement>();
  readonly #most: number;
  readonly #times: TimestampFormat;

  /** @param number sets it apart from others of the same connection. */
  constructor(db: Connection, width: number, number = 0, times: TimestampFormat = 'text') {
    this.#db = db;
    this.#times = times;
    this.table = stageTable(number);
    this.columns = Array.from({ length: width }, (_, i) => `c${i}`);
    this.#most = Math.max(1, Math.min(ROWS, Math.floor(MOST_PARAMETERS / width)));
    // Nothing of it survives a crash or is rolled back, so it needs no journal; unless others have a transaction open.
    if (!db.inTransaction) db.pragma('temp.journal_mode = OFF');
    db.exec(`CREATE TABLE ${this.table} (${this.columns.join(', ')})`);
  }

  /** Appends the rows of a batch, in order. */
  write(batch: RecordBatch): void {
    const count = rowCount(batch);
    const rows = batch.selection ?? rowRange(0, count);
    const bindings = batch.columns.map((column, c) => bindingOf(column, batch.schema[c]!.type, rows, this.#times));
    this.#db.exec('SAVEPOINT ssql_stage');
    try {
      const whole = count - (count % this.#most);
      this.#insert(bindings, rows, 0, whole, this.#most);
      this.#insert(bindings, rows, whole, count, 1);
      this.#db.exec('RELEASE ssql_stage');
    } catch (error) {
      if (this.#db.inTransaction) this.#db.exec('ROLLBACK TO ssql_stage; RELEASE ssql_stage');
      throw error;
    }
    this.rows += count;
  }

  clear(): void {
    this.#db.exec(`DELETE FROM ${this.table}`);
    this.rows = 0;
  }

  #insert(bindings: readonly Binding[], rows: ArrayLike<number>, start: number, end: number, at: number): void {
    if (start === end) return;
    const statement = this.#statement(bindings, at);
    const width = bindings.length;
    const parameters = new Array<Value>(width * at);
    for (let first = start; first < end; first += at) {
      for (let c = 0; c < width; c++) {
        const { value } = bindings[c]!;
        for (let i = 0; i < at; i++) parameters[i * width + c] = value(rows[first + i]!);
      }
      statement.run(parameters);
    }
  }

  #statement(bindings: readonly Binding[], rows: number): Statement {
    const tuple = `(${bindings.map((b) => b.sql).join(', ')})`;
    const key = `${rows}${tuple}`;
    let statement = this.#statements.get(key);
    if (statement === undefined) {
      statement = this.#db.prepare(
        `INSERT INTO ${this.table} VALUES ${Array.from({ length: rows }, () => tuple).join(', ')}`,
      );
      this.#statements.set(key, statement);
    }
    return statement;
  }
}
