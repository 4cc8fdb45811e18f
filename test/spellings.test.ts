// What people who come from elsewhere write, each run for real.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, describe, expect, test } from 'vitest';
import { runStatements } from './support/statements.ts';

const folder = mkdtempSync(join(tmpdir(), 'ssql-spellings-'));
afterAll(() => rmSync(folder, { recursive: true }));
writeFileSync(join(folder, 'n.csv'), 'n,t\n1,a\n');

const rowsOf = async (script: string): Promise<readonly unknown[]> =>
  (await runStatements(script.replaceAll('{}', folder))).rows;

describe('what is there', () => {
  test('POSITIONAL JOIN pairs rows by their places', async () => {
    const sides = '(VALUES (1), (2), (3)) l(a) POSITIONAL JOIN (VALUES (4), (5)) r(b)';
    expect(await rowsOf(`SELECT * FROM ${sides}; FROM ${sides} |> WHERE a = 3 |> POSITIONAL JOIN (SELECT 7)`)).toEqual([
      ...[[1, 4], [2, 5], [3, null], [3, null, 7]], // prettier-ignore
    ]);
    expect(await rowsOf(`SELECT count(*) FROM generate(rows => 9000) POSITIONAL JOIN generate(rows => 7) g`)).toEqual([
      [9000],
    ]);
    expect(await rowsOf(`SELECT positional.a FROM (SELECT 1 AS a) AS positional JOIN (SELECT 2)`)).toEqual([[1]]);
  });

  test('a time beyond the year 9999 is NULL, and a length beyond 2^53 microseconds is none', async () => {
    expect(
      await rowsOf(`SELECT ts + n * INTERVAL '1' DAY, ts + INTERVAL '999999999' YEAR, ts - INTERVAL '100000' DAY,
        timestampadd(YEAR, n * n, ts), CAST('99999999999 days' AS INTERVAL) FROM (SELECT TIMESTAMP '2024-01-31' AS ts, 100000000 AS n)`),
    ).toEqual([[null, null, '1750-04-17 00:00:00', null, null]]);
    await expect(rowsOf(`SELECT INTERVAL '${'9'.repeat(400)}' DAY`)).rejects.toThrow('not a length of time');
    await expect(rowsOf(`SELECT INTERVAL '9999999999 10' DAY TO HOUR`)).rejects.toThrow('not a length of time');
  });

  test('times are moved and compared as elsewhere', async () => {
    expect(
      await rowsOf(`SELECT date_add(ts, INTERVAL '1' MONTH), date_sub(ts, 2 * INTERVAL '1' DAY), timestampadd(MONTH, n, ts),
        TIMESTAMPDIFF(DAY, ts, '2024-02-10'), date_diff(month, ts, TIMESTAMP '2024-02-01'), datediff('year', ts, ts)
        FROM (SELECT TIMESTAMP '2024-01-31' AS ts, 2 AS n)`),
    ).toEqual([['2024-02-29 00:00:00', '2024-01-29 00:00:00', '2024-03-31 00:00:00', 10, 1, 0]]);
    expect(await rowsOf(`SELECT date_trunc('hour', day) FROM (SELECT TIMESTAMP '2024-01-31 10:20:00' AS day)`)).toEqual(
      [['2024-01-31 10:00:00']],
    );
  });

  test('aggregates of conditions and bits, and the most frequent value', async () => {
    const rows = "FROM (VALUES ('a', 1), ('a', 3), ('a', 3), ('b', NULL), ('b', 6), ('c', NULL)) v(k, x)";
    expect(
      await rowsOf(`SELECT k, bool_and(x > 1), bool_or(x > 1), every(x), count_if(x > 1), mode(x), bit_and(x), bit_or(x), bit_xor(x)
        ${rows} GROUP BY k ORDER BY k`),
    ).toEqual([
      ['a', 0, 1, 1, 2, 3, 1, 3, 1],
      ['b', 1, 1, 1, 1, 6, 6, 6, 6],
      ['c', null, null, null, 0, null, null, null, null],
    ]);
    expect(
      await rowsOf(`SELECT mode() WITHIN GROUP (ORDER BY k), count_if(x = 3) FILTER (WHERE k = 'a') ${rows}`),
    ).toEqual([['a', 2]]);
    expect(
      await rowsOf(`SELECT count_if(n = 3) OVER (ORDER BY n), bool_or(n = 2) OVER (ORDER BY n ROWS 1 PRECEDING) FROM (VALUES (1), (2), (3), (4)) v(n)`),
    ).toEqual([[0, 0], [0, 1], [1, 1], [1, 0]]); // prettier-ignore
    expect(
      await rowsOf(`SELECT e.value, json_array(split('x', ',')) FROM json_each(string_split('a,b', ',')) e`),
    ).toEqual([
      ['a', '[["x"]]'],
      ['b', '[["x"]]'],
    ]);
  });

  test('arguments of functions go by their names', async () => {
    const made =
      'CREATE FUNCTION f(x INTEGER, y INTEGER DEFAULT 7, z INTEGER DEFAULT 0) RETURNS INTEGER AS (x * 100 + y * 10 + z);';
    expect(await rowsOf(`${made} SELECT f(y => 2, x => 1), f(1, z := 3), f(X => 4), f(1, 2, 3)`)).toEqual([
      [120, 173, 470, 123],
    ]);
  });

  test('INTERVAL from one unit to another, as in the standard', async () => {
    expect(
      await rowsOf(`SELECT INTERVAL '1 02:03' DAY TO SECOND, INTERVAL '-1 02:03:04.5' DAY TO SECOND(3), INTERVAL '10:05' MINUTE TO SECOND,
        INTERVAL '30:15' HOUR TO MINUTE, INTERVAL '400' DAY(3), TIMESTAMP '2024-08-31' + INTERVAL '1-6' YEAR TO MONTH,
        FLOOR(TIMESTAMP '2024-01-05 12:00:00' - INTERVAL '1' DAY TO MONTH)`),
    ).toEqual([
      ['P1DT2H3M', '-P1DT2H3M4.5S', 'PT10M5S', 'P1DT6H15M', 'P400D', '2026-02-28 00:00:00', '2024-01-01 00:00:00'],
    ]);
  });

  test('DESCRIBE takes a file and a query', async () => {
    expect(await rowsOf(`DESCRIBE '{}/n.csv'; DESCRIBE SELECT 1 AS x, 'a' AS y; DESCRIBE FROM '{}/n.csv'`)).toEqual([
      ...[['n', 'ANY', null, 'yes'], ['t', 'ANY', null, 'yes']], // prettier-ignore
      ...[['x', 'INTEGER', null, 'yes'], ['y', 'TEXT', null, 'yes']], // prettier-ignore
      ...[['n', 'ANY', null, 'yes'], ['t', 'ANY', null, 'yes']], // prettier-ignore
    ]);
  });

  test('DESCRIBE takes a command and a sink', async () => {
    expect(
      await rowsOf(`CREATE COMMAND c AS 'cat' READS (x); CREATE SINK s (x INTEGER, y TEXT) WITH (connector = 'blackhole');
        DESCRIBE c; DESCRIBE s`),
    ).toEqual([['c', `'cat' READS (x)`], ['x'], ['y']]);
  });

  test('SHOW takes VARIABLES, and a setting by its name', async () => {
    expect(
      await rowsOf(`SET VARIABLE v = 'it''s'; SET VARIABLE n = 2; SET VARIABLE z = NULL; SHOW VARIABLES;
        SET batch_rows = 7; SHOW Batch_Rows; RESET ALL; SHOW batch_rows`),
    ).toEqual([
      ['v', "it's"],
      ['n', '2'],
      ['z', null],
      ['batch_rows', '7', expect.any(String)],
      ['batch_rows', '4096', expect.any(String)],
    ]);
  });
});

test('a temporary table is one of the scratch database', async () => {
  expect(await rowsOf('CREATE TEMP TABLE t (a); INSERT INTO t VALUES (4); SELECT * FROM t, main.t AS u')).toEqual([
    [4, 4],
  ]);
});

describe('NOT NULL of a source', () => {
  const from = (rest: string, options = ''): string =>
    `CREATE SOURCE s (n INTEGER NOT NULL${rest}, t TEXT)
       WITH (connector = 'file', path = '{}/gaps.csv', format = 'csv', header = false${options}); SELECT n FROM s`;
  writeFileSync(join(folder, 'gaps.csv'), '1,a\n,b\nx,c\n4,d\n');

  test('refuses what is not there', async () => {
    await expect(rowsOf(from(''))).rejects.toThrow('gaps.csv line 2: column n: NULL, which is declared NOT NULL');
  });
  test.each(['skip', 'null'])('on_error = %s leaves the row out', async (how) => {
    expect(await rowsOf(from('', `, on_error = '${how}'`))).toEqual([[1], [4]]);
  });
  test('a DEFAULT fills it', async () => {
    expect(await rowsOf(from(' DEFAULT 7', `, on_error = 'null'`))).toEqual([[1], [7], [7], [4]]);
  });
  test('counts for JSON and for what commands print, too', async () => {
    const source = (format: string, command: string): string =>
      `CREATE SOURCE s (n INTEGER NOT NULL, x NOT NULL) WITH (connector = 'file', path = '{}/gaps.${format}', on_error = 'skip');
       CREATE SOURCE c (n INTEGER NOT NULL) WITH (connector = 'shell', command = '${command}', format = 'csv', header = false,
         bounded = true, on_error = 'skip'); SELECT n FROM s WHERE x IS NOT 9; SELECT n FROM c`;
    writeFileSync(join(folder, 'gaps.jsonl'), '{"n":1,"x":[]}\n{"n":2}\n{"n":null,"x":1}\n{"x":1}\n');
    expect(await rowsOf(source('jsonl', 'echo; echo 5'))).toEqual([[1], [5]]);
  });
});

test('batch_rows of one source', async () => {
  expect(
    await rowsOf(`CREATE SOURCE s (n INTEGER, ts TIMESTAMP METADATA, WATERMARK FOR ts)
        WITH (connector = 'generator', rows = 5, step = '1 s', start = '2026-01-01', timestamps = 'batch', batch_rows = 2);
      SELECT ts, row_time() FROM s`),
  ).toEqual([
    ['2026-01-01 00:00:00', '2026-01-01 00:00:01'],
    ['2026-01-01 00:00:01', '2026-01-01 00:00:01'],
    ['2026-01-01 00:00:02', '2026-01-01 00:00:03'],
    ['2026-01-01 00:00:03', '2026-01-01 00:00:03'],
    ['2026-01-01 00:00:04', '2026-01-01 00:00:04'],
  ]);
});

test('times in a table of SQLite as text, seconds or milliseconds', async () => {
  const db = new Database(join(folder, 'times.db'));
  db.exec(`CREATE TABLE e (id INTEGER PRIMARY KEY, t TEXT, s INTEGER, ms INTEGER);
    INSERT INTO e VALUES (1, '2026-01-01T00:00:00Z', 1767225600, 1767225600500), (2, 'never', NULL, NULL)`);
  db.close();
  const source = (name: string, column: string, format: string): string =>
    `CREATE SOURCE ${name} (${column} TIMESTAMP) WITH (connector = 'sqlite', file = '{}/times.db', table = 'e', timestamp_format = '${format}');`;
  expect(
    await rowsOf(`${source('a', 't', 'text')} ${source('b', 's', 'unix')} ${source('c', 'ms', 'unix_ms')}
      CREATE SINK w WITH (connector = 'sqlite', file = '{}/times.db', table = 'e', timestamp_format = 'unix_ms');
      SELECT t + INTERVAL '1' DAY FROM a; SELECT s FROM b; SELECT ms FROM c;
      INSERT INTO w (ms) VALUES (TIMESTAMP '1970-01-01 00:00:01.234567'); ATTACH '{}/times.db' AS d; SELECT ms FROM d.e WHERE id = 3`),
  ).toEqual([
    ...[['2026-01-02 00:00:00'], [null]],
    ...[['2026-01-01 00:00:00'], [null]],
    ...[['2026-01-01 00:00:00.500000'], [null]],
    [1234],
  ]);
});

describe('INTERVAL', () => {
  const from = "FROM (SELECT TIMESTAMP '2024-01-31 13:14:15' AS t, TIMESTAMP '2024-01-31 14:14:15' AS u, 5 AS n)";

  test.each([
    ["t + INTERVAL '1' MONTH", '2024-02-29 13:14:15'],
    ["t + INTERVAL '1 year 2 months 3 days 04:05:06'", '2025-04-03 17:19:21'],
    ["t + INTERVAL 'P1DT2H'", '2024-02-01 15:14:15'],
    ["t + INTERVAL 'P1M'", '2024-02-29 13:14:15'],
    ["t + INTERVAL 'PT1M0.5S'", '2024-01-31 13:15:15.500000'],
    ["t + INTERVAL '-01:30'", '2024-01-31 11:44:15'],
    ["INTERVAL '1' DAY + t", '2024-02-01 13:14:15'],
    ["t + n * INTERVAL '1' SECOND", '2024-01-31 13:14:20'],
    ["t - INTERVAL '1' HOUR / 2", '2024-01-31 12:44:15'],
    ["t + 1.5 * INTERVAL '1' HOUR", '2024-01-31 14:44:15'],
    ["t + (INTERVAL '1' HOUR + INTERVAL '30' MINUTE - INTERVAL '1' MINUTE)", '2024-01-31 14:43:15'],
    ["t - -INTERVAL '1' HOUR", '2024-01-31 14:14:15'],
    ["t + 2 * INTERVAL '1' MONTH", '2024-03-31 13:14:15'],
    ["t + ((u - t) * 2 + INTERVAL '0' SECOND)", '2024-01-31 15:14:15'],
    ["t + NULL * INTERVAL '1' HOUR", null],
    ["u - t > INTERVAL '5' MINUTE", 1],
    ["INTERVAL '1' HOUR = u - t", 1],
    ["u - t BETWEEN INTERVAL '30' MINUTE AND 2 * INTERVAL '1' HOUR", 1],
    ["u - t NOT BETWEEN INTERVAL '2' HOUR AND INTERVAL '3' HOUR", 1],
    ["t - u < -INTERVAL '59' MINUTE", 1],
  ])('%s', async (expression, value) => {
    expect(await rowsOf(`SELECT ${expression} ${from}`)).toEqual([[value]]);
  });

  test.each(['P', 'PT', 'P1H', '1 day 25', '1:2', '12:34:56:78', '1 xx'])('%s is none', async (text) => {
    await expect(rowsOf(`SELECT t + INTERVAL '${text}' ${from}`)).rejects.toThrow('is not a length of time');
  });
});

test.each([
  ["POSITION('b' IN 'abc')", "instr('abc', 'b')"],
  ["POSITION('é' IN 'ca' || 'fé')", '4'],
  ['POSITION(NULL IN 3)', 'NULL'],
  ["TRIM(BOTH 'x' FROM 'xaxx')", "'a'"],
  ["TRIM(LEADING 'x' FROM 'xaxx')", "'axx'"],
  ["TRIM(TRAILING FROM ' a ')", "' a'"],
  ["TRIM('x' FROM 'xax') || TRIM('yay', 'y')", "'aa'"],
  ["SUBSTRING('abcdef' FROM 2 FOR 3)", "'bcd'"],
  ["substr('abcdef' FROM -2)", "'ef'"],
  ["FLOOR(TIMESTAMP '2024-05-06 07:08:09' TO MINUTE)", "TIMESTAMP '2024-05-06 07:08:00'"],
  ["CEIL(TIMESTAMP '2024-05-06 07:08:09' TO DAY)", "TIMESTAMP '2024-05-07'"],
  ['(FROM (VALUES (1), (2)) v(n) SELECT max(n) WHERE n < 2)', '1'],
])('%s is as in the standard', async (theirs, ours) => {
  expect(await rowsOf(`SELECT ${theirs}`)).toEqual(await rowsOf(`SELECT ${ours}`));
});

test('FROM may stand before SELECT and its clauses', async () => {
  const v = 'FROM (VALUES (1, 2), (1, 3), (4, 5)) v(a, b)';
  expect(await rowsOf(`${v} SELECT a, sum(b) AS s WHERE b > 2 GROUP BY a HAVING s > 1 ORDER BY s DESC`)).toEqual([
    [4, 5],
    [1, 3],
  ]);
  expect(await rowsOf(`${v} WHERE b = 3`)).toEqual([[1, 3]]);
  expect(
    await rowsOf(
      `${v} QUALIFY row_number() OVER w = 2 |> SELECT b`.replace('QUALIFY', 'WINDOW w AS (ORDER BY b) QUALIFY'),
    ),
  ).toEqual([[3]]);
});

test('functions that are here under another name', async () => {
  const values = "FROM (VALUES (1, 'b', json('[1]')), (2, 'a', '[2]'), (2, 'é', NULL)) v(n, s, j)";
  const pairs = [
    ['char_length(s)', 'length(s)'],
    ["strpos(s, 'b')", "instr(s, 'b')"],
    ['chr(n + 64)', 'char(n + 64)'],
    ["date_part('year', TIMESTAMP '2024-05-06')", "EXTRACT(year FROM TIMESTAMP '2024-05-06')"],
    ["regexp_like(s, '[ab]')", "regexp_matches(s, '[ab]')"],
  ];
  const groups = [
    ['array_agg(n)', 'list(n)'],
    ['array_agg(DISTINCT s)', 'list(DISTINCT s)'],
    ["listagg(s, '-')", "group_concat(s, '-')"],
    ['max_by(s, n)', 'arg_max(s, n)'],
    ['min_by(s, n)', 'arg_min(s, n)'],
    ['arbitrary(s)', 'any_value(s)'],
    ['quantile_cont(n, 0.25)', 'percentile_cont(n, 0.25)'],
    ['array_agg(n) OVER ()', 'list(n) OVER ()'],
  ];
  for (const [theirs, ours] of [...pairs, ...groups])
    expect([theirs, await rowsOf(`SELECT ${theirs} ${values}`)]).toEqual([
      theirs,
      await rowsOf(`SELECT ${ours} ${values}`),
    ]);
});

describe('computed columns of a source', () => {
  const from = (columns: string): string =>
    `CREATE SOURCE s (${columns}) WITH (connector = 'file', path = '{}/n.csv', format = 'csv', header = true);`;

  test('read each other, in any order, and defaults', async () => {
    expect(
      await rowsOf(`${from('d INTEGER AS (c + n), n INTEGER, b INTEGER AS (n + 1), c INTEGER AS (b * 2), t TEXT, "B c" TEXT AS (t || b)')}
        SELECT * FROM s`),
    ).toEqual([[5, 1, 2, 4, 'a', 'a2']]);
  });

  test('are refused where they read themselves', async () => {
    const circular = rowsOf(from('n INTEGER, b INTEGER AS (c + n), c INTEGER AS (b * 2)'));
    await expect(circular).rejects.toThrow('column `b` is computed from itself');
  });
});

test('windows are taken of files, named or called', async () => {
  writeFileSync(join(folder, 'w.csv'), 'k,ts\n1,2026-01-01 00:00:10\n2,2026-01-01 00:01:10\n3,2026-01-01 00:01:20\n');
  for (const rows of [
    "read_csv('{}/w.csv', header = true)",
    "'{}/w.csv'",
    "DATA => '{}/w.csv'",
    "TABLE (FROM '{}/w.csv')",
  ])
    expect([
      rows,
      await rowsOf(
        `SELECT window_start, count(*) FROM TUMBLE(${rows}, ${rows.startsWith('DATA') ? "TIMECOL => ts, SIZE => '1 min'" : "ts, INTERVAL '1' MINUTE"}) GROUP BY 1`,
      ),
    ]).toEqual(
      [rows, [['2026-01-01 00:00:00', 1], ['2026-01-01 00:01:00', 2]]], // prettier-ignore
    );
});
