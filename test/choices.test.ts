// The ambiguous places of the language (grammar/reference.md, "Where others differ"): each with a query that shows what we
// chose. Where SQLite has an answer, it is asked too.
import Database from 'better-sqlite3';
import { afterAll, describe, expect, test } from 'vitest';
import { connect } from '../src/index.ts';

const session = await connect();
const oracle = new Database(':memory:');
afterAll(async () => {
  await session.close();
  oracle.close();
});

const rowsOf = async (sql: string): Promise<unknown[][]> => (await session.rows(sql)).rows;

describe('as SQLite has it', () => {
  test.each<[place: string, sql: string]>([
    ['a query in brackets in FROM', 'SELECT * FROM ((SELECT 1 AS a) x JOIN (SELECT 2 AS b) y)'],
    ['a query in double brackets', 'SELECT * FROM ((SELECT 1 AS a UNION SELECT 2))'],
    ['a query as a value, and brackets around a value', 'SELECT (SELECT 1), ((1)), (SELECT 2) + (3)'],
    ['set operations from left to right', 'SELECT 1 UNION SELECT 2 INTERSECT SELECT 2'],
    ['division', 'SELECT 7/2, 1/0, -7%3, 7%0, 7/2.0, -7/2'],
    ['sum of what is too big', 'SELECT total(x) FROM (SELECT 9223372036854775807 AS x UNION ALL SELECT 1)'],
    ['LIKE', "SELECT 'ABC' LIKE 'abc', 'Ä' LIKE 'ä', 'abc' GLOB 'ABC', 'a' LIKE NULL"],
    ['text in arithmetic', "SELECT '5'+1, 'abc'+1, 1='1', '5'='5.0', 2 < '10'"],
    ['CAST', "SELECT CAST('12abc' AS INTEGER), CAST(1.9 AS INTEGER), CAST(-1.9 AS INTEGER), CAST('x' AS REAL)"],
    ['NULL', 'SELECT NULL = NULL, NULL IN (), NULL NOT IN (), 1 NOT IN (2, NULL), NULL IS NULL'],
    ['NULLs in order', 'SELECT x FROM (SELECT 1 AS x UNION ALL SELECT NULL UNION ALL SELECT 0) ORDER BY x'],
    ['NULLS LAST', 'SELECT x FROM (SELECT 1 AS x UNION ALL SELECT NULL) ORDER BY x NULLS LAST'],
    ['NULLs in groups', 'SELECT x, count(*) FROM (SELECT NULL AS x UNION ALL SELECT NULL) GROUP BY x'],
    ['keys that are NULL', 'SELECT count(*) FROM (SELECT NULL AS a) x JOIN (SELECT NULL AS a) y ON x.a = y.a'],
    [
      'aggregates of nothing',
      'SELECT count(*), total(x), sum(x), avg(x), min(x), group_concat(x) FROM (SELECT 1 AS x) WHERE x > 1',
    ],
    ['groups of nothing', 'SELECT x, count(*) FROM (SELECT 1 AS x) WHERE x > 1 GROUP BY x'],
    [
      'bare columns of a max',
      'SELECT max(x), y FROM (SELECT 1 AS x, 2 AS y UNION ALL SELECT 3, 4 UNION ALL SELECT 3, 5)',
    ],
    ['avg of INTEGER', 'SELECT avg(x), typeof(avg(x)) FROM (SELECT 1 AS x UNION ALL SELECT 2)'],
  ])('%s', async (_place, sql) => {
    expect(await rowsOf(sql)).toEqual(oracle.prepare(sql).raw().all());
  });
});

describe('ours', () => {
  test('overflow of + - * is an error, as a column of INTEGER cannot turn REAL', async () => {
    for (const sql of [
      'SELECT 9223372036854775807 + 1',
      'SELECT -9223372036854775807 - 2',
      'SELECT 9223372036854775807 * 2',
    ])
      await expect(rowsOf(sql)).rejects.toThrow('overflow');
    await expect(rowsOf('SELECT sum(x) FROM (SELECT 9223372036854775807 AS x UNION ALL SELECT 1)')).rejects.toThrow(
      'overflow',
    );
  });

  test('TRY_CAST gives NULL', async () => {
    expect(await rowsOf("SELECT TRY_CAST('12abc' AS INTEGER), TRY_CAST('12' AS INTEGER)")).toEqual([[null, 12]]);
  });

  test('LIKE minds case where it is told to', async () => {
    const strict = await connect({ settings: { case_sensitive_like: 'on' } });
    expect((await strict.rows("SELECT 'ABC' LIKE 'abc'")).rows).toEqual([[0]]);
    await strict.close();
  });

  test('bare columns are refused where they are told to be', async () => {
    const strict = await connect({ settings: { bare_columns: 'error' } });
    await expect(strict.rows('SELECT max(x), y FROM (SELECT 1 AS x, 2 AS y)')).rejects.toThrow('y');
    await strict.close();
  });

  test('a bare column is of the row that came first', async () => {
    expect(await rowsOf('SELECT count(*), y FROM (SELECT 1 AS x, 2 AS y UNION ALL SELECT 3, 4)')).toEqual([[2, 2]]);
  });

  test('INSERT goes by position, and by name where a list is given', async () => {
    await session.execute('CREATE TABLE choices (a INTEGER, b INTEGER)');
    await session.execute('INSERT INTO choices SELECT 1 AS b, 2 AS a; INSERT INTO choices (b, a) SELECT 1, 2');
    expect(await rowsOf('SELECT a, b FROM choices')).toEqual([
      [1, 2],
      [2, 1],
    ]);
  });
});

/** Rows with a time each, as TIMESTAMPs: seconds since 2026-01-01 00:00 and a number. */
const at = (...times: readonly number[]): string =>
  `(SELECT strptime(t, '%Y-%m-%d %H:%M:%S') AS ts, n FROM (VALUES ${times
    .map(
      (s, n) => `('${new Date(Date.UTC(2026, 0, 1) + s * 1000).toISOString().slice(0, 19).replace('T', ' ')}', ${n})`,
    )
    .join(', ')}) v (t, n))`;

describe('windows', () => {
  const windows = (call: string, ...times: readonly number[]): Promise<unknown[][]> =>
    rowsOf(
      `WITH d AS (SELECT * FROM ${at(...times)})
       SELECT strftime('%H:%M:%S', window_start), strftime('%H:%M:%S', window_end), count(*) FROM ${call}
       GROUP BY window_start, window_end ORDER BY window_start, window_end`,
    );

  test('are [start, end), aligned to the epoch', async () => {
    expect(await windows("TUMBLE(d, ts, INTERVAL '10' SECOND)", 0, 9, 10, 19, 20)).toEqual([
      ['00:00:00', '00:00:10', 2],
      ['00:00:10', '00:00:20', 2],
      ['00:00:20', '00:00:30', 1],
    ]);
  });

  test('before 1970 are floored, not cut', async () => {
    const sql = `SELECT strftime('%Y-%m-%d %H:%M:%S', window_start)
      FROM TUMBLE(TABLE (SELECT strptime('1969-12-31 23:59:55', '%Y-%m-%d %H:%M:%S') AS ts), ts, INTERVAL '10' SECOND)`;
    expect(await rowsOf(sql)).toEqual([['1969-12-31 23:59:50']]);
  });

  test('a gap that is just as long ends a session', async () => {
    expect(await windows("SESSION(d, ts, INTERVAL '10' SECOND)", 0, 9, 19)).toEqual([
      ['00:00:00', '00:00:19', 2],
      ['00:00:19', '00:00:29', 1],
    ]);
  });

  test('a session may last as long as it likes', async () => {
    const [row, ...others] = await windows(
      "SESSION(d, ts, INTERVAL '10' SECOND)",
      ...Array.from({ length: 100 }, (_, i) => i * 9),
    );
    expect([row![2], others]).toEqual([100, []]);
  });

  test('HOP takes any slide up to its size', async () => {
    expect(await windows("HOP(d, ts, INTERVAL '4' SECOND, INTERVAL '10' SECOND)", 5)).toEqual([
      ['23:59:56', '00:00:06', 1],
      ['00:00:00', '00:00:10', 1],
      ['00:00:04', '00:00:14', 1],
    ]);
    await expect(windows("HOP(d, ts, INTERVAL '11' SECOND, INTERVAL '10' SECOND)", 5)).rejects.toThrow(
      /further apart than they are long/,
    );
  });

  test('months are groups by a monotone function', async () => {
    expect(
      await rowsOf(`SELECT strftime('%Y-%m', ts) AS month, count(*) FROM ${at(0, 31 * 86400)} GROUP BY month`),
    ).toEqual([
      ['2026-01', 1],
      ['2026-02', 1],
    ]);
  });

  test('without rows there is no window', async () => {
    expect(await windows("TUMBLE(d, ts, INTERVAL '10' SECOND)", 0, 30)).toHaveLength(2);
  });
});

describe('streams', () => {
  const endless =
    "CREATE OR REPLACE SOURCE g (n INTEGER, ts TIMESTAMP METADATA, WATERMARK FOR ts) WITH (connector = 'generator')";
  test.each<[why: string, sql: string, cure: RegExp]>([
    ['a group without a window', 'SELECT n, count(*) FROM g GROUP BY n', /EMIT CHANGES/],
    ['DISTINCT', 'SELECT DISTINCT n FROM g', /EMIT CHANGES/],
    ['the first few in an order', 'SELECT n FROM g ORDER BY n LIMIT 3', /EMIT|window/],
    ['an order that is not of time', 'SELECT n FROM g ORDER BY n', /window|LIMIT|event time/],
  ])('%s of an endless input is refused, with the cures', async (_why, sql, cure) => {
    await session.execute(endless);
    await expect(rowsOf(sql)).rejects.toThrow();
    const error = await rowsOf(sql).catch(
      (e: unknown) => e as { diagnostics: readonly { help?: readonly string[]; label?: string }[] },
    );
    expect(JSON.stringify(error)).toMatch(cure);
  });

  test('LIMIT ends an endless input at its n-th row', async () => {
    await session.execute(endless);
    expect(await rowsOf('SELECT n FROM g LIMIT 5')).toHaveLength(5);
  });
});

/**
 * A stream `e` of rows that come in this order: seconds since 2026-01-01 00:00 (null: no time) and a number. Its
 * watermark is two seconds behind. The command goes on after its rows if that is asked for.
 */
const stream = (times: readonly (number | null)[], options = '', behind = ''): string => {
  const lines = times.map(
    (s, n) => `${s === null ? '' : new Date(Date.UTC(2026, 0, 1) + s * 1000).toISOString()},${n}`,
  );
  return `CREATE OR REPLACE SOURCE e (ts TIMESTAMP, n INTEGER, WATERMARK FOR ts AS ts - INTERVAL '2' SECOND ${options.startsWith('LATE') ? options : ''})
    WITH (connector = 'shell', command = 'printf "${lines.join('\\n')}\\n"${behind}', format = 'csv' ${options.startsWith(',') ? options : ''});`;
};
const seconds = (size: number): string =>
  `SELECT CAST(strftime('%s', window_start) AS INTEGER) - 1767225600, group_concat(n)
   FROM TUMBLE(e, ts, INTERVAL '${size}' SECOND) GROUP BY window_start`;
const last = async (script: string, settings = {}): Promise<unknown[][]> => {
  const own = await connect({ settings });
  try {
    const statements = script.split(/;\s*/).filter((part) => part.trim() !== '');
    for (const statement of statements.slice(0, -1)) await own.execute(statement);
    return (await own.rows(statements.at(-1)!)).rows;
  } finally {
    await own.close();
  }
};

describe('time', () => {
  test('a row of just the watermark is not late, one before it is', async () => {
    expect(await last(`${stream([10, 8, 7])} ${seconds(1)}`)).toEqual([
      [8, '1'],
      [10, '0'],
    ]);
  });

  test('a late row still counts in windows that are open', async () => {
    expect(await last(`${stream([10, 8, 7])} ${seconds(10)}`)).toEqual([
      [0, '1,2'],
      [10, '0'],
    ]);
  });

  test('LATE ROWS KEEP takes no row for late', async () => {
    const rows = await last(`${stream([10, 3], 'LATE ROWS KEEP')} ${seconds(1)}`);
    expect(rows.flatMap((row) => row[1])).toContain('1');
  });

  test('how rows are cut into batches does not decide what is late', async () => {
    const script = `${stream([10, 8, 7, 30, 9, 28, 27, 12])} ${seconds(1)}`;
    const whole = await last(script);
    expect(await last(script, { batch_rows: 1 })).toEqual(whole);
    expect(whole).toEqual([[8, '1'], [10, '0'], [28, '5'], [30, '3']]); // prettier-ignore
  });

  test('the end of the input closes all windows', async () => {
    expect(await last(`${stream([100])} ${seconds(60)}`)).toEqual([[60, '0']]);
  });

  test('an idle input lets time go on', async () => {
    // The command would run for hours.
    const script = `${stream([10], ", idle_timeout = '50 ms'", ' && exec sleep 10000')} ${seconds(1)} LIMIT 1`;
    expect(await last(script)).toEqual([[10, '0']]);
  });

  test('the row time of a window is its last microsecond, so that windows nest', async () => {
    const inner = `SELECT window_time AS t, count(*) AS n FROM TUMBLE(DATA => TABLE e, TIMECOL => DESCRIPTOR(ts),
      SIZE => INTERVAL '5' SECOND) GROUP BY window_start, window_end, window_time`;
    const rows = await last(`${stream([4, 5, 9, 10])}
      SELECT max(strftime('%S', t)), sum(n) FROM TUMBLE(TABLE (${inner}), t, INTERVAL '10' SECOND) GROUP BY window_start`);
    expect(rows).toEqual([
      ['09', 3],
      ['14', 1],
    ]);
  });

  test('the row time of a join is that of its later row', async () => {
    const script = `${stream([10, 4])} CREATE STREAM a AS SELECT * FROM e WHERE n = 0; CREATE STREAM b AS SELECT * FROM e;
      SELECT strftime('%S', row_time()) FROM b x JOIN b y WITHIN INTERVAL '1' MINUTE ON x.n < y.n`;
    expect(await last(script)).toEqual([['10']]);
  });

  test('a row without event time fails, or is left out', async () => {
    await expect(last(`${stream([10, null])} SELECT n FROM e`)).rejects.toThrow('has no event time');
    expect(await last(`${stream([10, null], ", on_error = 'skip'")} SELECT n FROM e`)).toEqual([[0]]);
  });

  test('the offset of windows moves their bounds', async () => {
    expect(
      await last(`${stream([3, 4, 13, 14])} SELECT group_concat(n)
        FROM TUMBLE(e, ts, INTERVAL '10' SECOND, INTERVAL '4' SECOND) GROUP BY window_start`),
    ).toEqual([['0'], ['1,2'], ['3']]);
  });
});

describe('order and evaluation', () => {
  test('rows keep the order of their source, and UNION ALL that of its parts', async () => {
    expect(
      await rowsOf(`SELECT n FROM (VALUES (3), (1), (2)) v (n) WHERE n <> 9
        UNION ALL SELECT n FROM (VALUES (9), (8)) v (n)`),
    ).toEqual([[3], [1], [2], [9], [8]]);
  });

  test('rows that do not end can be ordered by time', async () => {
    expect(await last(`${stream([10, 9, 12, 11, 20])} SELECT n FROM e ORDER BY ts`)).toEqual([[1], [0], [3], [2], [4]]);
  });

  test('what is volatile is evaluated once, wherever it is named', async () => {
    expect(
      await rowsOf('SELECT x = y, x = x FROM (SELECT x, x AS y FROM (SELECT random() AS x FROM (VALUES (1), (2))))'),
    ).toEqual([
      [1, 1],
      [1, 1],
    ]);
  });

  test('a command below CASE is asked for the rows only that reach it', async () => {
    // It fails on anything but a number.
    await session.execute(
      `CREATE OR REPLACE FUNCTION twice(x TEXT) RETURNS INTEGER AS SHELL 'while read x; do echo $((x * 2)) || exit 3; done' AS MAP`,
    );
    expect(
      await rowsOf("SELECT CASE WHEN x GLOB '[0-9]' THEN twice(x) END FROM (VALUES ('1'), ('2 +'), ('3')) v (x)"),
    ).toEqual([[2], [null], [6]]);
  });
});

describe('names', () => {
  test('before a dot or a bracket are no keywords', async () => {
    expect(
      await rowsOf(`SELECT stream.first, source.key, (first), "end" FROM (SELECT 1 AS first, 2 AS "end") stream
        JOIN (SELECT 3 AS key) source`),
    ).toEqual([[1, 3, 1, 2]]);
  });
});
