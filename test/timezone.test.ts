// SET timezone: text without an offset, and days, are those of a zone; all else stays in UTC.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { zoneNamed } from '../src/data/zone.ts';
import { random } from './support/random.ts';
import { runStatements } from './support/statements.ts';

const SEED = Number(process.env['SSQL_SEED'] ?? Date.now() % 1_000_000_007);
const DAY = 86_400_000_000;
const HOUR = DAY / 24;

const folder = mkdtempSync(join(tmpdir(), 'ssql-timezone-'));
afterAll(() => rmSync(folder, { recursive: true }));

const rowsOf = async (script: string): Promise<readonly (readonly unknown[])[]> =>
  (await runStatements(script.replaceAll('{}', folder))).rows;
const us = (text: string): number => Date.parse(text) * 1000;

describe.each([
  'Europe/Oslo',
  'America/New_York',
  'America/Sao_Paulo',
  'Africa/Casablanca',
  'Australia/Lord_Howe',
  'Asia/Kathmandu',
  'Pacific/Apia',
])('%s', (name) => {
  const zone = zoneNamed(name)!;
  const shown = new Intl.DateTimeFormat('sv-SE', { timeZone: name, dateStyle: 'short', timeStyle: 'medium' });

  test(`shows what its clocks do, and comes back from it (SSQL_SEED=${SEED})`, () => {
    const r = random(SEED);
    for (let i = 0; i < 500; i++) {
      // Half of them near a change of clocks in the north or the south.
      const time =
        (r.chance(0.5) ? us('2011-12-30T10:00:00Z') + (r.below(160) - 80) * HOUR : r.below(2 ** 31) * 1e6) +
        r.below(60) * 60e6;
      const local = time + zone.offsetAt(time);
      const text = new Date(local / 1000).toISOString().replace('T', ' ').slice(0, 19);
      expect(text).toBe(shown.format(time / 1000));
      const back = zone.momentOf(local);
      expect(back).toBeLessThanOrEqual(time);
      expect(back + zone.offsetAt(back)).toBe(local);
    }
  });
});

describe('clocks that are changed', () => {
  const oslo = zoneNamed('Europe/Oslo')!;
  test.each([
    ['put back: the first of two', oslo, '2024-10-27T02:30:00Z', '2024-10-27T00:30:00Z'],
    ['put forward: as far behind the change', oslo, '2024-03-31T02:30:00Z', '2024-03-31T01:30:00Z'],
    ['just before', oslo, '2024-03-31T01:59:59Z', '2024-03-31T00:59:59Z'],
    ['just behind', oslo, '2024-03-31T03:00:00Z', '2024-03-31T01:00:00Z'],
    ['a day that is not there', zoneNamed('Pacific/Apia')!, '2011-12-30T12:00:00Z', '2011-12-30T22:00:00Z'],
    ['an offset has none', zoneNamed('-03:30')!, '2024-03-31T02:30:00Z', '2024-03-31T06:00:00Z'],
  ])('%s', (_what, zone, local, moment) => {
    expect(new Date(zone.momentOf(us(local)) / 1000).toISOString().replace('.000', '')).toBe(moment);
  });

  test('names that are none', () => {
    for (const name of ['', 'Nowhere', '+25', '+02:75', 'Europe']) expect(zoneNamed(name)).toBeUndefined();
  });
});

describe('expressions', () => {
  test.each([
    ["TIMESTAMP '2024-07-01 12:00:00'", '2024-07-01 12:00:00'],
    ["epoch_ms(TIMESTAMP '2024-07-01 12:00:00')", 1719828000000],
    ["epoch_ms('2024-07-01 12:00')", 1719828000000],
    ["date_trunc('day', '2024-07-01 00:30')", '2024-07-01 00:00:00'],
    ["CAST('2024-07-01 12:00' AS TIMESTAMP)", '2024-07-01 12:00:00'],
    ["CAST('2024-07-01T12:00:00Z' AS TIMESTAMP)", '2024-07-01 14:00:00'],
    ["TRY_CAST('no time' AS TIMESTAMP)", null],
    ['to_timestamp(0)', '1970-01-01 01:00:00'],
    ["'2024-07-01 12:00:00' + INTERVAL '1' HOUR", '2024-07-01 13:00:00'],
    ["TIMESTAMP '2024-07-01 12:00:00' || '!'", '2024-07-01 12:00:00!'],
    ["TIMESTAMP '2024-07-01 12:00:00' = '2024-07-01 12:00'", 1],
    ["TIMESTAMP '2024-07-01 12:00:00' BETWEEN '2024-07-01' AND '2024-07-01T10:00:00Z'", 1],
    ["TIMESTAMP '2024-07-01 12:00:00' IN ('2024-07-01 10:00', '2024-07-01T10:00Z')", 1],
    ["coalesce(NULL, TIMESTAMP '2024-07-01 12:00:00', 'x')", '2024-07-01 12:00:00'],
    ["CASE WHEN 1 THEN TIMESTAMP '2024-07-01 12:00:00' ELSE 'x' END", '2024-07-01 12:00:00'],
    ["json_array(TIMESTAMP '2024-07-01 12:00:00')", '["2024-07-01 12:00:00"]'],
    ["strptime('1/7/2024 12:00', '%d/%m/%Y %H:%M')", '2024-07-01 12:00:00'],
    ["strptime('1/7/2024 12:00 +0000', '%d/%m/%Y %H:%M %z')", '2024-07-01 14:00:00'],
    ["date_format(TIMESTAMP '2024-07-01 12:00:00', 'HH:mm')", '12:00'],
    ["date_trunc('day', TIMESTAMP '2024-07-01 00:30:00')", '2024-07-01 00:00:00'],
    ["epoch_ms(date_trunc('month', TIMESTAMP '2024-07-01 00:30:00'))", 1719784800000],
    ["CEIL(TIMESTAMP '2024-10-26 00:30:00' TO DAY)", '2024-10-27 00:00:00'],
    ["CEIL(TIMESTAMP '2024-10-27 12:30:00' TO DAY)", '2024-10-28 00:00:00'],
    ["CEIL(TIMESTAMP '2024-03-31 12:30:00' TO MONTH)", '2024-04-01 00:00:00'],
    ["CEIL(TIMESTAMP '2024-03-31 00:00:00' TO DAY)", '2024-03-31 00:00:00'],
    ["FLOOR(TIMESTAMP '2024-03-31 12:30:00' TO HOUR)", '2024-03-31 12:00:00'],
    ["date_trunc('day', TIMESTAMP '2024-07-01 00:30:00', 'UTC')", '2024-06-30 02:00:00'],
    // The two hours from 2 to 3 are not one.
    ["date_trunc('hour', to_timestamp(1729989000)) = date_trunc('hour', to_timestamp(1729992600))", 0],
    ["date(TIMESTAMP '2024-07-01 00:30:00')", '2024-06-30'],
    ["EXTRACT(hour FROM TIMESTAMP '2024-07-01 12:00:00')", 10],
    ["typeof(TIMESTAMP '2024-07-01 12:00:00')", 'text'],
  ])('%s', async (expression, value) => {
    expect(await rowsOf(`SET timezone = 'Europe/Oslo'; SELECT ${expression}`)).toEqual([[value]]);
  });

  test('aggregates and window functions', async () => {
    expect(
      await rowsOf(`SET timezone = '+05:30';
        CREATE VIEW v AS SELECT TIMESTAMP '2024-01-01 00:00:00' AS t UNION ALL SELECT TIMESTAMP '2024-01-02 00:00:00';
        SELECT min(t), count(DISTINCT t), group_concat(t), json_group_array(t) FROM v;
        SELECT lag(t) OVER (ORDER BY t), group_concat(t) OVER (ORDER BY t) FROM v`),
    ).toEqual([
      ['2024-01-01 00:00:00', 2, '2024-01-01 00:00:00,2024-01-02 00:00:00', '["2024-01-01 00:00:00","2024-01-02 00:00:00"]'],
      [null, '2024-01-01 00:00:00'],
      ['2024-01-01 00:00:00', '2024-01-01 00:00:00,2024-01-02 00:00:00'],
    ]); // prettier-ignore
  });
});

describe('sources and sinks', () => {
  writeFileSync(join(folder, 't.csv'), 't,n\n2024-07-01 00:30:00,1\n2024-07-01T00:30:00Z,2\n2024-07-02,3\n');
  const source = `CREATE SOURCE s (t TIMESTAMP, n INTEGER, WATERMARK FOR t AS t - INTERVAL '1' DAY)
    WITH (connector = 'file', path = '{}/t.csv', format = 'csv', header = true`;

  test('read and print as the clocks show it', async () => {
    expect(await rowsOf(`SET timezone = 'Asia/Tokyo'; ${source}); SELECT t, epoch_ms(t) / 1000 FROM s`)).toEqual([
      ['2024-07-01 00:30:00', us('2024-06-30T15:30:00Z') / 1e6],
      ['2024-07-01 09:30:00', us('2024-07-01T00:30:00Z') / 1e6],
      ['2024-07-02 00:00:00', us('2024-07-01T15:00:00Z') / 1e6],
    ]);
  });

  test('a source may have a zone of its own', async () => {
    expect(await rowsOf(`${source}, timezone = 'Asia/Tokyo'); SELECT t FROM s`)).toEqual([
      ['2024-06-30 15:30:00'],
      ['2024-07-01 00:30:00'],
      ['2024-07-01 15:00:00'],
    ]);
  });

  test('days are those of the zone by date_trunc, and of UTC by TUMBLE', async () => {
    expect(
      await rowsOf(`SET timezone = 'Asia/Tokyo'; ${source}); SELECT date_trunc('day', t) AS d, count(*) FROM s GROUP BY d;
        SELECT window_start, count(*) FROM TUMBLE(s, t, INTERVAL '1' DAY) GROUP BY window_start`),
    ).toEqual([
      ...[['2024-07-01 00:00:00', 2], ['2024-07-02 00:00:00', 1]], // prettier-ignore
      ...[['2024-06-30 09:00:00', 1], ['2024-07-01 09:00:00', 2]], // prettier-ignore
    ]);
  });

  test('files, tables and changes get local text, JSON the moment, and a command UTC', async () => {
    expect(
      await rowsOf(`SET timezone = 'Asia/Tokyo'; ${source});
        COPY (SELECT t FROM s LIMIT 1) TO '{}/o.csv' (FORMAT csv); COPY (SELECT t FROM s LIMIT 1) TO '{}/o.jsonl' (FORMAT jsonl);
        CREATE TABLE main.o AS SELECT t FROM s LIMIT 1; SELECT t || '' FROM main.o;
        FROM s |> LIMIT 1 |> SHELL 'sed s/^/x/' READS (t) WRITES (c TEXT) AS MAP |> SELECT c;
        SELECT n % 2, max(t) FROM s GROUP BY 1 EMIT CHANGES`),
    ).toEqual([
      ['2024-07-01 00:30:00'],
      ['x2024-06-30 15:30:00'],
      ['+I', 1, '2024-07-02 00:00:00'],
      ['+I', 0, '2024-07-01 09:30:00'],
    ]);
    expect(readFileSync(join(folder, 'o.csv'), 'utf8')).toBe('t\n2024-07-01 00:30:00\n');
    expect(readFileSync(join(folder, 'o.jsonl'), 'utf8')).toBe('{"t":"2024-06-30T15:30:00Z"}\n');
  });

  test('text of a zone closes no groups but of dates', async () => {
    const endless = `SET timezone = 'Europe/Oslo'; CREATE SOURCE g (n INTEGER, t TIMESTAMP METADATA, WATERMARK FOR t)
      WITH (connector = 'generator', step = '8 hours', start = '2024-10-26');`;
    const groups = (key: string): string => `${endless} SELECT ${key} AS k, count(*) FROM g GROUP BY k LIMIT 2`;
    expect(await rowsOf(groups("date_format(t, 'yyyy-MM-dd')"))).toEqual([
      ['2024-10-26', 3],
      ['2024-10-27', 3],
    ]);
    expect(await rowsOf(groups("date_trunc('day', t)"))).toEqual([
      ['2024-10-26 00:00:00', 3],
      ['2024-10-27 00:00:00', 3],
    ]);
    for (const key of ["date_format(t, 'yyyy-MM-dd HH')", 'CAST(t AS TEXT)', 'substr(t, 1, 13)'])
      await expect(rowsOf(groups(key))).rejects.toThrow('rows that do not end');
  });
});
