import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import { connect, QueryError, RunError } from '../src/index.ts';
import { temporaryFolder } from './support/cli.ts';

describe('connect', () => {
  test('all, rows, parameters and integers beyond 2^53', async () => {
    const s = await connect();
    expect(await s.all('SELECT 1 AS a, :b AS b', { b: 'x' })).toEqual([{ a: 1, b: 'x' }]);
    expect(await s.rows('SELECT 1 AS a, 2.5 AS a, NULL AS n, 9007199254740993 AS big, 1 = 1 AS t')).toEqual({
      columns: ['a', 'a', 'n', 'big', 't'],
      rows: [[1, 2.5, null, 9007199254740993n, 1]],
    });
    expect(await s.rows('SELECT ? AS a, ? AS b', [1n, new Uint8Array([1, 2])])).toMatchObject({
      rows: [[1, Uint8Array.from([1, 2])]],
    });
    await s.close();
  });

  test('attach, execute, settings, explain', async () => {
    const file = join(temporaryFolder(), 'shop.db');
    const db = new Database(file);
    db.exec("CREATE TABLE t (a INTEGER, b TEXT); INSERT INTO t VALUES (1, 'x'), (2, 'y')");
    const s = await connect({ attach: { shop: file }, settings: { pushdown: 'off' } });
    await s.execute("INSERT INTO shop.t VALUES (3, 'z')");
    expect(db.prepare('SELECT count(*) FROM t').pluck().get()).toBe(3);
    expect(await s.all('SELECT b FROM shop.t WHERE a > 1 ORDER BY a')).toEqual([{ b: 'y' }, { b: 'z' }]);
    const { plan, trace, text } = await s.explain('SELECT b FROM shop.t WHERE a > 1');
    expect(plan.steps).toHaveLength(1);
    expect(Array.isArray(trace)).toBe(true);
    expect(text).toContain('Filter a > 1');
    await s.close();
    db.close();
  });

  test('stream gives batches, and leaving it early stops the query', async () => {
    const s = await connect();
    let n = 0;
    for await (const batch of s.stream("SELECT n FROM SHELL('seq 100000' WRITES (n INTEGER))")) {
      for (const [value] of batch.rows()) expect(value).toBe(++n);
    }
    expect(n).toBe(100_000);
    for await (const batch of s.stream("SELECT y FROM SHELL('yes' WRITES (y TEXT))")) {
      expect([...batch.objects()][0]).toEqual({ y: 'y' });
      break;
    }
    expect(await s.all('SELECT 1 AS a')).toEqual([{ a: 1 }]);
    await s.close();
  });

  test('faults are errors with diagnostics', async () => {
    const s = await connect();
    await expect(s.all('SELECT x')).rejects.toBeInstanceOf(QueryError);
    await expect(s.all("SELECT * FROM SHELL('exit 7' WRITES (x TEXT))")).rejects.toBeInstanceOf(RunError);
    await s.close();
    await expect(s.all('SELECT 1')).rejects.toThrow('stopped');
  });

  test('question marks of a statement for SQLite are counted in it', async () => {
    const s = await connect();
    await s.execute('CREATE TABLE t (a INTEGER, b)');
    await s.execute('REPLACE INTO t VALUES (?, ?), (?1 + 1, ?2)', [1, new Uint8Array([65])]);
    await s.execute('UPDATE t SET b = ?2 WHERE a = ?1', [2, 1.5]);
    expect(await s.rows('SELECT a, hex(b), typeof(b) FROM t ORDER BY a')).toMatchObject({
      rows: [
        [1, '41', 'blob'],
        [2, '312E35', 'real'],
      ],
    });
    await expect(s.execute('DELETE FROM t WHERE a = ?', [])).rejects.toThrow('parameter 1 has no value');
    await s.close();
  });

  test('the fault of a stream goes to whoever loops over it, and nowhere else', async () => {
    const s = await connect();
    const lost: unknown[] = [];
    const note = (reason: unknown) => void lost.push(reason);
    process.on('unhandledRejection', note);
    const looping = async () => {
      for await (const batch of s.stream('SELECT x')) expect(batch).toBeUndefined();
    };
    await expect(looping()).rejects.toBeInstanceOf(QueryError);
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', note);
    expect(lost).toEqual([]);
    expect(await s.all('SELECT 1 AS x')).toEqual([{ x: 1 }]);
    await s.close();
  });

  test('other calls inside the loop of a stream, and close, do not wait for the loop', async () => {
    const s = await connect();
    const seen: unknown[] = [];
    for await (const batch of s.stream("SELECT n FROM SHELL('seq 20000' WRITES (n INTEGER))"))
      seen.push(...(await s.all('SELECT :length > 0 AS some', { length: batch.length })));
    expect(seen.length).toBeGreaterThan(1);
    expect(seen[0]).toEqual({ some: 1 });
    const closing = async () => {
      for await (const batch of s.stream("SELECT y FROM SHELL('yes' WRITES (y TEXT))"))
        if (batch.length > 0) await s.close();
    };
    await expect(closing()).rejects.toThrow('stopped');
  });
});

test('a session keeps nothing of the queries that it has run', () => {
  const script = `
    const { connect } = await import(process.argv[1]);
    const session = await connect();
    const queries = async () => {
      for (let i = 0; i < 300; i++) await session.rows('SELECT count(*) AS n, max(a) AS m FROM (VALUES (1), (2)) AS t(a) WHERE a > 1');
      for (let i = 0; i < 3; i++) { gc(); await new Promise((resolve) => setTimeout(resolve, 1)); }
      return process.memoryUsage().heapUsed;
    };
    await queries();
    console.log((await queries()) - (await queries()));
    await session.close();`;
  const args = ['--expose-gc', '--input-type=module', '-e', script, join(import.meta.dirname, '../dist/index.js')];
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  expect(stderr).toBe('');
  // All that a run has to do with is some 15 KB.
  expect(-Number(stdout)).toBeLessThan(300 * 3000);
});

test('what sessions had open goes with them, however many there were', () => {
  const script = `
    const { existsSync } = await import('node:fs');
    const { connect } = await import(process.argv[1]);
    const files = [];
    for (let i = 0; i < 12; i++) {
      const session = await connect();
      await session.execute('CREATE TABLE t (a)');
      const [{ file }] = await session.all('PRAGMA database_list');
      files.push(file);
      if (!existsSync(file)) console.log('no file');
      await session.close();
    }
    console.log(new Set(files).size, files.filter(existsSync).length);`;
  const args = ['--input-type=module', '-e', script, join(import.meta.dirname, '../dist/index.js')];
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  expect([stdout, stderr]).toEqual(['12 0\n', '']);
});

test('the schema of a database is a table of it, and INSERT gives its rows back', async () => {
  const session = await connect();
  try {
    await session.execute('CREATE TABLE t (a INTEGER PRIMARY KEY, b); CREATE INDEX i ON t (b)');
    const made = await session.rows('INSERT INTO t (b) VALUES (1), (2) RETURNING a, b * 2 AS c');
    expect(made).toEqual({ columns: ['a', 'c'], rows: [[1, 2], [2, 4]] }); // prettier-ignore
    for (const name of ['sqlite_schema', 'main.sqlite_master', 'SQLITE_MASTER'])
      expect((await session.rows(`SELECT type, name FROM ${name} ORDER BY rowid`)).rows).toEqual([['table', 't'], ['index', 'i']]); // prettier-ignore
    await expect(session.execute('INSERT INTO sqlite_schema VALUES (1, 2, 3, 4, 5)')).rejects.toThrow('is kept by SQLite itself'); // prettier-ignore
    await session.execute('CREATE TABLE u (r); INSERT INTO u SELECT returning FROM (SELECT 5 AS returning) AS x');
    expect((await session.rows('SELECT r AS returning FROM u')).rows).toEqual([[5]]);
  } finally {
    await session.close();
  }
});
