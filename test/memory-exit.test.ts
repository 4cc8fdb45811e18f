// Scratch files are gone however a query ends.
import { mkdirSync, readdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Engine } from '../src/engine.ts';
import { shell, ssql, start, temporaryFolder } from './support/cli.ts';

/** Sorts rows that never end. */
const sorting = (scratch: string): readonly string[] => [
  ...['-q', '--mode', 'csv', '--set', 'memory_limit=1MB', '--set', `temp_directory=${scratch}`, '-c'],
  `CREATE SOURCE g (n INTEGER) WITH (connector = 'generator', rows = 1000000000000, seed = 1);
   SELECT n FROM g ORDER BY n DESC`,
];

/** Scratch files that a process has open; they have no name any more. */
function scratchFilesOf(pid: number, scratch: string): readonly string[] {
  return readdirSync(`/proc/${pid}/fd`)
    .map((fd) => {
      try {
        return readlinkSync(`/proc/${pid}/fd/${fd}`);
      } catch {
        return '';
      }
    })
    .filter((path) => path.startsWith(scratch));
}

test.each(['SIGKILL', 'SIGINT', 'SIGTERM'] as const)('%s leaves no scratch file', async (signal) => {
  const scratch = temporaryFolder();
  const { child, ended } = start(sorting(scratch));
  while (scratchFilesOf(child.pid!, scratch).length === 0) {
    expect(child.exitCode).toBeNull();
    await sleep(5);
  }
  child.kill(signal);
  const { code } = await ended;
  expect(code).toBe({ SIGKILL: null, SIGINT: 130, SIGTERM: 143 }[signal]);
  expect(readdirSync(scratch)).toEqual([]);
});

test('a reader that goes away ends the query, and no scratch file is left', () => {
  const folder = temporaryFolder();
  const scratch = join(folder, 'scratch');
  mkdirSync(scratch);
  writeFileSync(join(folder, 'n.txt'), Array.from({ length: 200_000 }, (_, i) => `${(i * 7919) % 200_000}\n`).join(''));
  const query = `SELECT line FROM read_lines('n.txt') ORDER BY CAST(line AS INTEGER)`;
  const { out, code } = shell(
    `ssql -q --mode csv --set memory_limit=100kB --set temp_directory=${scratch} -c "${query}" | head -n 3`,
    folder,
  );
  expect(out.replaceAll('\r', '')).toBe('line\n0\n1\n');
  expect(code).toBe(0);
  expect(readdirSync(scratch)).toEqual([]);
});

test('a folder that is not there is named', () => {
  const { err, code } = ssql(sorting('/nowhere/at/all'));
  expect(code).toBe(1);
  expect(err).toContain('error[E0701]: cannot make a scratch file in /nowhere/at/all');
  expect(err).toContain('SET temp_directory');
});

test.each([
  ['one result', 'SELECT group_concat(t) FROM g', 'the result of group_concat\\(\\)'],
  ['a list of pairs', 'SELECT (t, 1) IN (SELECT t, 1 FROM g) FROM g', 'the right side of IN'],
  ['one partition', 'SELECT median(length(t)) OVER (), t FROM g', 'a partition of a window function'],
])('what cannot be divided ends the query beyond the limit: %s', (_name, query, what) => {
  const { err, code } = ssql([
    ...['-q', '--set', 'memory_limit=1MB', '-c'],
    `CREATE SOURCE n (n INTEGER) WITH (connector = 'generator', rows = 2000000, seed = 1, "fields.n.min" = 1, "fields.n.max" = 9);
     CREATE VIEW g AS SELECT 'a text that is somewhat longer than most are ' || n AS t FROM n; ${query}`,
  ]);
  expect(err).toMatch(
    new RegExp(
      `error\\[E0509\\]: ${what}.* takes \\d+ MB, more than memory_limit allows \\(1 MB for the whole process\\)`,
    ),
  );
  expect(code).toBe(1);
});

test.each([
  ['SELECT 1', 0],
  ["SET memory_limit = '100 MB'; SELECT 1", 1],
])('who runs it is told of a limit that is set: %s', async (text, expected) => {
  let told = 0;
  const engine = new Engine();
  const taker = { start: () => undefined, batch: () => undefined, end: () => undefined };
  await engine.run({ name: 'sql', text }, { taker, text: () => undefined, limited: () => void told++ });
  engine.close();
  expect(told).toBe(expected);
});
