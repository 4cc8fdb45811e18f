import Database from 'better-sqlite3';
import type { Value } from '../../src/data/value.ts';
import { evaluatorOf } from '../../src/expr/evaluate.ts';
import { RowError } from '../../src/expr/functions/function.ts';

/** The class and value of a cell as text, such that 0.0 and -0.0, which print alike, are one. Errors are 'error'. */
export const shown = (v: Value | undefined): string =>
  v === null || v === undefined
    ? 'NULL'
    : typeof v === 'object'
      ? `x'${Buffer.from(v).toString('hex')}'`
      : `${typeof v} ${typeof v === 'string' ? JSON.stringify(v) : String(v)}`;

export const blob = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'));

/** What a computation gives, or 'error' where it fails on the row. */
export function outcome(compute: () => Value | undefined): string {
  try {
    return shown(compute());
  } catch (error) {
    if (error instanceof RowError || error instanceof Database.SqliteError) return 'error';
    throw error;
  }
}

/** A function of ours on boxed arguments; `now` is the epoch. */
export const ours = (fn: string, args: readonly Value[]): string =>
  outcome(() => evaluatorOf({ kind: 'call', fn, args: [], type: 'ANY' }, { now: 0 })(args));

const db = new Database(':memory:');
const statements = new Map<string, Database.Statement>();

/** An SQL expression in SQLite; `?` are the arguments. */
export function theirs(sql: string, args: readonly Value[]): string {
  return outcome(() => {
    let statement = statements.get(sql);
    if (statement === undefined) {
      statement = db.prepare(`SELECT ${sql}`).safeIntegers().pluck();
      statements.set(sql, statement);
    }
    return statement.get(...args) as Value;
  });
}

/** An aggregate in SQLite over rows of one or two columns. */
export function theirAggregate(sql: string, rows: readonly (readonly Value[])[]): string {
  return outcome(() => {
    db.exec('CREATE TEMP TABLE IF NOT EXISTS t (a, b); DELETE FROM t');
    const insert = db.prepare('INSERT INTO t VALUES (?, ?)');
    for (const [a, b] of rows) insert.run(a, b ?? null);
    return db.prepare(`SELECT ${sql} FROM t`).safeIntegers().pluck().get() as Value;
  });
}

/** What a column of that declared type holds after a value was inserted. */
export function theirStored(v: Value, type: string): string {
  return outcome(() => {
    db.exec(`DROP TABLE IF EXISTS temp.stored; CREATE TEMP TABLE stored (a ${type})`);
    db.prepare('INSERT INTO stored VALUES (?)').run(v);
    return db.prepare('SELECT a FROM stored').safeIntegers().pluck().get() as Value;
  });
}

/** Whether this SQLite has a function of that name and arity. */
export function isKnown(sql: string): boolean {
  try {
    db.prepare(`SELECT ${sql}`);
    return true;
  } catch {
    return false;
  }
}
