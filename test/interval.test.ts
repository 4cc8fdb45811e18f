// INTERVAL as a value: microseconds while it is reckoned with, text of ISO 8601 for everybody else.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { formatDuration, parseDuration } from '../src/expr/duration.ts';
import { random, seeds } from './support/random.ts';
import { runStatements } from './support/statements.ts';

const folder = mkdtempSync(join(tmpdir(), 'ssql-interval-'));
afterAll(() => rmSync(folder, { recursive: true }));
writeFileSync(
  join(folder, 't.csv'),
  `k,a,b
x,2026-01-01 10:00:00,2026-01-01 10:02:00
x,2026-01-01 10:00:00,2026-01-01 10:10:00
y,2026-01-01 10:00:00,2026-01-02 11:00:00
y,2026-01-01 10:00:00,2026-01-01 09:00:00
y,2026-01-01 10:00:00,
`,
);
const source = `CREATE SOURCE t (k TEXT, a TIMESTAMP, b TIMESTAMP)
  WITH (connector = 'file', path = '${folder}/t.csv', format = 'csv', header = true, on_error = 'null');`;
const rowsOf = async (script: string): Promise<readonly unknown[]> => (await runStatements(source + script)).rows;

test.each(seeds(3))('text and length are of each other (seed %i)', (seed) => {
  const choice = random(seed);
  for (let i = 0; i < 200; i++) {
    const us = Math.round((choice.next() - 0.5) * 10 ** (1 + choice.below(15))) || 0;
    expect(parseDuration(formatDuration(us))).toEqual({ months: 0, us });
  }
});

test.each([
  ["TIMESTAMP '2026-01-02 03:04:05.5' - TIMESTAMP '2026-01-01'", 'P1DT3H4M5.5S'],
  ["INTERVAL '90' MINUTE", 'PT1H30M'],
  ["-INTERVAL '1 day 2 hours'", '-P1DT2H'],
  ["INTERVAL '1' DAY - INTERVAL '24' HOUR", 'PT0S'],
  ["INTERVAL '0.000001' SECOND", 'PT0.000001S'],
  ["2 * INTERVAL '1' HOUR / 8", 'PT15M'],
  ["abs(INTERVAL '-1' DAY)", 'P1D'],
  ["CAST('1 hour 30 min' AS INTERVAL)", 'PT1H30M'],
  ["'-P1DT1S'::INTERVAL", '-P1DT1S'],
  ["'1 month'::INTERVAL", null],
  ["'nonsense'::INTERVAL", null],
  ["'10:00'::INTERVAL > '9:59'::INTERVAL", 1],
  ["INTERVAL '2' HOUR > 'PT90M'", 1],
  ["INTERVAL '2' HOUR IN ('2 hours', 'PT3H')", 1],
  ["INTERVAL '3' HOUR BETWEEN INTERVAL '2' HOUR AND '1 day'", 1],
  ["INTERVAL '3' HOUR IS DISTINCT FROM NULL", 1],
  ["max(INTERVAL '10' HOUR, INTERVAL '9' HOUR)", 'PT10H'],
  ["coalesce(NULL, INTERVAL '10' HOUR) + INTERVAL '1' HOUR", 'PT11H'],
  ["CASE WHEN 1 THEN INTERVAL '10' MINUTE END * 6", 'PT1H'],
  ["iif(0, INTERVAL '10' MINUTE, NULL) IS NULL", 1],
  ["(INTERVAL '1' DAY) / (INTERVAL '1' HOUR)", 24],
  ["epoch_ms(INTERVAL '1.5' SECOND)", 1500],
  ["epoch_us(INTERVAL '1' SECOND) / 2", 500000],
  ["EXTRACT(hour FROM INTERVAL '26' HOUR)", 2],
  ["EXTRACT(day FROM INTERVAL '26' HOUR)", 1],
  ["EXTRACT(epoch FROM INTERVAL '1' MINUTE)", 60],
  ["minute(INTERVAL '3700' SECOND)", 1],
  ["upper(INTERVAL '1' SECOND) || typeof(INTERVAL '1' SECOND)", 'PT1Stext'],
  ["json_array(INTERVAL '1' SECOND)", '["PT1S"]'],
  ["TIMESTAMP '2026-01-01' + (TIMESTAMP '2026-01-03' - TIMESTAMP '2026-01-02')", '2026-01-02 00:00:00'],
])('%s', async (expression, value) => {
  expect(await rowsOf(`SELECT ${expression}`)).toEqual([[value]]);
});

describe('a column', () => {
  const inner = '(SELECT k, b - a AS d FROM t)';

  test('is sorted and compared by its length, not by its text', async () => {
    expect(await rowsOf(`SELECT d FROM ${inner} ORDER BY d`)).toEqual([
      ...[[null], ['-PT1H'], ['PT2M'], ['PT10M'], ['P1DT1H']],
    ]);
    expect(await rowsOf(`SELECT d FROM ${inner} WHERE d > INTERVAL '2' MINUTE ORDER BY d DESC`)).toEqual([
      ...[['P1DT1H'], ['PT10M']],
    ]);
    expect(await rowsOf(`SELECT b - a AS d FROM t WHERE d BETWEEN '1 min' AND 'P1D'`)).toEqual([['PT2M'], ['PT10M']]);
    expect(await rowsOf(`SELECT count(*) FROM ${inner} u JOIN ${inner} v ON u.d < v.d`)).toEqual([[6]]);
    expect(await rowsOf(`SELECT count(*) FROM ${inner} u JOIN ${inner} v USING (d)`)).toEqual([[4]]);
  });

  test('goes into aggregates and windows', async () => {
    const list = 'min(d), max(d), sum(d), avg(d), count(d), median(d), arg_max(k, d), group_concat(d)';
    expect(await rowsOf(`SELECT k, ${list} FROM ${inner} GROUP BY k`)).toEqual([
      ['x', 'PT2M', 'PT10M', 'PT12M', 'PT6M', 2, 'PT6M', 'x', 'PT2M,PT10M'],
      ['y', '-PT1H', 'P1DT1H', 'P1D', 'PT12H', 2, 'PT12H', 'y', 'P1DT1H,-PT1H'],
    ]);
    expect(
      await rowsOf(`SELECT d - lag(d) OVER (ORDER BY d), max(d) OVER () FROM ${inner} WHERE k = 'x' ORDER BY d`),
    ).toEqual([
      [null, 'PT10M'],
      ['PT8M', 'PT10M'],
    ]);
    expect(
      await rowsOf(`SELECT k, max(b - a) - min(b - a) AS r FROM t GROUP BY k HAVING r > INTERVAL '1' HOUR`),
    ).toEqual([['y', 'P1DT2H']]);
    await expect(rowsOf(`SELECT stddev(d) FROM ${inner}`)).rejects.toThrow('`stddev` of an INTERVAL');
  });

  test('is a key of groups, of DISTINCT and of set operations', async () => {
    expect(await rowsOf(`SELECT d, count(*) FROM (FROM t SELECT b - a AS d) GROUP BY d ORDER BY d LIMIT 2`)).toEqual([
      [null, 1],
      ['-PT1H', 1],
    ]);
    expect(await rowsOf(`SELECT DISTINCT d > 'PT0S' FROM ${inner} ORDER BY 1`)).toEqual([[null], [0], [1]]);
    expect(await rowsOf(`SELECT d FROM ${inner} INTERSECT SELECT INTERVAL '120' SECOND`)).toEqual([['PT2M']]);
    expect(await rowsOf(`SELECT d FROM ${inner} WHERE d IN (SELECT INTERVAL '600' SECOND)`)).toEqual([['PT10M']]);
  });

  test('stays one in set operations of INTERVALs', async () => {
    expect(await rowsOf(`SELECT d FROM ${inner} WHERE d > 'PT0S' UNION SELECT INTERVAL '3' MINUTE ORDER BY 1`)).toEqual(
      [...[['PT2M'], ['PT3M'], ['PT10M'], ['P1DT1H']]],
    );
    expect(await rowsOf(`SELECT d FROM ${inner} WHERE k = 'x' UNION ALL SELECT 'x' ORDER BY 1`)).toEqual([
      ...[['PT10M'], ['PT2M'], ['x']],
    ]);
    expect(await rowsOf('DESCRIBE SELECT b - a AS d FROM t')).toEqual([['d', 'INTERVAL', null, 'yes']]);
  });

  test('goes through pipes, commands, streams and tables', async () => {
    expect(
      await rowsOf(`FROM t |> EXTEND b - a AS d |> WHERE d > 'PT1M' |> AGGREGATE max(d) AS m GROUP BY k |> ORDER BY m DESC
        |> SET m = m + INTERVAL '1' SECOND |> EXTEND m * 2 AS n |> SELECT m, n`),
    ).toEqual([
      ['P1DT1H1S', 'P2DT2H2S'],
      ['PT10M1S', 'PT20M2S'],
    ]);
    expect(
      await rowsOf(`FROM ${inner} |> SHELL 'tr T t' READS (d) WRITES (e TEXT) AS MAP |> SELECT d, e |> LIMIT 1`),
    ).toEqual([['PT2M', 'Pt2M']]);
    expect(await rowsOf(`FROM t |> SHELL 'cat' READS (b - a AS d) WRITES (e TEXT) |> LIMIT 1`)).toEqual([['PT2M']]);
    expect(await rowsOf(`CREATE STREAM s AS ${inner.slice(1, -1)}; SELECT d FROM s WHERE d < 'PT0S'`)).toEqual([
      ['-PT1H'],
    ]);
    expect(
      await rowsOf(
        `CREATE TABLE r AS SELECT b - a AS d FROM t; SELECT typeof(d), d FROM main.r WHERE d::INTERVAL > '1 h'`,
      ),
    ).toEqual([['text', 'P1DT1H']]);
    await rowsOf(`COPY (SELECT b - a AS d FROM t LIMIT 1) TO '${folder}/o.jsonl'`);
    expect(readFileSync(join(folder, 'o.jsonl'), 'utf8')).toBe('{"d":"PT2M"}\n');
  });

  test('of a source may be declared, and computed', async () => {
    writeFileSync(join(folder, 'u.csv'), 'd,e,n\n1 hour,,3\n10:30,PT9H,1\n');
    expect(
      await rowsOf(`CREATE SOURCE u (d INTERVAL, e INTERVAL DEFAULT '1 minute', n INTEGER, twice INTERVAL AS (n * INTERVAL '2' SECOND))
        WITH (connector = 'file', path = '${folder}/u.csv', format = 'csv', header = true, null = '');
        SELECT d, e, twice, d > e, TIMESTAMP '2026-01-01' + d FROM u ORDER BY d DESC`),
    ).toEqual([
      ['PT10H30M', 'PT9H', 'PT2S', 1, '2026-01-01 10:30:00'],
      ['PT1H', 'PT1M', 'PT6S', 1, '2026-01-01 01:00:00'],
    ]);
  });

  test('is the same in another zone, and under EMIT CHANGES', async () => {
    expect(await rowsOf(`SET timezone = 'Europe/Oslo'; SELECT max(b - a) FROM t`)).toEqual([['P1DT1H']]);
    expect(await rowsOf(`SET batch_rows = 1; SELECT k, max(b - a) AS m FROM t GROUP BY k EMIT CHANGES`)).toContainEqual(
      ['+U', 'x', 'PT10M'],
    );
  });
});

test.each([
  ['b - a > 5', 'an INTERVAL and INTEGER do not go with `>`'],
  ['b - a + 1', 'an INTERVAL and INTEGER do not go with `+`'],
  ['(b - a) - b', 'an INTERVAL and TIMESTAMP do not go with `-`'],
  ['a + b', 'arithmetic with a TIMESTAMP'],
  ['a - 1', 'arithmetic with a TIMESTAMP'],
  ['(b - a) % 2', 'an INTERVAL and INTEGER do not go with `%`'],
  ['(b - a) & 1', 'an INTERVAL and INTEGER do not go with `&`'],
  ['round(b - a)', '`round` of an INTERVAL'],
  ['CAST(b - a AS INTEGER)', 'an INTERVAL as INTEGER'],
])('%s is refused', async (expression, message) => {
  await expect(rowsOf(`SELECT ${expression} FROM t`)).rejects.toThrow(message);
});
