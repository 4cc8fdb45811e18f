// A disk that is full, or a file that may not grow: an error that says so, nothing half-done, nothing left behind.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { CLI, shell, ssql, temporaryFolder, type Ended } from './support/cli.ts';

/** Some 15 MB of rows. */
const ROWS = `SELECT n, 'a text of some length ' || n AS t FROM generate(rows => 400000)`;

/** Runs a query in a folder that has little room. */
type Cramped = (folder: string, args: readonly string[]) => Ended;

/** No file may grow beyond 1 MB. */
const limited: Cramped = (folder, args) => {
  const done = spawnSync('bash', ['-c', 'ulimit -f 1000; exec "$@"', 'bash', process.execPath, CLI, ...args], {
    encoding: 'utf8',
    cwd: folder,
  });
  return { code: done.status, out: done.stdout, err: done.stderr };
};

/** The folder is a file system of its own, of 2 MB. */
const full: Cramped = (folder, args) => ssql(args, { cwd: folder });

function roomy(): string {
  return temporaryFolder();
}

/** A folder on a small file system, gone after the test; undefined where this process may not mount one. */
function tiny(): string | undefined {
  const folder = temporaryFolder();
  const mount = join(folder, 'disk');
  mkdirSync(mount);
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', mount]).status !== 0) return undefined;
  onTestFinished(() => void execFileSync('umount', [mount]));
  return mount;
}

const ways: readonly [name: string, folder: () => string | undefined, run: Cramped, said: RegExp][] = [
  ['a limit of file sizes', roomy, limited, /would be larger than is allowed|I\/O error|no space/],
  ['a full file system', tiny, full, /no space is left/],
];

function table(path: string): void {
  const db = new Database(path);
  db.exec('CREATE TABLE r (n INTEGER, t TEXT); INSERT INTO r VALUES (-1, NULL)');
  db.close();
}

function contentOf(path: string): unknown {
  const db = new Database(path);
  try {
    expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
    return db.prepare('SELECT n, t FROM r').raw().all();
  } finally {
    db.close();
  }
}

// The first run writes its code cache, which a limit of file sizes must not cut off.
beforeAll(() => expect(ssql(['-q', '-c', 'SELECT 1']).code).toBe(0));

let mounted = 0;
afterAll(() => {
  if (mounted === 0) console.log('no file system could be mounted: the tests ran with limits of file sizes only');
});

/** Runs a test in both ways, as far as they are there. */
function inBoth(name: string, work: (folder: string, run: Cramped, said: RegExp) => void): void {
  test.each(ways)(`${name}: %s`, (_way, folderOf, run, said) => {
    const folder = folderOf();
    if (folderOf === tiny && folder !== undefined) mounted++;
    if (folder === undefined) work(roomy(), limited, ways[0]![3]);
    else work(folder, run, said);
  });
}

inBoth('scratch files', (folder, run, said) => {
  const other = temporaryFolder();
  const db = join(other, 'd.db');
  table(db);
  const settings = ['--set', 'memory_limit=1MB', '--set', `temp_directory=${folder}`];
  const attach = `ATTACH '${db}' AS d;`;
  for (const query of [
    `${ROWS} ORDER BY n DESC`,
    `SELECT n, max(t) AS t FROM (${ROWS}) GROUP BY n`,
    `SELECT n, count(*) OVER () || t AS t FROM (${ROWS})`,
    `SELECT a.n, b.t FROM (${ROWS}) AS a JOIN (${ROWS}) AS b ON a.n = b.n`,
  ]) {
    const { code, err } = run(folder, ['-q', ...settings, '-c', `${attach} INSERT INTO d.r ${query}`]);
    expect(err).toMatch(/error\[E0701\]: cannot write a scratch file in .*: /);
    expect(err).toMatch(said);
    expect(err).toContain('SET temp_directory');
    expect(code).toBe(1);
    expect(readdirSync(folder)).toEqual([]);
    expect(contentOf(db)).toEqual([[-1, null]]);
  }
});

inBoth('a file that is written', (folder, run, said) => {
  const path = join(folder, 'out.csv');
  writeFileSync(path, 'what was there\n');
  const { code, err } = run(folder, ['-q', '-c', `COPY (${ROWS}) TO '${path}'`]);
  expect(err).toMatch(/error\[E0701\]: cannot write .*out\.csv: /);
  expect(err).toMatch(said);
  expect(code).toBe(1);
  expect(readdirSync(folder)).toEqual(['out.csv']);
  expect(shell('cat out.csv', folder).out).toBe('what was there\n');
});

inBoth('a database that is appended to', (folder, run, said) => {
  const db = join(folder, 'd.db');
  table(db);
  const { code, err } = run(folder, ['-q', '-c', `ATTACH '${db}' AS d; INSERT INTO d.r ${ROWS}`]);
  expect(err).toMatch(/error\[E060\d\]: /);
  expect(err).toMatch(said);
  expect(code).toBe(1);
  expect(readdirSync(folder)).toEqual(['d.db']);
  expect(contentOf(db)).toEqual([[-1, null]]);
});
