// SQLite is the oracle: window queries over random rows give what better-sqlite3 gives, REALs to the last bit.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connect, RunError, type Session } from '../src/index.ts';
import { aggregateFunctions } from '../src/expr/functions/catalog.ts';
import type { Value } from '../src/data/value.ts';
import { createOverTable, overQuery, overRows, ownAggregate, type OverRow } from './support/random-over.ts';

const CASES = Number(process.env['SSQL_FUZZ'] ?? 1500);
const SEED = Number(process.env['SSQL_SEED'] ?? Date.now() % 1_000_000_007);
/** Queries that are asked of the same random rows. */
const QUERIES = 10;

const folder = mkdtempSync(join(tmpdir(), 'ssql-over-'));
const file = join(folder, 'over.db');
const db = new Database(file);
const sessions: { readonly name: string; readonly session: Session }[] = [];

beforeAll(async () => {
  db.pragma('journal_mode = wal');
  db.exec(createOverTable);
  for (const settings of [
    { batch_rows: 4096 },
    { pushdown: 'off', batch_rows: 7 },
    { optimizer: 'off', batch_rows: 1 },
  ])
    sessions.push({ name: JSON.stringify(settings), session: await connect({ attach: { o: file }, settings }) });
});
afterAll(async () => {
  for (const { session } of sessions) await session.close();
  db.close();
  rmSync(folder, { recursive: true });
});

function fill(rows: readonly OverRow[]): void {
  db.transaction(() => {
    db.exec('DELETE FROM w');
    const insert = db.prepare('INSERT INTO w VALUES (?, ?, ?, ?, ?, ?)');
    for (const [i, [a, ...rest]] of rows.entries())
      insert.run(BigInt(i + 1), typeof a === 'number' ? BigInt(a) : a, ...rest);
  })();
}

type Outcome = { readonly rows: readonly string[] } | { readonly error: string };

const printed = (rows: readonly (readonly unknown[])[]): Outcome => ({
  rows: rows.map((row) => row.map(cellText).join(' | ')).sort(),
});
const cellText = (value: unknown): string =>
  value === null
    ? 'NULL'
    : typeof value === 'string'
      ? JSON.stringify(value)
      : `${Object.is(value, -0) ? 0 : (value as number)}`;

function sqlite(sql: string): Outcome {
  try {
    return printed(db.prepare(sql).raw().safeIntegers().all() as unknown[][]);
  } catch (error) {
    return { error: (error as Error).message };
  }
}
async function ours(session: Session, sql: string): Promise<Outcome> {
  try {
    return printed((await session.rows(sql)).rows);
  } catch (error) {
    // Only faults of the data are a possible answer: everything else is ours.
    if (!(error instanceof RunError)) throw error;
    return { error: error.message };
  }
}

test(`${CASES} random window queries = SQLite (SSQL_SEED=${SEED})`, { timeout: 30 * 60_000 }, async () => {
  let answered = 0;
  await fc.assert(
    fc.asyncProperty(
      overRows,
      fc.array(overQuery, { minLength: QUERIES, maxLength: QUERIES }),
      async (rows, queries) => {
        fill(rows);
        for (const [i, query] of queries.entries()) {
          const { name, session } = sessions[i % sessions.length]!;
          const theirs = sqlite(query.theirs);
          const mine = await ours(session, query.ours);
          // Where we leave SQLite: int64 overflow of + - * is an error here and a REAL there.
          if ('error' in mine && (/integer overflow/.test(mine.error) || 'error' in theirs)) continue;
          expect(mine, `${query.ours}\n  with ${name}`).toEqual(theirs);
          answered++;
        }
      },
    ),
    { seed: SEED, numRuns: Math.ceil(CASES / QUERIES), endOnFailure: false },
  );
  // Errors must stay the exception, or the test says nothing.
  expect(answered).toBeGreaterThan(CASES * 0.8);
});

/** The expected rows where the last cells differ in their last digits only: moments add up in another order. */
function closeTo(mine: Outcome, expected: Outcome): Outcome {
  if ('error' in mine || 'error' in expected || mine.rows.length !== expected.rows.length) return mine;
  const last = (line: string) => Number(line.split(' | ')[1]);
  const close = mine.rows.every((line, i) => {
    const [x, y] = [last(line), last(expected.rows[i]!)];
    return line === expected.rows[i] || Math.abs(x - y) <= 1e-9 * Math.max(Math.abs(x), Math.abs(y));
  });
  return close ? expected : mine;
}

test(
  `aggregates that SQLite lacks, over the frames that it finds (SSQL_SEED=${SEED})`,
  { timeout: 600_000 },
  async () => {
    await fc.assert(
      fc.asyncProperty(overRows, fc.array(ownAggregate, { minLength: 5, maxLength: 5 }), async (rows, calls) => {
        fill(rows);
        const cells = new Map(
          (db.prepare('SELECT * FROM w').safeIntegers().all() as Record<string, Value>[]).map((row) => [
            Number(row['id']),
            row,
          ]),
        );
        for (const [i, { fn, args, filter, window }] of calls.entries()) {
          const framed = `SELECT id, json_group_array(id)${filter} OVER (${window}) FROM w`;
          const expected = (db.prepare(framed).raw().all() as [number, string][]).map(([id, frame]) => {
            const state = aggregateFunctions.get(fn)!.create('BINARY');
            for (const other of JSON.parse(frame) as number[]) state.add(args.map((name) => cells.get(other)![name]!));
            return [id, state.result()];
          });
          const { name, session } = sessions[i % sessions.length]!;
          const sql = `SELECT id, ${fn}(${args.join(', ')})${filter} OVER (${window}) FROM w`;
          const mine = await ours(session, sql);
          const close = /^(var|std)/.test(fn) ? closeTo(mine, printed(expected)) : mine;
          expect(close, `${sql}\n  with ${name}`).toEqual(printed(expected));
        }
      }),
      { seed: SEED, numRuns: Math.ceil(CASES / 25), endOnFailure: false },
    );
  },
);
