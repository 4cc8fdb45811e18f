import { RunError } from '../../base/errors.ts';
import type { Value } from '../../data/value.ts';
import type { Collation } from '../../data/types.ts';
import { patiently, type Patience } from './busy.ts';
import { openDatabase, type Connection, type Statement } from './driver.ts';
import { explained } from './faults.ts';
import { quote } from './names.ts';

export interface LookupRequest {
  readonly file: string;
  readonly table: string;
  /** Columns to read, by their names. */
  readonly columns: readonly string[];
  /** Columns that must be equal to the values of a key, in that order. */
  readonly keys: readonly { readonly column: string; readonly collation: Collation }[];
}

/** Finds rows of a table by keys, as the table is at that moment. */
export class TableLookup {
  readonly #request: LookupRequest;
  readonly #patience: Patience;
  #db: Connection | undefined;
  #statement: Statement | undefined;

  /** @param patience how long to wait for locks of other programs. */
  constructor(request: LookupRequest, patience: Omit<Patience, 'file'>) {
    this.#request = request;
    this.#patience = { ...patience, file: request.file };
  }

  /**
   * The rows of each key, all of one moment. The column's affinity is applied to the values, as in `column = value`.
   *
   * @throws RunError E0602 if the database stays locked, E0302 if the table is not there any more.
   */
  find(keys: readonly (readonly Value[])[]): Promise<readonly (readonly Value[][])[]> {
    return patiently(this.#patience, () => {
      this.#db ??= openDatabase(this.#request.file, { readOnly: true });
      this.#db.exec('BEGIN');
      try {
        const statement = (this.#statement ??= this.#prepare(this.#db));
        return keys.map((key) => statement.all(...key) as Value[][]);
      } finally {
        this.#db.exec('COMMIT');
      }
    });
  }

  #prepare(db: Connection): Statement {
    const { file, table, columns, keys } = this.#request;
    const conditions = keys.map(({ column, collation }) => `${quote(column)} = ? COLLATE ${collation}`);
    const sql = `SELECT ${columns.map(quote).join(', ')} FROM main.${quote(table)} WHERE ${conditions.join(' AND ')}`;
    try {
      return db.prepare(sql).raw().safeIntegers();
    } catch (error) {
      const reason = error instanceof Error ? error.message : '';
      if (!/no such (table|column)/.test(reason)) throw explained(error, file);
      throw new RunError({ code: 'E0302', message: `table ${table} of ${file} has changed: ${reason}` });
    }
  }

  close(): void {
    this.#db?.close();
    this.#db = undefined;
    this.#statement = undefined;
  }
}
