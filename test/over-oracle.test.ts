// SQLite is the oracle: window queries over random rows give what better-sqlite3 gives, REALs to the last bit.
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { aggregateFunctions } from '../src/expr/functions/catalog.ts';
import type { Value } from '../src/data/value.ts';
import { Oracle, printed, type Outcome, type Way } from './support/oracle.ts';
import { createOverTable, overQuery, overRows, ownAggregate, type OverRow } from './support/random-over.ts';

const CASES = Number(process.env['SSQL_FUZZ'] ?? 1500);
const SEED = Number(process.env['SSQL_SEED']);
/** Queries that are asked of the same random rows. */
const QUERIES = 10;

const oracle = new Oracle(createOverTable);
const { db } = oracle;
afterAll(() => oracle.close());

const ways = oracle.ways.flat();

function fill(rows: readonly OverRow[]): void {
  db.transaction(() => {
    db.exec('DELETE FROM w');
    const insert = db.prepare('INSERT INTO w VALUES (?, ?, ?, ?, ?, ?)');
    for (const [i, [a, ...rest]] of rows.entries())
      insert.run(BigInt(i + 1), typeof a === 'number' ? BigInt(a) : a, ...rest);
  })();
}

/** What we answer. Only faults of the data are a possible answer: everything else is ours. */
async function ours(way: Way, sql: string): Promise<Outcome> {
  const mine = await oracle.ours(way, sql, false);
  if ('error' in mine && mine.of !== 'data') throw new Error(`${sql}\n  with ${way.name}\n${mine.error}`);
  return mine;
}

test(`${CASES} random window queries = SQLite (SSQL_SEED=${SEED})`, { timeout: 30 * 60_000 }, async () => {
  let answered = 0;
  await fc.assert(
    fc.asyncProperty(
      overRows,
      fc.array(overQuery, { minLength: QUERIES, maxLength: QUERIES }),
      fc.nat({ max: ways.length - 1 }),
      async (rows, queries, first) => {
        fill(rows);
        for (const [i, query] of queries.entries()) {
          const way = ways[(first + i) % ways.length]!;
          const theirs = oracle.theirs(query.theirs, false);
          const mine = await ours(way, query.ours);
          // Where we leave SQLite: int64 overflow of + - * is an error here and a REAL there.
          if ('error' in mine && (/integer overflow/.test(mine.error) || 'error' in theirs)) continue;
          expect(mine, `${query.ours}\n  with ${way.name}`).toEqual(theirs);
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
  const last = (line: string) => Number(/\S+$/.exec(line)?.[0]);
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
          const expected = (db.prepare(framed).raw().all() as [number, string][]).map(([id, frame]): Value[] => {
            const state = aggregateFunctions.get(fn)!.create('BINARY');
            for (const other of JSON.parse(frame) as number[]) state.add(args.map((name) => cells.get(other)![name]!));
            return [BigInt(id), state.result()];
          });
          const way = ways[(rows.length + i) % ways.length]!;
          const sql = `SELECT id, ${fn}(${args.join(', ')})${filter} OVER (${window}) FROM w`;
          const mine = await ours(way, sql);
          const wanted: Outcome = { rows: printed(expected, false) };
          const close = /^(var|std)/.test(fn) ? closeTo(mine, wanted) : mine;
          expect(close, `${sql}\n  with ${way.name}`).toEqual(wanted);
        }
      }),
      { seed: SEED, numRuns: Math.ceil(CASES / 25), endOnFailure: false },
    );
  },
);
