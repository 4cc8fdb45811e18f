import type { Connection } from './driver.ts';
import { isRefusal } from './faults.ts';
import type { Stage } from './stage.ts';

/** Rows tried at a time. */
const CHUNK = 1000;
/** ms of searching; the target is locked meanwhile. */
const PATIENCE = 2000;

/**
 * Which staged row a table refuses: inserts them once more, some at a time, and takes all back.
 *
 * @param insert INSERT of the staged rows from one number to another.
 * @returns the values of the row as SQL literals by column, and its number from 1; undefined where no single row is at fault.
 */
export function findOffender(
  db: Connection,
  insert: string,
  stage: Stage,
  columns: readonly string[],
): { readonly row: number; readonly values: string } | undefined {
  const deadline = performance.now() + PATIENCE;
  try {
    db.exec('BEGIN IMMEDIATE');
    const statement = db.prepare(insert);
    const refused = (from: number, to: number): boolean => {
      try {
        statement.run([BigInt(from), BigInt(to)]);
        return false;
      } catch (error) {
        if (!isRefusal(error)) throw error;
        return true;
      }
    };
    let from = 1;
    while (from <= stage.rows && !refused(from, from + CHUNK - 1)) {
      from += CHUNK;
      if (performance.now() > deadline) return undefined;
    }
    for (let row = from; row < from + CHUNK && row <= stage.rows && db.inTransaction; row++) {
      if (refused(row, row)) return { row, values: valuesOf(db, stage, columns, row) };
    }
    return undefined;
  } catch {
    // The search is a courtesy: its own failure must not hide the fault that is to be reported.
    return undefined;
  } finally {
    if (db.inTransaction) db.exec('ROLLBACK');
  }
}

function valuesOf(db: Connection, stage: Stage, columns: readonly string[], row: number): string {
  const items = stage.columns.map((c) => `quote(${c})`).join(', ');
  const cells = db.prepare(`SELECT ${items} FROM ${stage.table} WHERE rowid = ?`).raw().get(BigInt(row)) as string[];
  return cells.map((cell, i) => `${columns[i]} = ${cell.length > 60 ? `${cell.slice(0, 60)}..` : cell}`).join(', ');
}
