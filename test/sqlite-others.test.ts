// Tables that others use at the same time, and processes that are killed: nobody waits in vain, nothing is lost or doubled.
import { copyFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { RecordBatch } from '../src/data/batch.ts';
import { batchOf } from '../src/data/builder.ts';
import type { Schema } from '../src/data/types.ts';
import { child, database, killed, message, openSink, read } from './support/sqlite.ts';

const KILLS = Number(process.env['SSQL_KILLS'] ?? 10);
const n: Schema = [{ name: 'n', type: 'INTEGER' }];
const numbers = (...values: number[]): RecordBatch =>
  batchOf(
    n,
    values.map((v) => [BigInt(v)]),
  );
const integrity = (db: { pragma: (sql: string, o: object) => unknown }) =>
  db.pragma('integrity_check', { simple: true });

describe('beside a writer', () => {
  test.each(['wal', 'delete'] as const)(
    'nobody waits in vain, and what is read is one moment (%s)',
    async (journal) => {
      const count = 20_000;
      const { file } = database(
        `CREATE TABLE t (id INTEGER PRIMARY KEY, v INTEGER, pad TEXT);
       INSERT INTO t WITH RECURSIVE g(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM g WHERE n < ${count}) SELECT n, 0, printf('%.*c', 2000, 'x') FROM g`,
        journal,
      );
      const writer = await child('writer', file);
      await message(writer);
      for (let i = 0; i < 3; i++) {
        const pause = () => new Promise<void>((resolve) => setTimeout(resolve, 5));
        const { rows } = await read(file, 't', { pause });
        expect(rows.length).toBe(count);
        expect(rows.reduce((sum, row) => sum + (row[1] as bigint), 0n)).toBe(0n);
      }
      writer.send('stop');
      const { commits, busy } = (await message(writer)) as { commits: number; busy: number };
      expect(busy).toBe(0);
      expect(commits).toBeGreaterThan(10);
    },
  );

  test('a locked database is waited for, then given up', async () => {
    const { file } = database('CREATE TABLE t (a INT); INSERT INTO t VALUES (1)', 'delete');
    await message(await child('lock', file, 300));
    expect((await read(file, 't')).rows).toEqual([[1n]]);
    const before = async () => message(await child('lock', file, 20_000));
    await expect(read(file, 't', { before, context: { busyTimeout: 50 } })).rejects.toMatchObject({
      diagnostic: { code: 'E0602' },
    });
  });

  test('what a killed writer left is rolled back by the next to read', async () => {
    const { file, db } = database(
      `CREATE TABLE t (a INT, pad TEXT);
      INSERT INTO t WITH RECURSIVE g(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM g WHERE n < 5000) SELECT 1, hex(zeroblob(100)) FROM g`,
      'delete',
    );
    db.pragma('cache_size = 10');
    db.exec('BEGIN; UPDATE t SET a = 2');
    const copy = join(dirname(file), 'copy.db');
    copyFileSync(file, copy);
    copyFileSync(`${file}-journal`, `${copy}-journal`);
    db.exec('ROLLBACK');
    const { rows } = await read(copy, 't', { columns: ['a'] });
    expect([rows.length, rows.filter(([a]) => a !== 1n).length]).toEqual([5000, 0]);
  });

  test('an aborted read ends quietly', async () => {
    const { file } = database('CREATE TABLE t (a INT); INSERT INTO t VALUES (1), (2), (3)');
    const stop = new AbortController();
    const { rows } = await read(file, 't', {
      context: { signal: stop.signal, batchRows: 1 },
      pause: async () => stop.abort(),
    });
    expect(rows).toEqual([[1n]]);
  });
});

describe('locks', () => {
  test.each(['wal', 'delete'] as const)('a writer is waited for, then given up (%s)', async (journal) => {
    const { file, db } = database('CREATE TABLE t (n INTEGER)', journal);
    const handle = await openSink(file, 't', n, { context: { busyTimeout: 5000 } });
    await message(await child('lock', file, 300));
    await handle.write(numbers(1));
    await handle.commit(undefined, true);
    await handle.close();
    const hasty = await openSink(file, 't', n, { context: { busyTimeout: 60 } });
    const locker = await child('lock', file, 30_000);
    await message(locker);
    await hasty.write(numbers(2));
    await expect(hasty.commit(undefined, true)).rejects.toMatchObject({ diagnostic: { code: 'E0602' } });
    await hasty.close();
    await killed(locker);
    expect(db.prepare('SELECT n FROM t').pluck().all()).toEqual([1]);
  });

  test('waiting for a lock ends when the query is cancelled, and blocks nothing meanwhile', async () => {
    const { file } = database('CREATE TABLE t (n INTEGER)');
    const stop = new AbortController();
    const handle = await openSink(file, 't', n, { context: { signal: stop.signal, busyTimeout: 60_000 } });
    await message(await child('lock', file, 30_000));
    await handle.write(numbers(1));
    let ticks = 0;
    const timer = setInterval(() => ++ticks === 3 && stop.abort(new Error('stopped')), 20);
    await expect(handle.commit(undefined, true)).rejects.toThrow('stopped');
    clearInterval(timer);
    await handle.close();
  });

  test('staging locks nothing, and nothing shows before the commit', async () => {
    const { file, db } = database('CREATE TABLE t (n INTEGER)', 'delete');
    const handle = await openSink(file, 't', n);
    await handle.write(numbers(1, 2));
    db.exec('INSERT INTO t VALUES (0)');
    expect(db.prepare('SELECT n FROM t').pluck().all()).toEqual([0]);
    await handle.commit(undefined, true);
    await handle.close();
    expect(db.prepare('SELECT n FROM t').pluck().all()).toEqual([0, 1, 2]);
    expect(db.pragma('journal_mode', { simple: true })).toBe('delete');
  });
});

describe('killed', () => {
  test.each([
    ['while rows come in', 'open', [0]],
    ['while they are applied', 'staged', [0, 100_000]],
  ])('%s: before or after, nothing between', async (_name, moment, allowed) => {
    const { file, db } = database(
      "CREATE TABLE t (n INTEGER, pad TEXT DEFAULT (printf('%.*c', 200, 0))); CREATE INDEX i ON t (n)",
    );
    for (let kill = 0; kill < 3; kill++) {
      db.exec('DELETE FROM t');
      const victim = await child('insert', file, 100_000);
      for (let said: unknown; said !== moment;) said = await message(victim);
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 100));
      await killed(victim);
      expect(allowed).toContain(db.prepare('SELECT count(*) FROM t').pluck().get());
      expect(integrity(db)).toBe('ok');
    }
  });

  test.each(['wal', 'delete'] as const)(
    `a job killed ${KILLS} times and run again is exactly once (%s)`,
    async (journal) => {
      const count = 20_000;
      const { file, db } = database('CREATE TABLE t (n INTEGER)', journal);
      for (let kill = 0; kill < KILLS; kill++) {
        const victim = await child('job', file, count);
        await message(victim);
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 60));
        await killed(victim);
        const [rows, offset] = db
          .prepare("SELECT count(*), (SELECT coalesce(json_extract(offset, '$.n'), 0) FROM _ssql_commit) FROM t")
          .raw()
          .get() as number[];
        expect(rows).toBe(offset);
      }
      const last = await child('job', file, count);
      for (let said: unknown; said !== 'done';) said = await message(last);
      expect(db.prepare('SELECT count(*), count(DISTINCT n), min(n), max(n) FROM t').raw().get()).toEqual([
        count,
        count,
        0,
        count - 1,
      ]);
      expect(db.prepare('SELECT done, rows FROM _ssql_commit').raw().get()).toEqual([1, count]);
    },
  );
});

describe('jobs', () => {
  test('progress goes with the rows', async () => {
    const { file, db } = database('CREATE TABLE t (n INTEGER)');
    const first = await openSink(file, 't', n, { job: { name: 'j' } });
    expect(first.progress).toEqual({ epoch: 0, done: false, offset: undefined, rows: 0 });
    await first.write(numbers(1));
    await first.commit({ at: 1 }, false);
    await first.write(numbers(2));
    await first.abort();
    await first.close();
    const second = await openSink(file, 't', n, { job: { name: 'j' } });
    expect(second.progress).toEqual({ epoch: 1, done: false, offset: { at: 1 }, rows: 1 });
    await second.write(numbers(3));
    await second.commit({ at: 2 }, true);
    await second.close();
    expect(db.prepare('SELECT n FROM t').pluck().all()).toEqual([1, 3]);
    const third = await openSink(file, 't', n, { job: { name: 'j' } });
    expect(third.progress).toMatchObject({ epoch: 2, done: true });
    await third.close();
  });

  test('an owner that was thought dead commits nothing more', async () => {
    const { file, db } = database('CREATE TABLE t (n INTEGER)');
    const zombie = await openSink(file, 't', n, { job: { name: 'j' } });
    await zombie.write(numbers(1));
    await zombie.commit({ at: 1 }, false);
    const owner = await openSink(file, 't', n, { job: { name: 'j' } });
    await zombie.write(numbers(2));
    await expect(zombie.commit({ at: 2 }, true)).rejects.toMatchObject({
      diagnostic: { code: 'E0604', message: 'another run of job j has taken over' },
    });
    await owner.write(numbers(20));
    await owner.commit({ at: 2 }, true);
    expect(db.prepare('SELECT n FROM t').pluck().all()).toEqual([1, 20]);
    await zombie.close();
    await owner.close();
  });

  test('a changed query is refused, once there is progress that it would not fit', async () => {
    const { file } = database('CREATE TABLE t (n INTEGER)');
    await (await openSink(file, 't', n, { job: { name: 'j', fingerprint: 'old' } })).close();
    const handle = await openSink(file, 't', n, { job: { name: 'j', fingerprint: 'new' } });
    await handle.commit({ at: 0 }, false);
    await handle.close();
    await expect(openSink(file, 't', n, { job: { name: 'j', fingerprint: 'other' } })).rejects.toMatchObject({
      diagnostic: {
        code: 'E0604',
        help: [expect.any(String), 'or forget that progress: DROP JOB j'],
      },
    });
    await (await openSink(file, 't', n, { job: { name: 'j', fingerprint: 'other', part: 1 } })).close();
  });

  test('a refused epoch leaves rows and progress of the earlier ones', async () => {
    const { file, db } = database('CREATE TABLE t (n INTEGER CHECK (n > 0))');
    const handle = await openSink(file, 't', n, { job: { name: 'j' } });
    await handle.write(numbers(1));
    await handle.commit({ at: 1 }, false);
    await handle.write(numbers(2, -1));
    await expect(handle.commit({ at: 2 }, false)).rejects.toMatchObject({
      diagnostic: { notes: ['row 2: n = -1', 'what earlier commits of job j wrote stays'] },
    });
    await handle.close();
    expect(db.prepare('SELECT n, (SELECT epoch FROM _ssql_commit) FROM t').raw().all()).toEqual([[1, 1]]);
  });
});
