// lineage(): the positions in the sources that a row comes from, whatever the optimizer and the size of batches.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import { connect } from '../src/index.ts';
import { temporaryFolder } from './support/cli.ts';
import { random, seeds } from './support/random.ts';

interface Line {
  readonly k: string;
  readonly v: number;
}

/** A CSV file of lines and a table `s.t(k, name)`; `{file}` in a query is the file. */
async function setUp(lines: readonly Line[], settings: Readonly<Record<string, string | number>>) {
  const folder = temporaryFolder();
  const file = join(folder, 'x.csv');
  writeFileSync(file, `k,v\n${lines.map(({ k, v }) => `${k},${v}\n`).join('')}`);
  const db = new Database(join(folder, 's.db'));
  db.exec(
    "CREATE TABLE t (id INTEGER PRIMARY KEY, k TEXT, name TEXT); INSERT INTO t VALUES (7, 'a', 'one'), (9, 'b', 'two'), (12, 'a', 'three')",
  );
  db.close();
  const session = await connect({ attach: { s: join(folder, 's.db') }, settings });
  const rows = async (sql: string): Promise<unknown[][]> =>
    (await session.rows(sql.replaceAll('{file}', file))).rows.map((row) =>
      row.map((v, i) =>
        i === row.length - 1 ? (JSON.parse(String(v)) as string[]).map((p) => p.replace(/^(~?).*x\.csv/, '$1x')) : v,
      ),
    );
  return { rows, close: () => session.close() };
}

const few: readonly Line[] = [
  { k: 'a', v: 1 },
  { k: 'b', v: 2 },
  { k: 'a', v: 3 },
  { k: 'c', v: 4 },
];

describe.each([
  ['as it comes', {}],
  ['unoptimized, row by row', { optimizer: 'off', pushdown: 'off', batch_rows: 1 }],
])('%s', (_name, settings) => {
  test.each<[what: string, sql: string, rows: unknown[][]]>([
    [
      'filters and projections',
      "SELECT v * 2, lineage() FROM '{file}' WHERE v > 2",
      [
        [6, ['x:4']],
        [8, ['x:5']],
      ],
    ],
    ['groups', "SELECT k, lineage() FROM '{file}' GROUP BY k HAVING count(*) > 1", [['a', ['x:2', 'x:4']]]],
    [
      'groups with columns of one of their rows, behind which it stands',
      "SELECT k, v * 2, max(v), row_number() OVER (ORDER BY k), lineage() FROM '{file}' GROUP BY k HAVING max(v) < 4",
      [
        ['a', 6, 3, 1, ['x:2', 'x:4']],
        ['b', 4, 2, 2, ['x:3']],
      ],
    ],
    [
      'groups joined to the value of a subquery',
      "SELECT k, (SELECT max(id) FROM s.t), sum(count(*)) OVER (), lineage() FROM '{file}' GROUP BY k ORDER BY k LIMIT 1",
      [['a', 12, 4, ['x:2', 'x:4', 's.t:7', 's.t:9', 's.t:12']]],
    ],
    [
      'sets of groups',
      "SELECT k, (SELECT 1), lineage() FROM '{file}' WHERE v < 3 GROUP BY ROLLUP (k) ORDER BY k",
      [
        [null, 1, ['x:2', 'x:3']],
        ['a', 1, ['x:2']],
        ['b', 1, ['x:3']],
      ],
    ],
    ['all rows', "SELECT sum(v), lineage() FROM '{file}'", [[10, ['x:2', 'x:3', 'x:4', 'x:5']]]],
    [
      'groups below',
      "FROM '{file}' |> AGGREGATE sum(v) AS s GROUP BY k |> WHERE s = 2 |> SELECT s, lineage()",
      [[2, ['x:3']]],
    ],
    ['DISTINCT', "SELECT k, lineage() FROM (SELECT DISTINCT k FROM '{file}') WHERE k = 'a'", [['a', ['x:2', 'x:4']]]],
    ['joins', "SELECT name, lineage() FROM '{file}' x JOIN s.t ON t.k = x.k WHERE v = 2", [['two', ['x:3', 's.t:9']]]],
    [
      'rows without a partner',
      "SELECT name, lineage() FROM '{file}' x LEFT JOIN s.t ON t.k = x.k WHERE v = 4",
      [[null, ['x:5']]],
    ],
    ['SEMI JOIN', "SELECT v, lineage() FROM '{file}' x SEMI JOIN s.t ON t.k = x.k WHERE v > 2", [[3, ['x:4']]]],
    [
      'UNION ALL',
      "SELECT v, lineage() FROM (SELECT v FROM '{file}' UNION ALL SELECT id FROM s.t) WHERE v IN (4, 12) ORDER BY v",
      [
        [4, ['x:5']],
        [12, ['s.t:12']],
      ],
    ],
    ['EXCEPT', "SELECT k, lineage() FROM (SELECT k FROM '{file}' EXCEPT SELECT k FROM s.t)", [['c', ['x:5']]]],
    [
      'windows of rows',
      "SELECT sum(v), lineage() FROM TUMBLE_ROWS(TABLE (FROM '{file}'), 2) GROUP BY window_start",
      [
        [3, ['x:2', 'x:3']],
        [7, ['x:4', 'x:5']],
      ],
    ],
    [
      'an aligned command',
      "FROM '{file}' |> SHELL 'tr a-z A-Z' READS (k) WRITES (u TEXT) AS MAP |> WHERE v = 3 |> SELECT u, lineage()",
      [['A', ['x:4']]],
    ],
    [
      'a filtering command',
      "FROM '{file}' |> SHELL 'grep b' READS (k) AS FILTER |> SELECT k, lineage()",
      [['b', ['x:3']]],
    ],
    [
      'a command of which nothing is known',
      "FROM '{file}' |> SHELL 'sort -r | head -n 1' READS (k) WRITES (u TEXT) |> SELECT u, lineage()",
      [['c', ['~x']]],
    ],
    [
      'a command as source',
      "SELECT n, lineage() FROM SHELL('seq 5 6' WRITES (n INTEGER)) WHERE n = 6",
      [[6, ['seq 5 6:2']]],
    ],
    [
      'a stream that two read',
      "CREATE STREAM st AS SELECT k, v FROM '{file}' WHERE v > 1; SELECT v, lineage() FROM st WHERE k = 'a'",
      [[3, ['x:4']]],
    ],
    ['conditions', "SELECT v, lineage() FROM '{file}' WHERE lineage() LIKE '%:3\"%'", [[2, ['x:3']]]],
  ])('%s', async (_what, sql, expected) => {
    const { rows, close } = await setUp(few, settings);
    expect(await rows(sql)).toEqual(expected);
    await close();
  });
});

test.each(seeds(20))('of any row: exactly the lines of its group, seed %i', async (seed) => {
  const r = random(seed);
  const lines = Array.from({ length: 1 + r.below(60) }, () => ({ k: r.of(['a', 'b', 'c', 'd']), v: r.below(20) }));
  const least = r.below(15);
  const { rows, close } = await setUp(lines, { batch_rows: r.of([1, 7, 4096]), optimizer: r.of(['on', 'off']) });
  const found = await rows(
    `FROM '{file}' |> SHELL 'tr a-d A-D' READS (k) WRITES (u TEXT) AS MAP |> WHERE v >= ${least}
     |> JOIN (SELECT DISTINCT k AS key FROM s.t) t ON t.key = k |> AGGREGATE sum(v) AS total GROUP BY u |> SELECT u, total, lineage()`,
  );
  for (const [u, total, lineage] of found as [string, number, string[]][]) {
    const own = lineage.flatMap((p) => (p.startsWith('x:') ? [lines[Number(p.slice(2)) - 2]!] : []));
    expect(own.every(({ k, v }) => k.toUpperCase() === u && v >= least)).toBe(true);
    expect(own.reduce((sum, { v }) => sum + v, 0)).toBe(total);
    expect(own).toHaveLength(lines.filter(({ k, v }) => k.toUpperCase() === u && v >= least).length);
  }
  await close();
});

test('it takes no arguments, and stands in no aggregate', async () => {
  const { rows, close } = await setUp(few, {});
  await expect(rows("SELECT lineage(1) FROM '{file}'")).rejects.toThrow('no arguments');
  await expect(rows("SELECT max(lineage()) FROM '{file}'")).rejects.toThrow('aggregate');
  await close();
});
