// GROUPING SETS, ROLLUP and CUBE against SQLite, to which each set is a query of its own.
import Database from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import { random, seeds } from './support/random.ts';
import { runStatements } from './support/statements.ts';

const rowsOf = async (script: string): Promise<readonly unknown[][]> =>
  (await runStatements(script)).rows as readonly unknown[][];
const sorted = (rows: readonly unknown[][]): readonly string[] => rows.map((row) => JSON.stringify(row)).sort();

const columns = ['a', 'b', 'c'] as const;
const aggregates = "count(*), sum(n), min(n), count(DISTINCT n), total(n) FILTER (WHERE n > 2), group_concat('x')";

/** Each set as GROUP BY has it, with NULL for the keys that it lacks. */
function unionOf(sets: readonly (readonly number[])[], from: string): string {
  const query = (set: readonly number[]): string => {
    const keys = columns.map((name, i) => (set.includes(i) ? name : 'NULL'));
    const mask = columns.reduce((bits, _, i) => bits * 2 + (set.includes(i) ? 0 : 1), 0);
    const by = set.length === 0 ? '' : ` GROUP BY ${set.map((i) => columns[i]).join(', ')}`;
    return `SELECT ${keys.join(', ')}, ${mask}, ${aggregates} ${from}${by}`;
  };
  return sets.map(query).join(' UNION ALL ');
}

test.each(seeds(12))('any sets of any rows (seed %i)', async (seed) => {
  const choice = random(seed);
  const cell = (): string => choice.of(['NULL', "'x'", "'y'", '1', '2.5', "'é'"]);
  const rows = Array.from(
    { length: choice.below(9) },
    () => `(${[cell(), cell(), cell()].join(', ')}, ${choice.of(['NULL', '1', '2', '3', '9007199254740993'])})`,
  );
  const values = rows.length === 0 ? 'SELECT 1, 1, 1, 1 WHERE 0' : `VALUES ${rows.join(', ')}`;
  const from = `FROM (SELECT column1 a, column2 b, column3 c, column4 n FROM (${values.replace('SELECT 1, 1, 1, 1', 'SELECT 1 column1, 1 column2, 1 column3, 1 column4')}))`;
  const sets = Array.from({ length: 1 + choice.below(4) }, () => [0, 1, 2].filter(() => choice.chance(0.5)));
  const written = sets.map((set) => `(${set.map((i) => columns[i]).join(', ')})`).join(', ');
  const used = [...new Set(sets.flat())];
  const listed = columns.map((name, i) => (used.includes(i) ? name : 'NULL'));
  const bits = columns.map((name, i) =>
    used.includes(i) ? `grouping(${name}) * ${2 ** (2 - i)}` : String(2 ** (2 - i)),
  );
  const query = `SELECT ${listed.join(', ')}, ${bits.join(' + ')}, ${aggregates} ${from} GROUP BY GROUPING SETS (${written})`;
  const expected = new Database(':memory:').prepare(unionOf(sets, from)).safeIntegers().raw().all() as unknown[][];
  const plain = expected.map((row) =>
    row.map((v) => (typeof v === 'bigint' && Number.isSafeInteger(Number(v)) ? Number(v) : v)),
  );
  const text = (all: readonly unknown[][]): readonly string[] =>
    sorted(all.map((row) => row.map((v) => (typeof v === 'bigint' ? `${v}n` : v))));
  expect([query, text(await rowsOf(query))]).toEqual([query, text(plain)]);
});

describe('spellings', () => {
  const from = "FROM (VALUES ('a', 'x', 1), ('a', 'y', 2), ('b', 'x', 4)) v(k, l, n)";
  const same = async (short: string, long: string): Promise<void> => {
    const query = (by: string): string => `SELECT k, l, sum(n), grouping(k, l) ${from} GROUP BY ${by}`;
    expect([short, sorted(await rowsOf(query(short)))]).toEqual([short, sorted(await rowsOf(query(long)))]);
  };

  test.each([
    ['ROLLUP (k, l)', 'GROUPING SETS ((k, l), (k), ())'],
    ['CUBE (k, l)', 'GROUPING SETS ((k, l), k, l, ())'],
    ['k, ROLLUP (l)', 'GROUPING SETS ((k, l), (k))'],
    ['ROLLUP ((k, l))', 'GROUPING SETS ((k, l), ())'],
    ['GROUPING SETS (ROLLUP (k), CUBE (l))', 'GROUPING SETS (k, (), l, (), (k, l))'.replace(', (k, l)', '')],
    ['GROUPING SETS (k, GROUPING SETS (l))', 'GROUPING SETS (k, l)'],
    ['rollup(k), rollup(l)', 'CUBE (k, l)'],
    ['1, ROLLUP (2)', 'GROUPING SETS ((k, l), (k))'],
    ['GROUPING SETS ((k, K, l))', 'k, l'],
  ])('%s', same);

  test('with HAVING, ORDER BY, windows and names of columns', async () => {
    expect(
      await rowsOf(`SELECT upper(k) AS u, sum(n) AS s, rank() OVER (PARTITION BY grouping(u) ORDER BY sum(n) DESC) AS r ${from}
        GROUP BY ROLLUP (u) HAVING s > 3 ORDER BY grouping(u), s`),
    ).toEqual([
      ['B', 4, 1],
      [null, 7, 1],
    ]);
    expect(await rowsOf(`SELECT max(n), l ${from} GROUP BY ROLLUP (k) ORDER BY 1`)).toEqual([
      [2, 'y'],
      [4, 'x'],
      [4, 'x'],
    ]);
    expect(
      await rowsOf('SELECT grouping, sets FROM (SELECT 1 AS grouping, 2 AS sets) GROUP BY grouping, sets'),
    ).toEqual([[1, 2]]);
  });
});

test('pipes have sets of keys, too', async () => {
  const from = "FROM (VALUES ('a', 'x', 1), ('a', 'y', 2), ('b', 'x', 4)) v(k, l, n)";
  expect(
    await rowsOf(`${from} |> AGGREGATE sum(n) AS s, grouping(kk, l) AS g GROUP BY k AS kk, ROLLUP (l) |> ORDER BY s`),
  ).toEqual([
    ['a', 'x', 1, 0],
    ['a', 'y', 2, 0],
    ['a', null, 3, 1],
    ['b', 'x', 4, 0],
    ['b', null, 4, 1],
  ]);
  expect(await rowsOf(`${from} |> AGGREGATE count(*) GROUP BY GROUPING SETS (k, ()) |> ORDER BY k`)).toEqual([
    [null, 3],
    ['a', 2],
    ['b', 1],
  ]);
  expect(await rowsOf(`${from} |> AGGREGATE sum(n) AS s GROUP AND ORDER BY l DESC, upper(k) AS u`)).toEqual([
    ['y', 'A', 2],
    ['x', 'A', 1],
    ['x', 'B', 4],
  ]);
  expect(await rowsOf(`${from} |> AGGREGATE sum(n) AS s GROUP BY k DESC, l |> LIMIT 1`)).toEqual([['b', 'x', 4]]);
});

test('a result that stays the same is no change', async () => {
  const script = `SET batch_rows = 2; SELECT n, sum(CASE WHEN n < 3 THEN n ELSE 0 END) FROM generate(rows => 4)
    GROUP BY ROLLUP (n) EMIT CHANGES`;
  const totals = (await rowsOf(script)).filter(([, n]) => n === null).map(([op, , sum]) => [op, sum]);
  expect(totals.at(-1)).toEqual(['+I', 3]);
  const sums = totals.filter(([op]) => op === '+I').map(([, sum]) => sum);
  expect(sums).toEqual([...new Set(sums)]);
});

test('windows that close by the watermark have sets of keys, too', async () => {
  expect(
    await rowsOf(`CREATE SOURCE g (n INTEGER, ts TIMESTAMP METADATA, WATERMARK FOR ts)
        WITH (connector = 'generator', step = '1 s', start = '2026-05-01 00:00:00');
      SELECT epoch_ms(window_start) / 1000 % 60 AS at, n % 2 AS odd, count(*) FROM TUMBLE(g, ts, INTERVAL '10' SECOND)
      GROUP BY window_start, ROLLUP (odd) LIMIT 6`).then(sorted),
  ).toEqual(sorted([[0, 0, 5], [0, 1, 5], [0, null, 10], [10, 0, 5], [10, 1, 5], [10, null, 10]])); // prettier-ignore
});
