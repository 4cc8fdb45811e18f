// SET memory_limit: the whole process stays below it, where the same query takes more without it.
import { writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CLI, temporaryFolder } from './support/cli.ts';

const LIMIT = 220;

/** Most MB that the program had in memory at once, and how many lines it gave. */
function resident(query: string, settings: readonly string[]): { readonly peak: number; readonly lines: number } {
  const folder = temporaryFolder();
  const [hook, figure] = [join(folder, 'hook.cjs'), join(folder, 'peak')];
  writeFileSync(
    hook,
    `process.on('exit', () => require('fs').writeFileSync(${JSON.stringify(figure)}, String(process.resourceUsage().maxRSS)));`,
  );
  const source = `CREATE SOURCE g (n INTEGER) WITH (connector = 'generator', rows = 1500000, seed = 1, "fields.n.min" = 0, "fields.n.max" = 1000000000);`;
  const done = spawnSync(
    'bash',
    [
      '-c',
      '"$0" --single-threaded-gc --require "$1" "$2" "${@:4}" | wc -l; cat "$3"',
      ...[process.execPath, hook, CLI, figure],
      ...['-q', '--mode', 'csv', ...settings, '-c', `${source} ${query}`],
    ],
    { encoding: 'utf8', timeout: 120_000 },
  );
  expect(done.stderr).toBe('');
  const [lines, peak] = done.stdout.split(/\s+/).map(Number);
  return { lines: lines!, peak: peak! / 1024 };
}

test.each([
  ['groups', "SELECT n, count(*), sum(n), max('text ' || n) FROM g GROUP BY n"],
  ['rows in order', "SELECT n, 'a text that is somewhat longer than most are ' || n AS t FROM g ORDER BY t DESC"],
])(
  '%s',
  (_name, query) => {
    const limited = resident(query, ['--set', `memory_limit=${LIMIT}MB`]);
    const free = resident(query, []);
    expect(free.peak).toBeGreaterThan(LIMIT);
    expect(limited.peak).toBeLessThan(LIMIT);
    expect(limited.lines).toBe(free.lines);
  },
  120_000,
);
