// Each sample in queries/ runs as README says, on the data that the project makes, and gives what its .out file says.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ssql } from './support/cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'ssql-queries-'));
beforeAll(() => {
  execFileSync(process.execPath, [resolve('queries/make-data.mjs'), join(folder, 'dist/samples')]);
  cpSync('queries', join(folder, 'queries'), { recursive: true });
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Those that show what a law gains stand apart. */
const samples = ['', 'laws/'].flatMap((part) =>
  readdirSync(`queries/${part}`).flatMap((name) => (name.endsWith('.ssql') ? [`${part}${name}`] : [])),
);

describe.each(samples)('%s', (name) => {
  test('has no faults and gives its rows, twice', async () => {
    expect(ssql(['check', `queries/${name}`], { cwd: folder })).toMatchObject({ code: 0 });
    const first = ssql(['--mode', 'csv', 'run', `queries/${name}`], { cwd: folder });
    expect([first.code, first.err]).toEqual([0, first.err]);
    await expect(first.out).toMatchFileSnapshot(`../queries/out/${name.replace('.ssql', '.csv')}`);
    expect(ssql(['--mode', 'csv', 'run', `queries/${name}`], { cwd: folder }).out).toBe(first.out);
  });

  test('gives the same rows unoptimized, row by row', () => {
    const optimized = ssql(['--mode', 'csv', 'run', `queries/${name}`], { cwd: folder }).out;
    const plain = ['--set', 'optimizer=off', '--set', 'pushdown=off', '--set', 'batch_rows=13'];
    expect(ssql(['--mode', 'csv', ...plain, 'run', `queries/${name}`], { cwd: folder }).out).toBe(optimized);
  });
});
