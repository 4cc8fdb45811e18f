// W4 over rows with event time: late rows, whatever becomes of them, and batches of any size.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { supervisor } from '../src/process/supervisor.ts';
import { ssql, temporaryFolder } from './support/cli.ts';
import { random, seeds } from './support/random.ts';
import { rowsOfScript } from './support/rows.ts';

afterAll(() => supervisor.closeAll());

const POLICIES = ['DROP', 'KEEP', 'INTO late'] as const;

/** Rows whose times mostly rise, and some of which are far behind. */
function rowsOf(seed: number): string {
  const chance = random(seed);
  const next = (): number => chance.next();
  let at = 0;
  const lines = Array.from({ length: 60 }, () => {
    at += next() < 0.7 ? 1 : next() < 0.9 ? 0 : 9;
    const behind = next() < 0.3 ? Math.floor(next() * 22) : 0;
    const second = Math.max(0, at - behind);
    return `2026-01-01 00:0${Math.floor(second / 60)}:${String(second % 60).padStart(2, '0')},${'abc'[Math.floor(next() * 3)]}\n`;
  });
  return `t,k\n${lines.join('')}`;
}

const script = (folder: string, late: string, command: string): string => `
  CREATE SINK late (t TIMESTAMP, k TEXT) WITH (connector = 'file', path = '${folder}/late.csv', format = 'csv');
  CREATE SOURCE s (t TIMESTAMP, k TEXT, WATERMARK FOR t AS t - INTERVAL '3' SECOND LATE ROWS ${late})
    WITH (connector = 'file', path = '${folder}/in.csv', format = 'csv', header = true);
  FROM HOP(s, t, INTERVAL '5 s', INTERVAL '15 s') |> ${command}`;

const SORTED = `SHELL 'sort -u' READS (k) WRITES (y TEXT) AS AGGREGATE COMBINE WITH 'sort -u'`;
const COUNTED = `SHELL 'wc -l' READS (k) WRITES (n INTEGER) AS AGGREGATE COMBINE WITH 'sum'`;

const run = (text: string, settings: Record<string, string | number>) => rowsOfScript(text, { settings });

describe.each([
  ['by a command', SORTED],
  ['by a sum', COUNTED],
])('parts put together %s', (_what, command) => {
  test.each(POLICIES)('LATE ROWS %s: the same as without laws', { timeout: 600_000 }, async (late) => {
    for (const seed of seeds(2)) {
      const folder = temporaryFolder();
      writeFileSync(join(folder, 'in.csv'), rowsOf(seed));
      const text = script(folder, late, command);
      for (const batch_rows of [1, 7, 4096]) {
        const plain = await run(text, { batch_rows, optimizer: 'off' });
        expect(plain.length, `seed ${seed}`).toBeGreaterThan(3);
        expect(await run(text, { batch_rows }), `seed ${seed}, batches of ${batch_rows}`).toEqual(plain);
      }
    }
  });
});

test('the law applies, and as many rows are told to be late', () => {
  const folder = temporaryFolder();
  // The last but one is in time for [5, 20) alone, and the last for none.
  const times = ['01', '06', '11', '21', '08', '01', '50'];
  writeFileSync(join(folder, 'in.csv'), `t,k\n${times.map((s) => `2026-01-01 00:00:${s},k${s}\n`).join('')}`);
  const told = ['on', 'off'].map((optimizer) => {
    const done = ssql(['--mode', 'tsv', '--set', `optimizer=${optimizer}`, '--set', 'batch_rows=2', '-c', script(folder, 'DROP', SORTED)]); // prettier-ignore
    expect(done.code).toBe(0);
    return [done.out, done.err.match(/[\d,]+ late rows?/g)];
  });
  expect(told[0]).toEqual(told[1]);
  expect(told[0]![1]).toHaveLength(1);
  const plan = ssql(['-c', script(folder, 'DROP', `${SORTED}`).replace('FROM HOP', 'EXPLAIN FROM HOP')]).out;
  expect(plan).toMatch(/Window HOP "\$time", 5 s as panes of 15 s/);
  expect(plan).toMatch(/applied W4/);
});
