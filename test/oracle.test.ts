// SQLite is the oracle: a bounded query over random tables gives what better-sqlite3 gives on the same file.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connect, RunError, type Session } from '../src/index.ts';
import { createTable, query, tables, type RandomTable } from './support/random-sql.ts';

const CASES = Number(process.env['SSQL_FUZZ'] ?? 2000);
const SEED = Number(process.env['SSQL_SEED'] ?? Date.now() % 1_000_000_007);
/** Queries that are asked of the same random tables: filling tables is what takes time. */
const QUERIES = 10;

const folder = mkdtempSync(join(tmpdir(), 'ssql-oracle-'));
const file = join(folder, 'oracle.db');
const db = new Database(file);
const sessions: { readonly name: string; readonly session: Session }[] = [];

beforeAll(async () => {
  db.pragma('journal_mode = wal');
  for (const name of ['t', 'u']) db.exec(createTable(name));
  for (const settings of [
    { batch_rows: 4096 },
    { pushdown: 'off', batch_rows: 7 },
    { optimizer: 'off', batch_rows: 1 },
  ]) {
    const session = await connect({ attach: { o: file }, settings });
    sessions.push({ name: JSON.stringify(settings), session });
  }
});
afterAll(async () => {
  for (const { session } of sessions) await session.close();
  db.close();
  rmSync(folder, { recursive: true });
});

function fill(content: readonly RandomTable[]): void {
  db.transaction(() => {
    for (const { name, rows } of content) {
      db.exec(`DELETE FROM ${name}`);
      const insert = db.prepare(`INSERT INTO ${name} VALUES (?, ?, ?, ?, ?)`);
      for (const [a, ...rest] of rows) insert.run(typeof a === 'number' ? BigInt(a) : a, ...rest);
    }
  })();
}

type Outcome = { readonly rows: readonly string[] } | { readonly error: string };

const printed = (rows: readonly (readonly unknown[])[], ordered: boolean): readonly string[] => {
  const lines = rows.map((row) => row.map(cellText).join(' | '));
  return ordered ? lines : lines.sort();
};
const cellText = (value: unknown): string =>
  value === null
    ? 'NULL'
    : value instanceof Uint8Array
      ? `x'${Buffer.from(value).toString('hex')}'`
      : typeof value === 'string'
        ? JSON.stringify(value)
        : Object.is(value, -0)
          ? '0'
          : `${value as number}`;

function sqlite(sql: string, ordered: boolean): Outcome {
  try {
    const rows = db.prepare(sql).raw().safeIntegers().all() as unknown[][];
    return { rows: printed(rows, ordered) };
  } catch (error) {
    return { error: (error as Error).message };
  }
}
async function ours(session: Session, sql: string, ordered: boolean): Promise<Outcome> {
  try {
    return { rows: printed((await session.rows(sql)).rows, ordered) };
  } catch (error) {
    // Only faults of the data are a possible answer: everything else is ours.
    if (!(error instanceof RunError)) throw error;
    return { error: error.message };
  }
}

test(`${CASES} random queries over random tables = SQLite (SSQL_SEED=${SEED})`, { timeout: 30 * 60_000 }, async () => {
  let answered = 0;
  await fc.assert(
    fc.asyncProperty(tables, fc.array(query, { minLength: QUERIES, maxLength: QUERIES }), async (content, queries) => {
      fill(content);
      for (const [i, { sql, ordered }] of queries.entries()) {
        const theirs = sqlite(sql, ordered);
        const { name, session } = sessions[i % sessions.length]!;
        const mine = await ours(session, sql, ordered);
        // Where we leave SQLite: int64 overflow of + - * is an error here and a REAL there (reference: Integers).
        if ('error' in mine && /integer overflow/.test(mine.error)) continue;
        if ('error' in mine && 'error' in theirs) continue;
        expect(mine, `${sql}\n  with ${name}`).toEqual(theirs);
        answered++;
      }
    }),
    { seed: SEED, numRuns: Math.ceil(CASES / QUERIES), endOnFailure: false },
  );
  // Errors must stay the exception, or the test says nothing.
  expect(answered).toBeGreaterThan(CASES * 0.8);
});
