// STREAM: a table that other processes write to while it is followed.
import { once } from 'node:events';
import { mkdirSync, renameSync, copyFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { column, type Expr } from '../src/expr/expr.ts';
import { follow } from './support/following.ts';
import { child, database } from './support/sqlite.ts';

const AUTO = 'CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, x)';
const of = (file: string, more: object = {}) => ({ file, table: 't', follow: true, ...more });

describe.each(['wal', 'delete'] as const)('journal %s', (journal) => {
  test('what another process appends comes once, in order, whatever is changed and deleted behind', async () => {
    const { file } = database(AUTO, journal);
    const it = await follow('sqlite', of(file, { poll: 10 }));
    const writer = await child('appender', file, 600, 3);
    const done = once(writer, 'message');
    await it.until(600);
    writer.send('change');
    await done;
    await sleep(50);
    await it.stop();
    expect(it.rows.map(([id]) => id)).toEqual(Array.from({ length: 600 }, (_, i) => BigInt(i + 1)));
    expect(it.rows.slice(1).map(([, x]) => x)).toEqual(Array.from({ length: 599 }, (_, i) => `row ${i + 1}`));
  });
});

test('a key that was deleted is not given again, so the row after it is seen', async () => {
  const { file, db } = database(AUTO);
  db.exec("INSERT INTO t (x) VALUES ('a'), ('b')");
  const it = await follow('sqlite', of(file, { poll: 10 }));
  await it.until(2);
  db.exec("DELETE FROM t WHERE x = 'b'; INSERT INTO t (x) VALUES ('c')");
  await it.until(3);
  await it.stop();
  expect(it.rows).toEqual([
    [1n, 'a'],
    [2n, 'b'],
    [3n, 'c'],
  ]);
});

test('start latest, then going on where it was', async () => {
  const { file, db } = database(AUTO);
  db.exec("INSERT INTO t (x) VALUES ('old')");
  const it = await follow('sqlite', of(file, { poll: 10, start: 'latest' }));
  await sleep(60);
  db.exec("INSERT INTO t (x) VALUES ('new')");
  await it.until(1);
  await it.stop();
  expect(it.rows).toEqual([[2n, 'new']]);
  db.exec("INSERT INTO t (x) VALUES ('meanwhile')");
  const again = await follow('sqlite', of(file, { poll: 10, start: 'latest' }), { at: it.position! });
  await again.until(1);
  await again.stop();
  expect(again.rows).toEqual([[3n, 'meanwhile']]);
});

test.each([
  ['WITHOUT ROWID', 'CREATE TABLE t (k INTEGER PRIMARY KEY, x) WITHOUT ROWID'],
  ['no rowid that stays', 'CREATE TABLE t (x, k INTEGER NOT NULL UNIQUE)'],
  ['no AUTOINCREMENT, on the word of who names it', 'CREATE TABLE t (k INTEGER PRIMARY KEY, x)'],
])('a key that is named: %s', async (_why, sql) => {
  const { file, db } = database(sql);
  db.exec("INSERT INTO t (k, x) VALUES (10, 'a')");
  const it = await follow('sqlite', of(file, { key: 'K', poll: 10 }), { batchRows: 2 });
  await it.until(1);
  db.exec("INSERT INTO t (k, x) VALUES (20, 'b'), (21, 'c'), (9007199254740993, 'd')");
  await it.until(4);
  await it.stop();
  expect(it.rows.map((row) => [...row].sort((a, b) => (typeof a < typeof b ? -1 : 1)))).toEqual([
    [10n, 'a'],
    [20n, 'b'],
    [21n, 'c'],
    [9007199254740993n, 'd'],
  ]);
  expect(it.position).toEqual({ after: '9007199254740993' });
});

test('a condition that SQLite applies: rows that do not fit are passed over once', async () => {
  const { file, db } = database(AUTO);
  const a: Expr = { kind: 'literal', type: 'TEXT', value: 'a' };
  const isA: Expr = { kind: 'call', fn: '=', args: [column('x', 'ANY'), a], type: 'BOOLEAN' };
  const it = await follow('sqlite', of(file, { poll: 10 }), { pushed: [isA] });
  db.exec("INSERT INTO t (x) VALUES ('b'), ('a'), ('b'), ('b')");
  await it.until(1);
  await sleep(60);
  expect(it.position).toEqual({ after: '4' });
  db.exec("INSERT INTO t (x) VALUES ('a')");
  await it.until(2);
  await it.stop();
  expect(it.rows.map(([id]) => id)).toEqual([2n, 5n]);
});

test('nothing is held open between two looks: a writer can take the whole database', async () => {
  const { file, db } = database(AUTO, 'delete');
  const it = await follow('sqlite', of(file, { poll: 20 }));
  await sleep(60);
  for (let i = 0; i < 20; i++) {
    db.exec("BEGIN EXCLUSIVE; INSERT INTO t (x) VALUES ('x'); COMMIT");
    await sleep(5);
  }
  await it.until(20);
  await it.stop();
});

test('the schema changes: what is followed is still there, or the fault says so', async () => {
  const { file, db } = database(AUTO);
  const it = await follow('sqlite', of(file, { poll: 10 }));
  db.exec("ALTER TABLE t ADD COLUMN y; INSERT INTO t (x, y) VALUES ('a', 1)");
  await it.until(1);
  expect(it.rows).toEqual([[1n, 'a']]);
  db.exec('ALTER TABLE t DROP COLUMN x; INSERT INTO t (y) VALUES (2)');
  expect(String(await it.failed)).toContain('does not have a column x any more');
});

test('the file is replaced', async () => {
  const { file, db } = database(AUTO, 'delete');
  const it = await follow('sqlite', of(file, { poll: 10 }));
  await sleep(50);
  const aside = join(dirname(file), 'aside');
  mkdirSync(aside);
  copyFileSync(file, join(aside, 'copy.db'));
  renameSync(join(aside, 'copy.db'), file);
  expect(String(await it.failed)).toContain('was replaced by another file');
  db.close();
});
