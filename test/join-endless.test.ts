// Queries over sources that are said not to end give what they give over the same files when these are known to end.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { connect } from '../src/index.ts';
import { temporaryFolder } from './support/cli.ts';
import { randomEvents, shuffled, text } from './support/events.ts';
import { random } from './support/random.ts';

const SEED = Number(process.env['SSQL_SEED']);

/** Files of two sources whose rows are at most 4 seconds out of order; and a table to look up. */
function sources(more: string): string {
  const folder = temporaryFolder();
  const r = random(SEED);
  const source = (name: string): string => {
    const path = join(folder, `${name}.csv`);
    const lines = shuffled(randomEvents(r.below(1e6), 150, 1.7e9), 4, r).map(({ n, s, k, v }) =>
      [n, text(s), k, v].join(),
    );
    writeFileSync(path, `${lines.join('\n')}\n`);
    return `CREATE SOURCE ${name} (n INTEGER, ts TIMESTAMP, k TEXT, v INTEGER,
      WATERMARK FOR ts AS ts - INTERVAL '4' SECOND) WITH (connector = 'file', path = '${path}', format = 'csv', header = false${more});`;
  };
  return `${source('a')} ${source('b')}`;
}

async function rowsOf(sql: string, more: string, batchRows: number): Promise<string[]> {
  const session = await connect({ settings: { batch_rows: batchRows } });
  try {
    const { rows } = await session.rows(`${sources(more)} ${sql}`);
    return rows.map((row) => row.join('|')).sort();
  } finally {
    await session.close();
  }
}

beforeAll(() => console.log(`SSQL_SEED=${SEED}`));

test.each([
  ['a bound in ON', `SELECT a.n, b.n FROM a JOIN b ON a.k = b.k AND b.ts BETWEEN a.ts AND a.ts + INTERVAL '10' SECOND`],
  [
    'in WHERE',
    `SELECT a.n, b.n FROM a, b WHERE a.k = b.k AND a.ts >= b.ts - INTERVAL '8' SECOND AND a.ts < b.ts AND b.v > 0`,
  ],
  ['WITHIN', `SELECT a.n, b.n FROM a LEFT JOIN b WITHIN INTERVAL '5' SECOND ON a.k = b.k`],
  [
    'WITHIN, to either side',
    `SELECT a.n, b.n FROM a FULL JOIN b WITHIN (INTERVAL '9' SECOND, INTERVAL '0' SECOND) USING (k)`,
  ],
  ['a RIGHT JOIN without keys', `SELECT a.n, b.n FROM a RIGHT JOIN b WITHIN INTERVAL '1' SECOND`],
  ['SEMI', `SELECT a.n FROM a SEMI JOIN b WITHIN INTERVAL '3' SECOND ON a.k = b.k`],
  [
    'NOT EXISTS',
    `SELECT n FROM a WHERE NOT EXISTS (SELECT 1 FROM b WHERE b.k = a.k AND b.ts BETWEEN a.ts AND a.ts + INTERVAL '5' SECOND)`,
  ],
  [
    'a bound that is a column',
    `SELECT a.n, b.n FROM (SELECT *, ts + INTERVAL '7' SECOND AS until FROM a) a JOIN b ON a.k = b.k AND b.ts BETWEEN a.ts AND a.until`,
  ],
  [
    'windows',
    `SELECT a.n, a.window_start FROM TUMBLE(a, ts, INTERVAL '30' SECOND) a SEMI JOIN TUMBLE(b, ts, INTERVAL '30' SECOND) b ON a.k = b.k AND a.window_start = b.window_start`,
  ],
  [
    'windows, all that is in either',
    `SELECT a.n, b.n, window_end FROM TUMBLE(a, ts, INTERVAL '20' SECOND) a FULL JOIN TUMBLE(b, ts, INTERVAL '20' SECOND) b USING (k, window_end)`,
  ],
  [
    'a stream with its own windows',
    `SELECT a.n, m.v FROM a JOIN (SELECT max(v) AS v, window_end AS e FROM TUMBLE(a, ts, INTERVAL '1' MINUTE) GROUP BY window_end) m ON a.v = m.v AND a.ts BETWEEN m.e - INTERVAL '1' MINUTE AND m.e`,
  ],
  [
    'three streams',
    `SELECT a.n, b.n, c.n FROM a JOIN b WITHIN INTERVAL '5' SECOND ON a.k = b.k JOIN a c WITHIN INTERVAL '5' SECOND ON c.k = b.k`,
  ],
  [
    'a shared stream with itself',
    `CREATE STREAM s AS FROM a |> WHERE v > 0; SELECT x.n, y.n FROM s x JOIN s y WITHIN INTERVAL '6' SECOND ON x.k = y.k`,
  ],
  ['ASOF', `SELECT a.n, b.n FROM a ASOF LEFT JOIN b ON a.k = b.k AND a.ts >= b.ts`],
  ['ASOF, later rows', `SELECT a.n, b.n FROM a ASOF JOIN b ON a.k = b.k AND b.ts > a.ts`],
  ['SET state_ttl', `SET state_ttl = '1 hour'; SELECT a.n, b.n FROM a LEFT JOIN b ON a.v = b.v AND a.k = b.k`],
])('%s', async (_, sql) => {
  const expected = await rowsOf(sql, '', 4096);
  expect(expected.length).toBeGreaterThan(0);
  for (const batchRows of [1, 7, 4096]) expect(await rowsOf(sql, ', bounded = false', batchRows)).toEqual(expected);
});

test('windows over a join close by its watermark', async () => {
  const sql = (join: string) => `SELECT window_start, count(*), sum(bn) FROM TUMBLE(
    (SELECT a.ts, b.n AS bn FROM ${join}), ts, INTERVAL '1' MINUTE) GROUP BY window_start`;
  const semi = (kind: string) =>
    sql(
      `(SELECT a.n AS n, a.ts FROM a ${kind} JOIN b WITHIN INTERVAL '3' SECOND ON a.k = b.k) a JOIN (SELECT 1 AS n) b`,
    );
  for (const kind of ['SEMI', 'ANTI']) {
    const expected = await rowsOf(semi(kind), '', 4096);
    expect(expected.length).toBeGreaterThan(1);
    for (const batchRows of [1, 7, 4096])
      expect(await rowsOf(semi(kind), ', bounded = false', batchRows), kind).toEqual(expected);
  }
});
