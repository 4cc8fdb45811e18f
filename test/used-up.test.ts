// Where an aggregation uses rows up at once, what a command prints is cut in the same memory again and again.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ssql } from './support/cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'ssql-used-up-'));
afterAll(() => rmSync(folder, { recursive: true }));

const ROWS = 100_000;
const path = join(folder, 'in.txt');
// 10 MB, so that the memory is used several times for the rows of one copy, too. Half of the rows come again and again, as those do that a dictionary is for.
const lines = Array.from({ length: ROWS }, (_, i) => `${i % 2 === 0 ? i : i % 9999} `.padEnd(99, '.'));
beforeAll(() => writeFileSync(path, lines.map((line) => `${line}\n`).join('')));
const sum = lines.reduce((n, line) => n + parseInt(line), 0);

describe.each([
  ['handed to the command', `read_lines('${path}')`],
  ['sent', `(SELECT line FROM read_lines('${path}') WHERE line <> '')`],
  ['sent as other values', `(SELECT line || '-' AS line FROM read_lines('${path}'))`, '--set', 'trust=declared'],
  ['sent to copies', `(SELECT line FROM read_lines('${path}') WHERE line <> '')`, '--set', 'parallelism=2'],
])('%s', (_, from, ...settings) => {
  test.each([
    [`SHELL 'tr . :' WRITES (line TEXT) AS MAP`, sum],
    [`SHELL 'tr . :' WRITES (line TEXT) AS MAP ON ERROR SKIP`, sum],
    [`SHELL 'grep .' AS FILTER`, sum],
    [`SHELL 'sed p' WRITES (line TEXT) AS FLATMAP`, 2 * sum],
  ])('%s', (shell, expected) => {
    const query = `FROM ${from} |> ${shell} |> WHERE line <> '' |> AGGREGATE sum(CAST(line AS INTEGER)) AS n`;
    const done = ssql(['--mode', 'csv', '-q', ...settings, '--set', 'native=off', '-c', query]);
    expect([done.code, done.err, done.out]).toEqual([0, '', `n\n${expected}\n`]);
  });
});

test.each(['', `|> SHELL 'grep .' AS FILTER`, `|> SHELL 'tr x y' WRITES (line TEXT) AS MAP`])(
  'the least and greatest texts of groups outlast the memory that they were in: %s',
  (shell) => {
    const groups = new Map<string, readonly [string, string]>();
    for (const line of lines) {
      const [least, greatest] = groups.get(line.slice(0, 2)) ?? [line, line];
      groups.set(line.slice(0, 2), [line < least ? line : least, line > greatest ? line : greatest]);
    }
    const expected = [...groups].map(([k, [least, greatest]]) => `${k.trim()},${least},${greatest}`).sort();
    const query = `FROM read_lines('${path}') ${shell}
      |> AGGREGATE min(line) AS a, max(line) AS b GROUP BY trim(substr(line, 1, 2)) AS k |> SELECT k, a, b`;
    const done = ssql(['--mode', 'csv', '-q', '--set', 'native=off', '-c', query]);
    expect([done.code, done.err, done.out.trim().split('\n').slice(1).sort()]).toEqual([0, '', expected]);
  },
);

test('keys of groups outlast the memory that they were in', () => {
  const counts = new Map<string, number>();
  for (const line of lines) counts.set(line, (counts.get(line) ?? 0) + 1);
  const query = `FROM read_lines('${path}') |> SHELL 'tr x y' WRITES (line TEXT) AS MAP |> AGGREGATE count(*) AS n GROUP BY line`;
  const done = ssql(['--mode', 'csv', '-q', '--set', 'native=off', '-c', query]);
  expect([done.code, done.out.trim().split('\n').slice(1).sort()]).toEqual([
    0,
    [...counts].map(([line, n]) => `${line},${n}`).sort(),
  ]);
});
