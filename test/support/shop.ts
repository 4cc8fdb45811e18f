import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { createSession, type BindSession, type SessionOptions } from '../../src/bind/bind.ts';
import type { RunningJob } from '../../src/plan/running-job.ts';
import { afterAll } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'ssql-shop-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A file with the tables of two databases that cases of the binder name: `shop` and `old`. */
function fileOf(name: string, sql: string): string {
  const file = join(folder, `${name}.db`);
  const db = new Database(file);
  db.exec(sql);
  db.close();
  return file;
}

const shop = fileOf(
  'shop',
  `CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT NOT NULL, country TEXT COLLATE NOCASE);
   CREATE TABLE orders (id INTEGER PRIMARY KEY, customer INTEGER NOT NULL, total REAL, at TEXT, note DEFAULT (CAST(1 AS UNSIGNED BIG INT)));
   CREATE INDEX by_name ON customers (name);
   CREATE TABLE loose (k TEXT, n INTEGER);
   CREATE VIEW big AS SELECT * FROM orders WHERE total > 100;`,
);
const old = fileOf(
  'old',
  'CREATE TABLE orders (id INTEGER, total REAL); CREATE TABLE archive (line TEXT); CREATE VIEW stale AS SELECT gone FROM archive;',
);

const nightly: RunningJob = {
  job: 'nightly',
  pid: 77,
  script: 'nightly.ssql',
  state: 'running',
  read: 1,
  delivered: 1,
  committed: 1,
};

/** A session over both, beside another process; nothing that is bound in it changes them. */
export const shopSession = (options: SessionOptions = {}): BindSession =>
  createSession({
    attach: { shop, old: { file: old, readOnly: true } },
    running: () => Promise.resolve([nightly]),
    ...options,
  });
