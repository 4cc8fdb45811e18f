// Window functions: faults of query text, and what the random queries of over-oracle.test.ts do not reach.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { aggregateFunctions } from '../src/expr/functions/catalog.ts';
import { connect } from '../src/index.ts';
import { runCases } from './support/cases.ts';
import { faultsOf } from './support/faults.ts';

runCases('errors/over.case', faultsOf);

const folder = mkdtempSync(join(tmpdir(), 'ssql-over-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Rows of a query, its cells as text. */
async function rowsOf(sql: string, settings = {}): Promise<string[]> {
  const session = await connect({ settings });
  try {
    return (await session.rows(sql)).rows.map((row) => row.map(String).join(' '));
  } finally {
    await session.close();
  }
}

describe('what SQLite has no words for', () => {
  const times = `(VALUES ('2024-01-01 00:00', 1), ('2024-01-01 00:50', 2), ('2024-01-01 01:00', 4), (NULL, 8)) AS v(t, x)`;
  test.each<[why: string, sql: string, rows: string[]]>([
    [
      'an INTERVAL reaches over times, and a NULL only to its like',
      `SELECT sum(x) OVER (ORDER BY CAST(t AS TIMESTAMP) RANGE BETWEEN INTERVAL '55' MINUTE PRECEDING AND CURRENT ROW) FROM ${times}`,
      ['8', '1', '3', '6'],
    ],
    [
      'in the other direction too',
      `SELECT sum(x) OVER (ORDER BY CAST(t AS TIMESTAMP) DESC RANGE INTERVAL '10' MINUTE PRECEDING) FROM ${times}`,
      ['4', '6', '1', '8'],
    ],
    [
      'QUALIFY names an alias',
      'SELECT x, row_number() OVER (ORDER BY x DESC) AS n FROM (VALUES (1), (2), (3)) AS v(x) QUALIFY n = 2',
      ['2 2'],
    ],
    [
      'DISTINCT ON keeps the first row of the order',
      "SELECT DISTINCT ON (k) k, x FROM (VALUES ('a', 1), ('b', 5), ('a', 3)) AS v(k, x) ORDER BY k, x DESC",
      ['a 3', 'b 5'],
    ],
    [
      'DISTINCT ON may be of a window',
      'SELECT DISTINCT ON (ntile(2) OVER (ORDER BY x)) x FROM (VALUES (4), (2), (3), (1)) AS v(x) ORDER BY x DESC',
      ['4', '2'],
    ],
    [
      'WITHIN GROUP stands before OVER',
      'SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY x) OVER () FROM (VALUES (1), (4)) AS v(x)',
      ['2.5', '2.5'],
    ],
    ['of one row', 'SELECT row_number() OVER (), percent_rank() OVER (ORDER BY 1), lag(1, 1, 7) OVER ()', ['1 0 7']],
    ['of no rows', 'SELECT sum(x) OVER () FROM (SELECT 1 AS x) WHERE x > 1', []],
  ])('%s', async (_why, sql, rows) => expect(await rowsOf(sql)).toEqual(rows));
});

describe('faults of rows', () => {
  test.each([
    ['ntile(0) OVER ()', 'ntile'],
    ['nth_value(x, 0) OVER ()', 'nth_value'],
    ['sum(x) OVER (ORDER BY x)', 'integer overflow'],
    ['median(CAST(x AS TEXT)) OVER ()', 'not numeric'],
  ])('%s', async (call, message) => {
    const sql = `SELECT ${call} FROM (VALUES (9223372036854775807), (1)) AS v(x)`;
    await expect(rowsOf(sql)).rejects.toThrow(message);
  });
});

test('partitions are cut right, however many rows are waited for', async () => {
  // More rows than are held before partitions are looked for; one partition alone is larger than that.
  const path = join(folder, 'rows.csv');
  const sizes = [1, 65_535, 3, 70_000, 2];
  const lines = sizes.flatMap((size, k) => Array.from({ length: size }, (_, i) => `${k},${i}`));
  writeFileSync(path, `k,i\n${lines.join('\n')}\n`);
  const sql = `SELECT k, max(n), sum(n = i + 1), max(s) FROM (
      SELECT CAST(k AS INTEGER) AS k, CAST(i AS INTEGER) AS i,
        row_number() OVER (PARTITION BY CAST(k AS INTEGER) ORDER BY CAST(i AS INTEGER)) AS n,
        count(*) OVER (PARTITION BY CAST(k AS INTEGER)) AS s
      FROM '${path}') GROUP BY k ORDER BY k`;
  const expected = sizes.map((size, k) => `${k} ${size} ${size} ${size}`);
  expect(await rowsOf(sql, { batch_rows: 3000 })).toEqual(expected);
});

test('every aggregate can stand with OVER', async () => {
  for (const { name, arity } of aggregateFunctions.values()) {
    // Takes only what lineage() makes.
    if (name === 'lineage_union') continue;
    const args = /percentile|quantile/.test(name) ? 'x, 1' : Array.from({ length: arity[0] }, () => 'x').join(', ');
    const call = `${name}(${args || '*'})`;
    const values = '(VALUES (1), (2), (3)) AS v(x)';
    const [plain] = await rowsOf(`SELECT quote(${call}) FROM ${values}`);
    expect(await rowsOf(`SELECT quote(${call} OVER ()) FROM ${values}`), call).toEqual([plain, plain, plain]);
    const first = await rowsOf(`SELECT quote(${call} OVER (ORDER BY x ROWS CURRENT ROW)) FROM ${values} LIMIT 1`);
    expect(first, call).toEqual(await rowsOf(`SELECT quote(${call}) FROM (VALUES (1)) AS v(x)`));
  }
});
