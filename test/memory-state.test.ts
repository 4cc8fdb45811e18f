// What cannot go to scratch files is counted: a run ends with E0509 long before the process has no memory left.
import { expect, test } from 'vitest';
import { Engine } from '../src/engine.ts';

/** Rows that never end, of which hardly two agree. */
const source = (name: string, lag: string): string =>
  `CREATE SOURCE ${name} (n INTEGER, s INTEGER, ts TIMESTAMP METADATA, WATERMARK FOR ts AS ts - INTERVAL '${lag}')
   WITH (connector = 'generator', seed = 1, "fields.n.min" = 0, "fields.n.max" = 1000000000);`;

async function faultOf(query: string): Promise<string> {
  const engine = new Engine({ settings: { memory_limit: '1MB' } });
  const taker = { start: () => undefined, batch: () => undefined, end: () => undefined };
  try {
    await engine.run(
      {
        name: 'sql',
        text: `${source('a', '0 SECOND')} ${source('b', '0 SECOND')} ${query}`,
      },
      { taker, text: () => undefined },
    );
    return 'none';
  } catch (error) {
    return String(error);
  } finally {
    engine.close();
  }
}

test.each([
  ['the state of a result that changes', 'SELECT n, s, count(*) FROM a GROUP BY n, s EMIT CHANGES'],
  ['the state of an ASOF join', 'SELECT a.n, b.s FROM a ASOF JOIN b ON a.n = b.n AND a.ts <= b.ts'],
  [
    'the set of rows that a result is computed from',
    `SELECT n, row_number() OVER (ORDER BY s) FROM a EMIT EVERY INTERVAL '1' HOUR`,
  ],
  [
    'the right side of an ASOF join',
    'SELECT x.n, y.s FROM (SELECT * FROM a LIMIT 1) AS x ASOF JOIN (SELECT * FROM b LIMIT 9000000) AS y ON x.n >= y.n',
  ],
])(
  '%s: %s',
  async (what, query) => {
    expect(await faultOf(query)).toMatch(new RegExp(`${what}.* takes \\d+ MB, more than memory_limit allows`));
  },
  60_000,
);

test.each([
  ['<= 3', true],
  ['= 2', true],
  ['< 3 AND s > 0', true],
  ['>= 3', false],
])('of the rows that come by rank %s only the first are kept: %s', async (condition, isKept) => {
  expect.assertions(1);
  const engine = new Engine();
  try {
    const text = `${source('a', '0 SECOND')}
      SELECT n FROM a QUALIFY row_number() OVER (PARTITION BY n % 10 ORDER BY s) ${condition} EMIT CHANGES`;
    for await (const [step] of engine.compile({ name: 'sql', text }))
      expect(JSON.stringify(step).includes('"keep":')).toBe(isKept);
  } finally {
    engine.close();
  }
});
