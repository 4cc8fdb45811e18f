// SET memory_limit: what does not fit goes to scratch files, and the rows are the same, in the same order.
import { mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { rowsOf } from '../src/data/batch.ts';
import { cell } from '../src/data/cell.ts';
import type { Value } from '../src/data/value.ts';
import { Engine } from '../src/engine.ts';
import type { RowTaker } from '../src/row-taker.ts';
import type { Progress } from '../src/run/context.ts';

const SEED = Number(process.env['SSQL_SEED']);
const folder = mkdtempSync(join(tmpdir(), 'ssql-memory-'));
const scratch = mkdtempSync(join(tmpdir(), 'ssql-scratch-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
  rmSync(scratch, { recursive: true });
});

/** Scratch files have no name: they are seen among what this process has open. */
const openScratchFiles = (): number =>
  readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).startsWith(scratch);
    } catch {
      return false;
    }
  }).length;

type Setting = Readonly<Record<string, string | number>>;

/** Rows as text, and how many bytes went to scratch files. */
async function run(
  sql: string,
  settings: Setting,
): Promise<{ readonly rows: readonly string[]; readonly spilled: number }> {
  const engine = new Engine({ settings: { temp_directory: scratch, ...settings } });
  const rows: string[] = [];
  let progress: Readonly<Progress> | undefined;
  const taker: RowTaker = {
    start: () => undefined,
    batch: ({ schema, columns, ...batch }) => {
      for (const row of rowsOf({ schema, columns, ...batch }))
        rows.push(schema.map(({ type }, c) => printed(cell(columns[c]!, type, row))).join(' '));
    },
    end: () => undefined,
  };
  try {
    await engine.run({ name: 'sql', text: sql }, { taker, text: () => undefined, started: (_, p) => (progress = p) });
  } finally {
    engine.close();
  }
  return { rows, spilled: progress!.bytesSpilled };
}

const printed = (value: Value): string =>
  typeof value === 'bigint' ? `${value}` : typeof value === 'number' ? `real ${value}` : JSON.stringify(value);

/** A CSV of random rows; few values of each column, so that groups, ties and matches are frequent. */
const table = (rows: readonly (readonly (string | number)[])[]): string =>
  ['k,s,x,y', ...rows.map((row) => row.join(','))].join('\n') + '\n';

const cells = fc.tuple(
  fc.oneof(fc.integer({ min: -3, max: 40 }), fc.constant('')),
  fc.constantFrom('', 'a', 'B', 'b', 'ab ', 'ab', 'é', 'zz', 'a rather long text that is in no register'),
  fc.oneof(fc.integer({ min: 0, max: 5 }), fc.constant('9007199254740993')),
  fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.constant('0.5'), fc.constant('')),
);

const ONE_GROUP = 'SELECT count(DISTINCT y), sum(DISTINCT k), max(DISTINCT s) FROM t';
const queries = [
  'SELECT * FROM t ORDER BY x, s DESC NULLS LAST',
  'SELECT k, s FROM t ORDER BY y DESC, k',
  'SELECT s || k AS sk, x FROM t ORDER BY lower(s), abs(k) DESC LIMIT 17',
  'SELECT * FROM t ORDER BY s COLLATE NOCASE LIMIT 200 OFFSET 20',
  'SELECT k, count(*), sum(x), total(y), avg(y), min(s), max(y) FROM t GROUP BY k',
  'SELECT s COLLATE NOCASE, k % 7, count(s), min(x), max(s) FROM t GROUP BY 1, 2',
  'SELECT k, s, min(y), x FROM t GROUP BY k, s',
  "SELECT k, count(DISTINCT s), group_concat(s, '-'), median(length(s)), first(s), last(s) FROM t GROUP BY k",
  "SELECT x, sum(DISTINCT y), group_concat(s, '+' ORDER BY y, k) FROM t GROUP BY x",
  'SELECT count(DISTINCT y), total(DISTINCT y), min(DISTINCT y) FROM t',
  'SELECT s COLLATE NOCASE AS n, count(DISTINCT x + k), group_concat(DISTINCT x + k) FROM t GROUP BY n',
  ONE_GROUP,
  'SELECT count(*), count(DISTINCT x), sum(DISTINCT y), group_concat(DISTINCT s), max(k) FROM t',
  'SELECT s, count(*), count(DISTINCT k), count(DISTINCT y), approx_count_distinct(x), total(DISTINCT x + 0.5) FROM t GROUP BY s',
  'SELECT median(k + 0), percentile(y + 0, 30), percentile_cont(k + 0.5, 0.9), percentile_disc(k + 0, 0.25) FROM t',
  'SELECT s, median(k + 0) FILTER (WHERE y > 1), median(DISTINCT y + 0), percentile_disc(k * 2, 1) FROM t GROUP BY s',
  'SELECT group_concat(s), json_group_array(k), json_group_object(s, x), list(y ORDER BY k DESC, s) FROM t',
  'SELECT k % 3, json_group_array(s ORDER BY s COLLATE NOCASE, y), group_concat(DISTINCT k + 0 ORDER BY k + 0 DESC), sum(x ORDER BY y) FROM t GROUP BY 1',
  'SELECT DISTINCT s, x FROM t',
  'SELECT DISTINCT ON (k) k, s, y FROM t ORDER BY k, s, y DESC',
  'SELECT k, (SELECT s FROM t AS b WHERE b.x = a.k ORDER BY s, y LIMIT 1 OFFSET 1) FROM t AS a',
  'SELECT k, x FROM t INTERSECT SELECT x, k FROM t',
  'SELECT s, k FROM t EXCEPT SELECT s, x FROM t',
  'SELECT k FROM t UNION SELECT x FROM t',
  'SELECT * FROM t AS a JOIN t AS b ON a.k = b.x',
  'SELECT a.k, b.s, b.y FROM t AS a LEFT JOIN t AS b ON a.k = b.x AND a.s <> b.s',
  'SELECT a.s, b.* FROM t AS a RIGHT JOIN t AS b ON a.x = b.k AND a.s = b.s',
  'SELECT a.s, b.y FROM t AS a FULL JOIN t AS b ON a.x = b.k AND a.y < b.y',
  'SELECT a.s, b.s FROM t AS a JOIN t AS b ON a.s = b.s COLLATE NOCASE AND a.k IS b.k',
  'SELECT a.k, b.s, b.y FROM t AS a JOIN t AS b ON a.k < b.x',
  'SELECT a.k, b.s, b.y FROM t AS a LEFT JOIN t AS b ON a.k > b.x + 30 AND a.s < b.s',
  'SELECT a.k, b.s FROM (SELECT * FROM t LIMIT 9) AS a CROSS JOIN t AS b',
  'SELECT a.s, b.s, b.k FROM t AS a RIGHT JOIN t AS b ON a.x > b.k AND a.y <> b.y',
  'SELECT a.s, b.k, b.y FROM t AS a FULL JOIN t AS b ON a.x BETWEEN b.k AND b.k + 1',
  'SELECT * FROM t AS a WHERE EXISTS (SELECT 1 FROM t AS b WHERE b.x < a.k - 3)',
  'SELECT * FROM t AS a WHERE NOT EXISTS (SELECT 1 FROM t AS b WHERE b.x < a.k AND b.s > a.s)',
  'SELECT a.k, a.s, a.y, b.x, b.y FROM t AS a ASOF LEFT JOIN t AS b ON a.k = b.k AND a.y >= b.y',
  'SELECT a.s, a.k, b.k, b.y FROM t AS a ASOF JOIN t AS b ON a.s = b.s COLLATE NOCASE AND a.x = b.x AND a.k < b.k',
  'SELECT a.y, b.y FROM t AS a JOIN t AS b ON a.k % 2 = b.k % 2 AND a.s <> b.s',
  'SELECT * FROM t AS a WHERE EXISTS (SELECT 1 FROM t AS b WHERE b.x = a.k)',
  'SELECT * FROM t AS a WHERE a.x NOT IN (SELECT k FROM t AS b WHERE b.s = a.s)',
  'SELECT k, x IN (SELECT k FROM t AS b WHERE b.s = a.s) FROM t AS a',
  'SELECT k, x IN (SELECT k FROM t), s NOT IN (SELECT s FROM t WHERE k > 20) FROM t AS a',
  'SELECT s, y IN (SELECT x FROM t WHERE k IS NOT NULL), s COLLATE NOCASE IN (SELECT s FROM t WHERE y = 3) FROM t AS a',
  'SELECT count(*) FILTER (WHERE k NOT IN (SELECT x FROM t WHERE x IS NOT NULL AND k < 0)), sum(x IN (SELECT y FROM t)) FROM t',
  'SELECT s, sum(x) OVER (PARTITION BY s ORDER BY y, k), row_number() OVER (ORDER BY s, x, y, k) FROM t',
  'SELECT s, k, count(*) OVER (), max(s) OVER (), row_number() OVER (), first_value(y) OVER (), last_value(k) OVER () FROM t',
  `SELECT s, y, row_number() OVER w, rank() OVER w, dense_rank() OVER w, percent_rank() OVER w, cume_dist() OVER w,
     ntile(3) OVER w, ntile(7) OVER (ORDER BY k) FROM t WINDOW w AS (PARTITION BY s COLLATE NOCASE ORDER BY y)`,
  `SELECT s, y, sum(x) OVER w, total(y) OVER w, count(*) FILTER (WHERE x > 0) OVER w, min(s) OVER w, max(k) OVER w,
     avg(y) OVER w, first_value(s) OVER w, last_value(s) OVER w, arg_max(s, x) OVER w, rank() OVER w
   FROM t WINDOW w AS (ORDER BY k, s)`,
  `SELECT s, y, sum(x) OVER w, total(y) OVER w, count(x) OVER w, last_value(s) OVER w, max(y) OVER w, stddev(y + 0) OVER w
   FROM t WINDOW w AS (PARTITION BY k ORDER BY s ROWS UNBOUNDED PRECEDING)`,
  `SELECT s, y, sum(x) OVER w, avg(y) OVER w, first_value(s) OVER w, last_value(k) OVER w, min(s) FILTER (WHERE k > 9) OVER w
   FROM t WINDOW w AS (PARTITION BY s ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)`,
  `SELECT s, y, lag(s, 2, 'none') OVER w, lead(k) OVER w, lead(x, 31, k) OVER w, lag(k, -1) OVER w,
     count(x) OVER (w ROWS BETWEEN 2 PRECEDING AND 1 FOLLOWING), sum(length(s)) OVER (w ROWS 9 PRECEDING),
     min(s) OVER (w ROWS BETWEEN 3 FOLLOWING AND 17 FOLLOWING), max(y) OVER (w ROWS BETWEEN 20 PRECEDING AND 2 PRECEDING),
     nth_value(s, 2) OVER (w ROWS BETWEEN CURRENT ROW AND 5 FOLLOWING) FROM t WINDOW w AS (PARTITION BY s ORDER BY y, k)`,
  `SELECT s, y, sum(x + 0.1) OVER (w ROWS 6 PRECEDING), avg(x) OVER (w ROWS BETWEEN 3 PRECEDING AND 2 FOLLOWING),
     total(x / 3) FILTER (WHERE y > 1) OVER (w ROWS BETWEEN 9 PRECEDING AND 4 PRECEDING), sum(k) OVER (w ROWS BETWEEN CURRENT ROW AND 40 FOLLOWING),
     avg(x) OVER (w ROWS BETWEEN 1 PRECEDING AND 3 PRECEDING) FROM t WINDOW w AS (PARTITION BY s ORDER BY y, k)`,
  `SELECT s, k, y, sum(x) OVER w, count(*) OVER w, min(s) OVER w, first_value(y) OVER w, median(y + 0) OVER w, last_value(x) OVER w
   FROM t WINDOW w AS (ORDER BY k + 0 RANGE BETWEEN 3 PRECEDING AND 1 FOLLOWING)`,
  `SELECT s, x, avg(x) OVER w, max(k) OVER w, nth_value(s, 2) OVER w, group_concat(s) OVER w
   FROM t WINDOW w AS (PARTITION BY y ORDER BY x DESC RANGE BETWEEN 0.5 PRECEDING AND 0.25 PRECEDING)`,
  `SELECT s, k, total(x) OVER w, count(y) OVER w, json_group_array(k) OVER w, lag(s) OVER w, row_number() OVER w
   FROM t WINDOW w AS (ORDER BY s, k GROUPS BETWEEN 2 PRECEDING AND 1 FOLLOWING)`,
  `SELECT s, count(*) OVER w, min(x) OVER w, approx_count_distinct(y) OVER w FROM t WINDOW w AS (ORDER BY s GROUPS BETWEEN 1 FOLLOWING AND 2 FOLLOWING)`,
  `SELECT s, y, sum(x) OVER (w ROWS BETWEEN 5 PRECEDING AND 5 FOLLOWING EXCLUDE CURRENT ROW), max(x) OVER (w ROWS 7 PRECEDING EXCLUDE TIES),
     avg(x) OVER (w GROUPS BETWEEN 1 PRECEDING AND 1 FOLLOWING EXCLUDE GROUP), stddev(x + 0) OVER (w GROUPS 2 PRECEDING EXCLUDE NO OTHERS)
   FROM t WINDOW w AS (PARTITION BY k % 2 ORDER BY s, y)`,
] as const;

describe.each([
  ['everything spills', { memory_limit: 1, batch_rows: 1 }],
  ['every batch spills', { memory_limit: 1, batch_rows: 7 }],
  ['a few KB', { memory_limit: '3kB', batch_rows: 16 }],
  ['one spill of several batches', { memory_limit: '20 KB', batch_rows: 4096 }],
] satisfies [string, Setting][])('%s', (name, limited) => {
  test.each(queries)('%s', async (query) => {
    let spilled = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(cells, { maxLength: 150 }), async (rows) => {
        const file = join(folder, 't.csv');
        writeFileSync(file, table(rows));
        const sql = `WITH t AS (SELECT * FROM read_csv('${file}')) ${query}`;
        const got = await run(sql, limited);
        expect(got.rows).toEqual((await run(sql, { batch_rows: 4096 })).rows);
        spilled += got.spilled;
      }),
      { seed: SEED, numRuns: 6 },
    );
    // One group, however it is aggregated, stays in memory.
    if (name === 'everything spills' && query !== ONE_GROUP) expect(spilled).toBeGreaterThan(0);
    expect(readdirSync(scratch)).toEqual([]);
    expect(openScratchFiles()).toBe(0);
  });
});
