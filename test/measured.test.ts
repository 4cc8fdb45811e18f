// What EXPLAIN ANALYZE sees of commands decides which of two goes first (law X1): in the session, and by ssql.lock.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Lock } from '../src/contract/certificate.ts';
import { Engine } from '../src/engine.ts';
import { ssql, temporaryFolder } from './support/cli.ts';

/** The first command keeps all rows, the second one few; by guesses they are the same. What is fused is not told apart. */
const query = `FROM (SELECT value AS n, 'row ' || value AS x, 'line ' || value AS z FROM generate_series(1, 20000))
|> SHELL $$grep -E '^(row|line) '$$ READS (x, z) FORMAT tsv AS FILTER
|> SHELL $$grep -E '^(row|line) 17.*5$'$$ READS (x) FORMAT tsv AS FILTER`;
const few =
  /applied X1 for Shell '?grep -E '\^\(row\|line\) 17.*: '.*17.*' [\d.e-]+ us a row \(measured\), 1 % pass \(measured\); '.*' [\d.e-]+ us a row \(measured\), 100 % pass \(measured\)/;

test('without measurements there is nothing to choose by', () => {
  expect(ssql(['-c', `EXPLAIN ${query}`]).out).not.toContain('applied X1');
});

test('what was seen in a session is used in it', async () => {
  const engine = new Engine();
  const lines: string[] = [];
  const run = (text: string) =>
    engine.run(
      { name: 'q', text },
      {
        taker: { start: () => undefined, batch: () => undefined, end: () => undefined },
        text: (_title, given) => void lines.push(...given),
      },
    );
  await run(`EXPLAIN ANALYZE ${query}`);
  expect(lines.join('\n')).not.toContain('applied X1');
  await run(`EXPLAIN ${query}`);
  engine.close();
  expect(lines.join('\n')).toMatch(few);
});

test('and kept in ssql.lock, where there is one', () => {
  const cwd = temporaryFolder();
  const script = join(cwd, 'q.ssql');
  writeFileSync(script, `EXPLAIN ${query}`);
  writeFileSync(join(cwd, 'a.ssql'), `EXPLAIN ANALYZE ${query}`);
  writeFileSync(join(cwd, 'ssql.lock'), JSON.stringify({ format: 'ssql-lock', version: 1, commands: {} }));
  expect(ssql(['run', script]).out).not.toContain('applied X1');
  expect(ssql(['run', join(cwd, 'a.ssql')]).code).toBe(0);
  const lock = JSON.parse(readFileSync(join(cwd, 'ssql.lock'), 'utf8')) as Lock;
  expect(
    Object.values(lock.commands)
      .map(({ measured }) => measured?.selectivity)
      .toSorted(),
  ).toEqual([0.00555, 1]);
  const { out } = ssql(['run', script]);
  expect(out).toMatch(few);
  expect(out).toContain('verified SELECTIVITY 1');
});
