// What other processes do to a database while a test looks on. Started by `child` in `sqlite.ts`.
import { createRequire } from 'node:module';
import type BetterSqlite3 from 'better-sqlite3';
import { sqlite } from '../../src/connect/sqlite/connector.ts';
import { batchOf } from '../../src/data/builder.ts';
import type { Schema } from '../../src/data/types.ts';

// Of a bundle outside of the project, only `require` finds packages, by NODE_PATH.
const Database = createRequire(import.meta.url)('better-sqlite3') as typeof BetterSqlite3;

const [mode, file, ...args] = process.argv.slice(2) as [string, string, ...string[]];
const say = (message: unknown) => process.send!(message);
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const context = {
  signal: new AbortController().signal,
  batchRows: 4096,
  busyTimeout: 10_000,
  countBytes: () => undefined,
  countSkipped: () => undefined,
  expectBytes: () => undefined,
};
const schema: Schema = [{ name: 'n', type: 'INTEGER' }];
const rows = (from: number, to: number) =>
  batchOf(
    schema,
    Array.from({ length: to - from }, (_, i) => [BigInt(from + i)]),
  );

const modes: Record<string, () => Promise<void>> = {
  /** Moves amounts between rows every 10 ms, as an application with a busy timeout of 1 s; counts its failures. */
  async writer() {
    const db = new Database(file, { timeout: 1000 });
    const count = db.prepare('SELECT count(*) FROM t').pluck().get() as number;
    const move = db.prepare('UPDATE t SET v = v + ? WHERE id = ?');
    const both = db.transaction((a: number, b: number) => {
      move.run(1n, BigInt(a));
      move.run(-1n, BigInt(b));
    });
    let commits = 0;
    let busy = 0;
    let stop = false;
    process.on('message', () => (stop = true));
    say('ready');
    while (!stop) {
      try {
        both.immediate(1 + Math.floor(Math.random() * count), 1 + Math.floor(Math.random() * count));
        commits++;
      } catch {
        busy++;
      }
      await sleep(10);
    }
    db.close();
    say({ commits, busy });
  },

  /** Appends rows in transactions of some, `size` at a time, as an application does; told so, it changes and deletes them. */
  async appender() {
    const db = new Database(file, { timeout: 5000 });
    const [count, size] = args.map(Number) as [number, number];
    const insert = db.prepare('INSERT INTO t (x) VALUES (?)');
    const some = db.transaction((from: number) => {
      for (let i = from; i < from + size; i++) insert.run(`row ${i}`);
    });
    for (let i = 0; i < count; i += size) {
      some.immediate(i);
      await sleep(1);
    }
    await new Promise((resolve) => process.once('message', resolve));
    db.exec("UPDATE t SET x = 'changed' WHERE id = 1; DELETE FROM t WHERE id > 1");
    db.close();
    say('done');
  },

  /** Holds the write lock for so many ms. */
  async lock() {
    const db = new Database(file);
    db.exec('BEGIN EXCLUSIVE');
    say('locked');
    await sleep(Number(args[0]));
    db.exec('COMMIT');
    db.close();
  },

  /** One bounded INSERT of so many rows into `t`. */
  async insert() {
    const count = Number(args[0]);
    const handle = await sqlite.sink!.open(
      { options: { file, table: 't' }, schema, columns: ['n'], label: 't' },
      context,
    );
    say('open');
    for (let n = 0; n < count; n += 1000) {
      await handle.write(rows(n, n + 1000));
      await sleep(0);
    }
    say('staged');
    await handle.commit(undefined, true);
    await handle.close();
    say('done');
  },

  /** A job of so many rows into `t`, in epochs of a random size; goes on from where an earlier one was killed. */
  async job() {
    const count = Number(args[0]);
    const handle = await sqlite.sink!.open(
      {
        options: { file, table: 't' },
        schema,
        columns: ['n'],
        label: 't',
        job: { name: 'j', part: 0, fingerprint: 'f' },
      },
      context,
    );
    let n = Number(handle.progress?.offset?.['n'] ?? 0);
    say('open');
    while (n < count) {
      const to = Math.min(count, n + 1 + Math.floor(Math.random() * 200));
      await handle.write(rows(n, to));
      n = to;
      await handle.commit({ n }, n === count);
      await sleep(1);
    }
    await handle.close();
    say('done');
  },
};

await modes[mode]!();
process.disconnect();
