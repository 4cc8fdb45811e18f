// Window functions: the vectors of Flink's documentation, and random events against plain SQL on whole seconds in SQLite.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type Database from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import { connect } from '../src/index.ts';
import { temporaryFolder } from './support/cli.ts';
import { randomEvents, rowsOver, shuffled, sourceOf, tableOf, text, type Event } from './support/events.ts';
import { random, seeds } from './support/random.ts';

const SIZES = [1, 7, 4096];
const BOUND = 60;
const WATERMARK = `WATERMARK FOR ts AS ts - INTERVAL '${BOUND}' SECOND`;

const minute = (hhmm: string): number => {
  const [h, m] = hhmm.split(':').map(Number);
  return Date.UTC(2020, 3, 15) / 1000 + h! * 3600 + m! * 60;
};
const bids: readonly Event[] = (
  [
    ['08:05', 4, 'C'],
    ['08:07', 2, 'A'],
    ['08:09', 5, 'D'],
    ['08:11', 3, 'B'],
    ['08:13', 1, 'E'],
    ['08:17', 6, 'F'],
  ] as const
).map(([at, v, k], n) => ({ n, s: minute(at), k, v }));

/** Bounds of windows as minutes past the hour. */
const shortened = (rows: readonly string[]): string[] =>
  rows.map((row) => row.replaceAll(/\d{4}-\d\d-\d\d (\d\d):(\d\d):00/g, '$2'));

const endings = [
  ['rows that end', '', ''],
  ['rows that end, with event time', WATERMARK, ''],
  ['rows that do not end', WATERMARK, ', bounded = false'],
] as const;

describe.each(endings)('the published vectors, over %s', (_, watermark, more) => {
  const sums = async (call: string) =>
    shortened(
      await rowsOver(
        sourceOf(bids, watermark, more),
        `SELECT window_start, window_end, sum(v) FROM ${call} GROUP BY window_start, window_end`,
      ),
    );

  test.each([
    "TUMBLE(e, ts, INTERVAL '10' MINUTE)",
    "TABLE(TUMBLE(TABLE e, DESCRIPTOR(ts), INTERVAL '10' MINUTES))",
    "TUMBLE(DATA => TABLE e, TIMECOL => DESCRIPTOR(ts), SIZE => INTERVAL '10' MINUTES)",
    "TUMBLE(TABLE (SELECT * FROM e WHERE v > 0), ts, '10 min')",
  ])('%s', async (call) => expect(await sums(call)).toEqual(['00|10|11', '10|20|10']));

  test.each([
    "HOP(e, ts, INTERVAL '5' MINUTE, INTERVAL '10' MINUTE)",
    "TABLE(HOP(TABLE e, DESCRIPTOR(ts), INTERVAL '5' MINUTES, INTERVAL '10' MINUTES))",
    "HOP(DATA => TABLE e, TIMECOL => DESCRIPTOR(ts), SIZE => INTERVAL '10' MINUTE, SLIDE => INTERVAL '5' MINUTE)",
  ])('%s', async (call) => expect(await sums(call)).toEqual(['00|10|11', '05|15|15', '10|20|10', '15|25|6']));

  test('CUMULATE', async () =>
    expect(await sums("TABLE(CUMULATE(TABLE e, DESCRIPTOR(ts), INTERVAL '2' MINUTES, INTERVAL '10' MINUTES))")).toEqual(
      ['00|06|4', '00|08|6', '00|10|11', '10|12|3', '10|14|4', '10|16|4', '10|18|10', '10|20|10'],
    ));
});

describe.each(endings)('sessions of the published vectors, over %s', (_, watermark, more) => {
  const rows: readonly Event[] = (
    [
      ['08:07', 'A'],
      ['08:06', 'A'],
      ['08:09', 'B'],
      ['08:08', 'A'],
      ['08:17', 'B'],
    ] as const
  ).map(([at, k], n) => ({ n, s: minute(at), k, v: 1 }));
  // The first row is a minute ahead of the second.
  const source = () => sourceOf(rows, watermark, more);

  test('by item', async () => {
    const sql = `SELECT k, window_start, window_end, count(*)
      FROM SESSION(e PARTITION BY k, ts, INTERVAL '5' MINUTE) GROUP BY k, window_start, window_end`;
    expect(shortened(await rowsOver(source(), sql)).sort()).toEqual(['A|06|13|3', 'B|09|14|1', 'B|17|22|1']);
  });
  test('of all', async () => {
    const sql = `SELECT window_start, window_end, count(*)
      FROM TABLE(SESSION(TABLE e, DESCRIPTOR(ts), INTERVAL '5' MINUTE)) GROUP BY window_start, window_end`;
    expect(shortened(await rowsOver(source(), sql))).toEqual(['06|14|4', '17|22|1']);
  });
});

test.each([
  ['-16', '23:54:00', '00:04:00'],
  ['-6', '23:54:00', '00:04:00'],
  ['4', '23:54:00', '00:04:00'],
  ['-4', '23:56:00', '00:06:00'],
  ['6', '23:56:00', '00:06:00'],
  ['16', '23:56:00', '00:06:00'],
  ['0', '00:00:00', '00:10:00'],
])('an offset of %s minutes', async (offset, start, end) => {
  const source = sourceOf([{ n: 0, s: minute('00:00') + 4, k: 'a', v: 1 }], '');
  const [row] = await rowsOver(
    source,
    `SELECT substr(window_start, 12), substr(window_end, 12)
     FROM TUMBLE(e, ts, INTERVAL '10' MINUTE, INTERVAL '${offset}' MINUTE)`,
  );
  expect(row).toBe(`${start}|${end}`);
});

test('windows before 1970 begin at or before their rows', async () => {
  const source = sourceOf(
    [-1, -60, -61, 0].map((s, n) => ({ n, s, k: 'a', v: 1 })),
    '',
  );
  expect(await rowsOver(source, "SELECT n, window_start FROM TUMBLE(e, ts, '1 min')")).toEqual([
    '0|1969-12-31 23:59:00',
    '1|1969-12-31 23:59:00',
    '2|1969-12-31 23:58:00',
    '3|1970-01-01 00:00:00',
  ]);
});

/** What SQLite says, with `s` for the seconds and floor division spelt out. */
const oracle = {
  tumble: (size: number, offset: number) => `
    WITH t AS (SELECT *, unixepoch(ts) - ${offset} AS s FROM e)
    SELECT s - ((s % ${size}) + ${size}) % ${size} + ${offset} AS ws, ws_end, k, n, v FROM
      (SELECT *, s - ((s % ${size}) + ${size}) % ${size} + ${offset} + ${size} AS ws_end FROM t)`,
  hop: (slide: number, size: number) => `
    WITH RECURSIVE
      t AS (SELECT *, unixepoch(ts) AS s FROM e),
      w(ws) AS (SELECT (SELECT min(s) - ${size} - ((min(s) - ${size}) % ${slide} + ${slide}) % ${slide} FROM t)
                UNION ALL SELECT ws + ${slide} FROM w WHERE ws + ${slide} <= (SELECT max(s) FROM t))
    SELECT ws, ws + ${size} AS ws_end, k, n, v FROM t JOIN w ON s >= ws AND s < ws + ${size}`,
  cumulate: (step: number, size: number) => `
    WITH RECURSIVE
      t AS (SELECT *, unixepoch(ts) - ((unixepoch(ts) % ${size}) + ${size}) % ${size} AS ws, unixepoch(ts) AS s FROM e),
      i(i) AS (SELECT ${step} UNION ALL SELECT i + ${step} FROM i WHERE i < ${size})
    SELECT ws, ws + i AS ws_end, k, n, v FROM t JOIN i ON s < ws + i`,
  session: (gap: number, by: string) => `
    WITH t AS (SELECT *, unixepoch(ts) AS s FROM e),
      l AS (SELECT *, coalesce(s - lag(s) OVER (PARTITION BY ${by} ORDER BY s, n) >= ${gap}, 1) AS opens FROM t),
      g AS (SELECT *, sum(opens) OVER (PARTITION BY ${by} ORDER BY s, n) AS g FROM l)
    SELECT min(s) OVER p AS ws, max(s) OVER p + ${gap} AS ws_end, k, n, v FROM g
    WINDOW p AS (PARTITION BY ${by}, g)`,
};

const aggregates = 'count(*), sum(v), min(v), max(n), count(DISTINCT v), group_concat(n ORDER BY n)';

interface Case {
  readonly call: string;
  readonly sql: string;
}
const cases: readonly Case[] = [
  ...[7, 60, 3600].map((size) => ({ call: `TUMBLE(e, ts, '${size} s')`, sql: oracle.tumble(size, 0) })),
  { call: "TUMBLE(e, ts, '100 s', '33 s')", sql: oracle.tumble(100, 33) },
  { call: "HOP(e, ts, '20 s', '60 s')", sql: oracle.hop(20, 60) },
  { call: "HOP(e, ts, '25 s', '60 s')", sql: oracle.hop(25, 60) },
  { call: "CUMULATE(e, ts, '30 s', '300 s')", sql: oracle.cumulate(30, 300) },
  ...[5, 30, 100].map((gap) => ({ call: `SESSION(e, ts, '${gap} s')`, sql: oracle.session(gap, "''") })),
  { call: "SESSION(e PARTITION BY k, ts, '30 s')", sql: oracle.session(30, 'k') },
];

describe.each(seeds(1))('random events, seed %i', (seed) => {
  const events = randomEvents(seed, 300, Date.UTC(1969, 11, 31, 23, 30) / 1000);
  const mixed = shuffled(events, BOUND, random(seed));
  const grouped = (db: Database.Database, sql: string, by: string): string[] =>
    (
      db
        .prepare(
          `SELECT ws, ws_end${by}, ${aggregates.replace('group_concat(n ORDER BY n)', "group_concat(n, ',' ORDER BY n)")}
           FROM (${sql}) GROUP BY ws, ws_end${by} ORDER BY ws_end, min(n)`,
        )
        .raw()
        .all() as (string | number)[][]
    ).map(([ws, end, ...rest]) => [text(ws as number), text(end as number), ...rest].join('|'));

  test.each(cases)('$call', async ({ call, sql }) => {
    const { db, file } = tableOf(mixed);
    for (const by of ['', ', k']) {
      const expected = grouped(db, sql, by);
      const query = `SELECT window_start, window_end${by}, ${aggregates} FROM ${call} GROUP BY window_start, window_end${by}`;
      const session = await connect({ attach: { o: file }, settings: { batch_rows: 7 } });
      const { rows } = await session.rows(query.replace('(e', '(o.e'));
      await session.close();
      expect(rows.map((row) => row.join('|')).sort()).toEqual([...expected].sort());
      const runs = [
        ['', 4096],
        [', bounded = false', 1],
        [', bounded = false', 7],
        [', bounded = false', 4096],
      ] as const;
      for (const [more, size] of runs) {
        const found = await rowsOver(sourceOf(mixed, WATERMARK, more), query, size);
        expect([...found].sort()).toEqual([...expected].sort());
        // Windows come in the order in which they end.
        const ends = found.map((row) => row.split('|')[1]!);
        expect(ends).toEqual([...ends].sort());
      }
    }
  });

  test.each([
    ["date_trunc('minute', ts)", "strftime('%Y-%m-%d %H:%M:00', ts)"],
    ['CEIL(ts TO MINUTE)', "strftime('%Y-%m-%d %H:%M:00', ts, '+59.999 seconds')"],
    ["strftime('%Y-%m-%d %H:%M', ts)", "strftime('%Y-%m-%d %H:%M', ts)"],
    ['date(ts)', 'date(ts)'],
    ['unixepoch(ts) / 60', 'unixepoch(ts) / 60'],
    ['epoch_ms(ts) / 30000', 'unixepoch(ts) * 1000 / 30000'],
    ['substr(ts, 1, 16)', 'substr(ts, 1, 16)'],
    ["date_format(ts, 'yyyy-MM-dd HH')", "strftime('%Y-%m-%d %H', ts)"],
    ["CAST(strftime('%s', ts) AS INTEGER) / 90", 'unixepoch(ts) / 90'],
  ])('a group for each %s', async (key, same) => {
    const { db } = tableOf(mixed);
    const expected = (
      db.prepare(`SELECT ${same} g, k, count(*), sum(v) FROM e GROUP BY g, k`).raw().all() as unknown[][]
    ).map((row) => row.join('|'));
    for (const size of SIZES) {
      for (const more of ['', ', bounded = false']) {
        const source = sourceOf(mixed, WATERMARK, more);
        const found = await rowsOver(source, `SELECT ${key} AS g, k, count(*), sum(v) FROM e GROUP BY g, k`, size);
        expect(found.sort()).toEqual([...expected].sort());
      }
    }
  });

  const lastDays: readonly Event[] = ['2024-01-30T05:53:00Z', '2024-01-30T12:00:00Z', '2024-01-31T05:53:00Z'].map(
    (at, n) => ({ n, s: Date.parse(at) / 1000, k: 'a', v: 1 }),
  );
  test.each([
    // The last days of a month become one day, so the time of day falls back between them.
    ["ts + INTERVAL '1' MONTH", ['2024-02-29 05:53:00|2', '2024-02-29 12:00:00|1']],
    ["FLOOR(ts + INTERVAL '1' MONTH TO HOUR)", ['2024-02-29 05:00:00|2', '2024-02-29 12:00:00|1']],
    // % takes a whole number, so the parts of days stay, and fall back every ten days.
    ['(julianday(ts) - julianday(ts) % 10) * 0', ['0|3']],
  ])('no group of %s is given before all of it is there', async (key, expected) => {
    const query = `SELECT ${key} AS g, count(*) FROM e GROUP BY g`;
    for (const size of SIZES)
      expect((await rowsOver(sourceOf(lastDays, 'WATERMARK FOR ts'), query, size)).sort()).toEqual(expected);
    const endless = sourceOf(lastDays, 'WATERMARK FOR ts', ', bounded = false');
    await expect(rowsOver(endless, query)).rejects.toThrow('an aggregate without a window');
  });

  test('of days and what is longer each is one group, also where months are added', async () => {
    for (const more of ['', ', bounded = false'])
      for (const key of ["date(ts + INTERVAL '1' MONTH)", "strftime('%F', date_trunc('day', ts + INTERVAL '1' MONTH))"])
        expect(
          await rowsOver(
            sourceOf(lastDays, 'WATERMARK FOR ts', more),
            `SELECT ${key} AS g, count(*) FROM e GROUP BY g`,
            1,
          ),
        ).toEqual(['2024-02-29|3']);
  });

  test('windows of windows add up', async () => {
    const sql = `SELECT window_end, sum(n) FROM TUMBLE(TABLE (
        SELECT window_time, k, count(*) AS n FROM TUMBLE(TABLE e, DESCRIPTOR(ts), '10 s') GROUP BY window_time, k
      ), window_time, '60 s') GROUP BY window_end`;
    const direct = await rowsOver(
      sourceOf(mixed, WATERMARK),
      "SELECT window_end, count(*) FROM TUMBLE(e, ts, '60 s') GROUP BY window_end",
    );
    for (const size of SIZES)
      for (const more of ['', ', bounded = false'])
        expect(await rowsOver(sourceOf(mixed, WATERMARK, more), sql, size)).toEqual(direct);
  });

  test.each([
    ['TUMBLE_ROWS(e, 10)', 10, 10],
    ['HOP_ROWS(e, 3, 10)', 3, 10],
    ['HOP_ROWS(e, 1, 2)', 1, 2],
    ['TUMBLE_ROWS(e, 7, partial => false)', 7, 7],
  ] as const)('%s', async (call, slide, size) => {
    const expected = rowWindows(mixed, slide, size, !call.includes('partial'));
    const query = `SELECT window_start, window_end, count(*), sum(v) FROM ${call} GROUP BY window_start, window_end`;
    for (const batch of SIZES)
      for (const more of ['', ', bounded = false'])
        expect(await rowsOver(sourceOf(mixed, '', more), query, batch)).toEqual(expected);
  });
});

/** Windows of rows, computed one by one. */
function rowWindows(rows: readonly Event[], slide: number, size: number, partial: boolean): string[] {
  const found: string[] = [];
  for (let end = slide; end - slide < rows.length; end += slide) {
    const within = rows.slice(Math.max(0, end - size), end);
    if (within.length < size && !partial) continue;
    found.push([end - size, end, within.length, within.reduce((sum, e) => sum + e.v, 0)].join('|'));
  }
  return found;
}

test('windows of rows for each key, of rows that do not end', async () => {
  const events = randomEvents(5, 50, 0);
  const query = `SELECT k, window_start, count(*), sum(v) FROM TUMBLE_ROWS(e PARTITION BY k, 4) GROUP BY k, window_start`;
  const expected = ['a', 'b', 'c'].flatMap((k) =>
    rowWindows(
      events.filter((e) => e.k === k),
      4,
      4,
      true,
    ).map((row) => `${k}|${row.replace(/\|\d+\|/, '|')}`),
  );
  for (const size of SIZES)
    expect((await rowsOver(sourceOf(events, '', ', bounded = false'), query, size)).sort()).toEqual(expected.sort());
});

test('a session lasts no longer than max_duration', async () => {
  const source = (more: string) =>
    sourceOf(
      [0, 5, 9, 14, 18, 23, 40].map((s, n) => ({ n, s, k: 'a', v: 1 })),
      WATERMARK,
      more,
    );
  const query = `SELECT unixepoch(window_start), unixepoch(window_end), count(*)
    FROM SESSION(e, ts, '10 s', max_duration => '15 s') GROUP BY window_start, window_end`;
  for (const size of SIZES)
    for (const more of ['', ', bounded = false'])
      expect(await rowsOver(source(more), query, size)).toEqual(['0|15|4', '18|33|2', '40|50|1']);
});

test('a row in time is in a session; a gap of exactly the length ends it', async () => {
  const at = (...times: number[]) => times.map((s, n) => ({ n, s, k: 'a', v: 1 }));
  const query = "SELECT count(*) FROM SESSION(e, ts, '10 s') GROUP BY window_start, window_end";
  for (const more of ['', ', bounded = false']) {
    expect(await rowsOver(sourceOf(at(0, 9, 18), WATERMARK, more), query)).toEqual(['3']);
    expect(await rowsOver(sourceOf(at(0, 10, 20), WATERMARK, more), query)).toEqual(['1', '1', '1']);
    expect(await rowsOver(sourceOf(at(0, 18, 9), WATERMARK, more), query)).toEqual(['3']);
  }
});

test('late rows are left out of the windows that were over when they came, and counted', async () => {
  // W = the latest time less 10 s. The row of 12 s comes when W = 30: [10, 20) is over, [0, 100) is not.
  const late: readonly Event[] = [5, 40, 12, 31, 55, 28, 100].map((s, n) => ({ n, s, k: 'a', v: 1 }));
  const watermark = "WATERMARK FOR ts AS ts - INTERVAL '10' SECOND";
  const tumble = (size: number) =>
    `SELECT unixepoch(window_start), group_concat(n ORDER BY n) FROM TUMBLE(e, ts, '${size} s') GROUP BY window_start`;
  for (const size of SIZES) {
    for (const more of ['', ', bounded = false']) {
      expect(await rowsOver(sourceOf(late, watermark, more), tumble(10), size)).toEqual([
        '0|0',
        '30|3',
        '40|1',
        '50|4',
        '100|6',
      ]);
      expect(await rowsOver(sourceOf(late, watermark, more), tumble(100), size)).toEqual(['0|0,1,2,3,4,5', '100|6']);
      expect(
        await rowsOver(
          sourceOf(late, watermark, more),
          `SELECT unixepoch(window_start), unixepoch(window_end), group_concat(n ORDER BY n)
           FROM SESSION(e, ts, '6 s') GROUP BY window_start, window_end`,
          size,
        ),
      ).toEqual(['5|11|0', '31|37|3', '40|46|1', '55|61|4', '100|106|6']);
      // Rows that are kept make their windows again, maybe several times over; none gets lost.
      const kept = await rowsOver(sourceOf(late, `${watermark} LATE ROWS KEEP`, more), tumble(10), size);
      const numbers = kept.flatMap((row) => row.split('|')[1]!.split(','));
      expect(numbers.sort()).toEqual(['0', '1', '2', '3', '4', '5', '6']);
    }
  }
});

test('a TEXT column of times will do; a row without a time is a fault', async () => {
  const path = join(temporaryFolder(), 't.csv');
  writeFileSync(path, 't,v\n2024-01-01 00:00:30,1\n2024-01-01T00:01:30Z,2\n,3\n');
  const session = await connect();
  const of = (where: string) =>
    `SELECT window_start, v FROM TUMBLE(TABLE (SELECT * FROM '${path}' ${where}), t, '1 min')`;
  expect((await session.rows(of('WHERE v < 3'))).rows).toEqual([
    ['2024-01-01 00:00:00', 1],
    ['2024-01-01 00:01:00', 2],
  ]);
  await expect(session.rows(of(''))).rejects.toThrow('TUMBLE: row 3 has no time');
  await session.close();
});

test('windows as a step of a pipe', async () => {
  const source = sourceOf(bids, WATERMARK, ', bounded = false');
  const piped = `FROM e |> WHERE v > 1 |> CALL TUMBLE(ts, '10 min') AS w
    |> AGGREGATE count(*) AS n GROUP BY w.window_end |> WHERE n > 2 |> SELECT n`;
  expect(await rowsOver(source, piped)).toEqual(['3']);
});
