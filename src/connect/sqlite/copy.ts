import { setImmediate } from 'node:timers/promises';
import type { Connection } from './driver.ts';
import { pageSql, type Relation } from './page.ts';

/** Rows that are copied at a time; about 50 ms of work. */
const CHUNK = 100_000;

/**
 * Copies rows into a temporary table (memory first, then a temporary file) inside SQLite, which is much faster than
 * taking them out. In a database with a rollback journal nobody can commit while somebody reads; so the reading is to
 * be over soon, however slowly the rows are used.
 *
 * @param rowid of the first row wanted; only for relations that have one.
 * @param limit most rows; `Infinity` for all.
 * @param table name of the copy.
 * @returns the copy; its columns have no affinity, so every value is as it was, and rows keep their rowid.
 */
export async function copyRows(
  db: Connection,
  relation: Relation & { readonly keyed: boolean },
  rowid: bigint,
  limit: number,
  signal: AbortSignal,
  table = 'ssql_copy',
): Promise<Relation> {
  // A table needs a column, even where none is wanted.
  const columns = relation.columns.length === 0 ? ['NULL'] : relation.columns;
  const names = columns.map((_, i) => `c${i}`);
  db.exec(`CREATE TEMP TABLE ${table} (${names.join(', ')})`);
  if (!relation.keyed) {
    const where = relation.where === undefined ? '' : ` WHERE ${relation.where}`;
    // With a LIMIT, even one of -1, SQLite would sort the rows of a query in a B-tree, each to its place in a file.
    const most = limit === Infinity ? '' : ` LIMIT ${limit}`;
    db.exec(`INSERT INTO temp.${table} SELECT ${columns.join(', ')} FROM ${relation.from}${where}${most}`);
  } else {
    const insert = db.prepare(
      `INSERT INTO temp.${table} (rowid, ${names.join(', ')}) ${pageSql({ ...relation, columns })}`,
    );
    const last = db.prepare(`SELECT max(rowid) FROM temp.${table}`).pluck().safeIntegers();
    for (let left = limit, from = rowid; left > 0;) {
      const { changes } = insert.run(from, Math.min(left, CHUNK));
      if (changes < CHUNK || signal.aborted) break;
      left -= changes;
      from = (last.get() as bigint) + 1n;
      await setImmediate();
    }
  }
  const { label, file } = relation;
  return { from: `temp.${table}`, rowid: 'rowid', columns: names.slice(0, relation.columns.length), label, file };
}
