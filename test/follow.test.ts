// The samples that follow something: run while somebody appends, as they will be.
import { appendFileSync, copyFileSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { expect, onTestFinished, test } from 'vitest';
import { start, temporaryFolder } from './support/cli.ts';

/** Looks again until it is so; a test that waits for ever fails by its own time limit. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await sleep(20);
}

function follow(args: readonly string[], cwd: string) {
  const { child, ended } = start(['--mode', 'csv', ...args], cwd);
  let out = '';
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  onTestFinished(() => void child.kill('SIGKILL'));
  return {
    child,
    ended,
    lines: () =>
      out
        .split('\n')
        .filter((line) => line !== '')
        .slice(1),
  };
}

test('tail.ssql shows the errors as they come, through rotation', async () => {
  const folder = temporaryFolder();
  const log = join(folder, 'app.log');
  copyFileSync('queries/follow/tail.ssql', join(folder, 'tail.ssql'));
  writeFileSync(log, 'ERROR 1\nok\n');
  const { child, ended, lines } = follow(['tail.ssql'], folder);
  await until(() => lines().length === 1);
  appendFileSync(log, 'ok\nERROR 2\nERR');
  await until(() => lines().length === 2);
  appendFileSync(log, 'OR 3\n');
  await until(() => lines().length === 3);
  renameSync(log, `${log}.1`);
  writeFileSync(log, 'ERROR 4\n');
  await until(() => lines().length === 4);
  expect(lines()).toEqual(['ERROR 1', 'ERROR 2', 'ERROR 3', 'ERROR 4']);
  child.kill('SIGINT');
  expect((await ended).code).toBe(130);
});

const MONTHS = ['Jan', 'Feb', 'Mar'];
/** A line of a web server's log, `hours` after 2026-01-01 00:00. */
function request(hours: number, status: number): string {
  const d = new Date(Date.UTC(2026, 0, 1) + hours * 3_600_000);
  const day = `${String(d.getUTCDate()).padStart(2, '0')}/${MONTHS[d.getUTCMonth()]}/${d.getUTCFullYear()}`;
  return `10.0.0.1 - - [${day}:${d.toISOString().slice(11, 19)} +0000] "GET / HTTP/1.1" ${status} 5\n`;
}

test('access-by-day.ssql counts two followed logs by day; a day is there when both have passed it', async () => {
  const folder = temporaryFolder();
  const db = new Database(join(folder, 'report.db'));
  onTestFinished(() => void db.close());
  db.exec('CREATE TABLE by_day (day TEXT, status INTEGER, n INTEGER)');
  copyFileSync('queries/follow/access-by-day.ssql', join(folder, 'access-by-day.ssql'));
  const [a, b] = [join(folder, 'access-a.log'), join(folder, 'access-b.log')];
  writeFileSync(a, request(0, 200) + request(1, 404));
  writeFileSync(b, request(2, 200));
  const { child, ended } = follow(['access-by-day.ssql'], folder);
  const counted = () => db.prepare('SELECT * FROM by_day ORDER BY day, status').raw().all();
  appendFileSync(a, request(23, 200) + request(24.5, 200));
  await sleep(500);
  expect(counted()).toEqual([]);
  appendFileSync(b, request(25, 200));
  await until(() => counted().length === 2);
  expect(counted()).toEqual([
    ['2026-01-01', 200, 3],
    ['2026-01-01', 404, 1],
  ]);
  // Too late for its day: kept apart, not lost.
  appendFileSync(b, request(3, 500));
  await until(
    () => existsSync(join(folder, 'late.csv')) && readFileSync(join(folder, 'late.csv'), 'utf8').includes('500'),
  );
  appendFileSync(a, request(49, 200));
  appendFileSync(b, request(49, 200));
  await until(() => counted().length === 3);
  expect(counted()[2]).toEqual(['2026-01-02', 200, 2]);
  child.kill('SIGINT');
  expect((await ended).code).toBe(130);
});

test('STREAM(db.table) follows what another program appends', async () => {
  const folder = temporaryFolder();
  const db = new Database(join(folder, 'shop.db'));
  onTestFinished(() => void db.close());
  db.exec('CREATE TABLE orders (id INTEGER PRIMARY KEY AUTOINCREMENT, city TEXT)');
  db.exec("INSERT INTO orders (city) VALUES ('Oslo')");
  const sql = "SELECT id, city FROM STREAM(shop.orders, start => 'earliest') WHERE city <> 'Rome'";
  const { child, ended, lines } = follow(['--db', 'shop=shop.db', '-c', sql], folder);
  await until(() => lines().length === 1);
  db.exec("INSERT INTO orders (city) VALUES ('Rome'), ('Bern')");
  await until(() => lines().length === 2);
  expect(lines()).toEqual(['1,Oslo', '3,Bern']);
  child.kill('SIGINT');
  expect((await ended).code).toBe(130);
});
