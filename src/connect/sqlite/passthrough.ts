import type { RecordBatch } from '../../data/batch.ts';
import { batchOf } from '../../data/builder.ts';
import type { Value } from '../../data/value.ts';
import { patiently, type Patience } from './busy.ts';
import { openDatabase, type Connection, type OpenOptions } from './driver.ts';

export interface SqliteResult {
  /** Names of the columns, which may repeat; none where the statement gives no rows. */
  readonly columns: readonly string[];
  /** Its rows, untyped; absent where it gives none. */
  readonly batch?: RecordBatch;
  /** Rows inserted, updated or deleted. */
  readonly changes: number;
}

/**
 * Runs one statement as SQLite understands it (CREATE TABLE, UPDATE, PRAGMA, ..) by a connection of its own, so a
 * transaction or a temporary table does not outlive it.
 *
 * @throws RunError with what SQLite says.
 */
export async function runSqlite(
  file: string,
  sql: string,
  options: OpenOptions & Partial<Patience> = {},
): Promise<SqliteResult> {
  const db = openDatabase(file, options);
  try {
    db.pragma('foreign_keys = ON');
    return await runOn(db, file, sql, options);
  } finally {
    db.close();
  }
}

/** The same by a connection that is there, and stays. */
export function runOn(db: Connection, file: string, sql: string, options: Partial<Patience>): Promise<SqliteResult> {
  return patiently({ busyTimeout: 5000, ...options, file }, () => {
    const statement = db.prepare(sql);
    if (!statement.reader) return { columns: [], changes: statement.run().changes };
    const columns = statement.columns().map((c) => c.name);
    const rows = statement.raw().safeIntegers().all() as Value[][];
    const schema = columns.map((name, i) => ({
      name: columns.indexOf(name) < i ? `${name}_${i}` : name,
      type: 'ANY' as const,
    }));
    return { columns, batch: batchOf(schema, rows), changes: 0 };
  });
}
