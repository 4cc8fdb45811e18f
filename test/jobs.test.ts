// Runs of other processes are stopped, drained, paused and resumed, by real processes over real sockets.
import { appendFileSync, existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { expect, onTestFinished, test } from 'vitest';
import { ssql, start, temporaryFolder } from './support/cli.ts';

/** Waits for what other processes do. @throws after 20 s */
async function until<T>(what: string, look: () => T | undefined | false): Promise<T> {
  for (let tries = 0; tries < 400; tries++) {
    const found = look();
    if (found !== undefined && found !== false) return found;
    await sleep(50);
  }
  throw new Error(`not seen: ${what}`);
}

/** A database with tables, a file that is followed, and an `ssql` that knows no runs but those of the test. */
function setUp() {
  const folder = temporaryFolder();
  const env = { XDG_RUNTIME_DIR: folder };
  const log = join(folder, 'log.csv');
  writeFileSync(log, 'ts,n\n');
  const db = new Database(join(folder, 'shop.db'));
  db.exec('CREATE TABLE t (n INTEGER); CREATE TABLE w (at TEXT, n INTEGER)');
  const source = `CREATE SOURCE s (ts TIMESTAMP, n INTEGER, WATERMARK FOR ts)
    WITH (connector = 'tail', path = '${log}', start = 'earliest', format = 'csv', header = true);`;
  const withDb = ['--db', `shop=${join(folder, 'shop.db')}`];
  let minute = 0;
  const sockets = () => (existsSync(join(folder, 'ssql-jobs')) ? readdirSync(join(folder, 'ssql-jobs')) : []);
  return {
    folder,
    db,
    source,
    append: (n: number) => {
      const at = new Date(Date.UTC(2024, 0, 1, 0, minute++, 30)).toISOString();
      appendFileSync(log, `${at},${n}\n`);
    },
    run: (args: readonly string[], sql: string) => {
      const run = start([...args, ...withDb, '-c', source + sql], folder, env);
      onTestFinished(() => void run.child.kill('SIGKILL'));
      return run;
    },
    ask: (sql: string) => ssql([...withDb, '--mode', 'csv', '-c', sql], { cwd: folder, env }),
    rows: (table: string) => db.prepare(`SELECT n FROM ${table}`).pluck().all() as number[],
    sockets,
    /** Waits until a run listens. */
    listening: () => until('a socket', () => sockets().length > 0),
  };
}

const FOLLOW = 'INSERT INTO shop.t SELECT n FROM s';
const WINDOWS = `INSERT INTO shop.w SELECT window_start, count(*) FROM TUMBLE(s, ts, INTERVAL '1' HOUR) GROUP BY window_start`;

test('a job is shown, paused, resumed and drained, and goes on where it was when it is run again', async () => {
  const { run, ask, append, rows, listening, sockets, db } = setUp();
  append(1);
  const { ended, child } = run(['--job', 'follow'], FOLLOW);
  await listening();
  await until('the first row', () => rows('t').length === 1);
  expect(ask('SHOW JOBS').out.split('\n')[1]).toMatch(new RegExp(`^follow,shop,t,running,\\d+,1,20.*Z,${child.pid!}$`));
  expect(ask('PAUSE JOB follow')).toMatchObject({
    code: 0,
    out: '',
    err: expect.stringMatching(/^job follow is paused/) as string,
  });
  append(2);
  expect(ask('SHOW JOBS').out).toContain(',paused,');
  expect(ask('DROP JOB follow')).toMatchObject({ code: 3, err: expect.stringContaining('E0605') as string });
  expect(rows('t')).toEqual([1]);
  expect(ask('RESUME JOB follow').code).toBe(0);
  await until('the second row', () => rows('t').length === 2);
  append(3);
  await until('the third row', () => rows('t').length === 3);
  expect(ask('STOP JOB follow DRAIN').err).toBe('job follow was drained: 3 rows read, 3 committed\n');
  expect(await ended).toMatchObject({ code: 0 });
  expect(sockets()).toEqual([]);

  append(4);
  const again = run(['--job', 'follow'], FOLLOW);
  await until('the fourth row', () => rows('t').length === 4);
  await listening();
  expect(ask('STOP JOB follow').code).toBe(0);
  expect(await again.ended).toMatchObject({ code: 143, err: expect.stringContaining('stopped by STOP JOB') as string });
  expect(rows('t')).toEqual([1, 2, 3, 4]);
  expect(ask('DROP JOB follow').code).toBe(0);
  expect(db.prepare('SELECT count(*) FROM _ssql_commit').pluck().get()).toBe(0);
  expect(ask('DROP JOB follow').err).toContain('job `follow` does not exist');
  expect(ask('DROP JOB IF EXISTS follow')).toMatchObject({ code: 0, err: '' });
}, 60_000);

test.each([
  ['DRAIN', [3], 0],
  ['', [], 143],
] as const)(
  'STOP JOB %s: windows that are open are closed only by DRAIN',
  async (drain, expected, code) => {
    const { run, ask, append, rows, listening } = setUp();
    [1, 2, 3].forEach(append);
    const { child, ended } = run([], WINDOWS);
    await listening();
    // No name was given: it goes by its process.
    await until('three rows', () => ask('SHOW JOBS').out.includes(`${child.pid!},,-c,running,`));
    await until('all rows read', () => / 3 rows read/.test(ask(`RESUME JOB ${child.pid!}`).err));
    expect(ask(`STOP JOB ${child.pid!} ${drain}`).code).toBe(0);
    expect(await ended).toMatchObject({ code });
    expect(rows('w')).toEqual(expected);
  },
  60_000,
);

test('what begins while the input is held waits, and a drain ends the statement that is run, not the script', async () => {
  const { run, ask, append, rows, listening, source } = setUp();
  append(7);
  const { child, ended } = run([], `${FOLLOW}; SELECT 'behind' AS x, n FROM shop.t`);
  expect(source).toContain('tail');
  await listening();
  const pid = child.pid!;
  await until('the row', () => rows('t').length === 1);
  expect(ask(`PAUSE JOB ${pid}`).code).toBe(0);
  append(8);
  expect(ask(`STOP JOB ${pid} DRAIN`).code).toBe(0);
  const { code, out } = await ended;
  expect({ code, out: out.split('\n').slice(0, 2) }).toEqual({ code: 0, out: ['x,n', 'behind,7'] });
}, 60_000);

test('a job that commits all at its end can be stopped, not drained', async () => {
  const { run, ask, rows, listening } = setUp();
  const slow = `CREATE SOURCE g (n INTEGER) WITH (connector = 'generator', rows = 1000000, rate = 100);
    INSERT INTO shop.t SELECT count(*) FROM g`;
  const { ended } = run(['--job', 'once'], slow);
  await listening();
  expect(ask('STOP JOB once DRAIN')).toMatchObject({
    code: 1,
    err: expect.stringContaining('error[E0605]: job once: it cannot be drained') as string,
  });
  expect(ask('STOP JOB once').code).toBe(0);
  expect((await ended).code).toBe(143);
  expect(rows('t')).toEqual([]);
}, 60_000);

test('nothing runs of that name, or too much; the socket of one that was killed is removed', async () => {
  const { run, ask, listening, sockets } = setUp();
  expect(ask('STOP JOB x')).toMatchObject({ code: 1, err: expect.stringContaining('no job x is running') as string });
  const runs = [run(['--job', 'x'], 'SELECT n FROM s'), run(['--job', 'x'], 'SELECT n FROM s')];
  await until('two sockets', () => sockets().length === 2);
  const [one, other] = runs;
  expect(ask('STOP JOB x').err).toMatch(/2 runs are called x[^]*name one by its process: \d+, \d+/);
  expect(ask('STOP JOB y').err).toContain('running: x, x');
  expect(ask(`STOP JOB ${one!.child.pid!}`).code).toBe(0);
  expect((await one!.ended).code).toBe(143);
  await listening();
  other!.child.kill('SIGKILL');
  await other!.ended;
  expect(sockets()).toHaveLength(1);
  expect(ask('SHOW JOBS').out.trim().split('\n')).toHaveLength(1);
  expect(sockets()).toEqual([]);
}, 60_000);

test('only this user can connect, and nonsense ends the connection, not the run', async () => {
  const { run, ask, listening, folder } = setUp();
  const { child, ended } = run([], 'SELECT n FROM s');
  await listening();
  expect(statSync(join(folder, 'ssql-jobs')).mode & 0o777).toBe(0o700);
  const path = join(folder, 'ssql-jobs', `${child.pid!}.sock`);
  for (const sent of ['nonsense\n', '{"ask": 3}\n', 'x'.repeat(100_000)]) {
    const socket = connect(path);
    const answer = await new Promise<string>((resolve) => {
      let text = '';
      socket.on('data', (chunk) => (text += chunk.toString()));
      socket.on('error', () => undefined);
      socket.on('close', () => resolve(text));
      socket.write(sent);
    });
    expect(answer).toBe('');
  }
  expect(ask(`STOP JOB ${child.pid!} DRAIN`).code).toBe(0);
  expect((await ended).code).toBe(0);
}, 60_000);

test('a job of endless rows that remembers some is not begun twice', async () => {
  const { run, ask, append, rows } = setUp();
  append(1);
  const first = run(['--job', 'w'], `${WINDOWS}; ${FOLLOW}`);
  for (let n = 2; n < 90; n++) append(n);
  await until('a window', () => rows('w').length === 1);
  first.child.kill('SIGINT');
  const { code, err } = await first.ended;
  expect({ code, err }).toEqual({
    code: 130,
    err: expect.stringContaining('w: job w cannot go on once it has ended') as string,
  });
  const again = run(['--job', 'w'], `${WINDOWS}; ${FOLLOW}`);
  expect(await again.ended).toMatchObject({ code: 1, err: expect.stringMatching(/E0604[^]*DROP JOB w\n/) as string });
  expect(rows('w')).toEqual([60]);
  expect(ask('DROP JOB w').code).toBe(0);
}, 60_000);

test('the socket of one that was killed is removed at once where it had started a command', async () => {
  const { run, listening, sockets } = setUp();
  const { child, ended } = run([], `SELECT * FROM SHELL('sleep 1001')`);
  await listening();
  child.kill('SIGKILL');
  await ended;
  await until('no socket', () => sockets().length === 0);
}, 60_000);

test('a drain ends what is being read; what waits for that is read whole', async () => {
  const { run, ask, listening, db } = setUp();
  db.exec('INSERT INTO t VALUES (1), (2), (3)');
  const { child, ended } = run(
    ['--mode', 'csv'],
    `CREATE SOURCE g (n INTEGER) WITH (connector = 'generator', rows = 100000000, rate = 10000);
     SELECT count(*) AS n FROM shop.t JOIN g ON g.n = t.n`,
  );
  await listening();
  await until('rows', () => /[1-9],\d+ rows read/.test(ask(`RESUME JOB ${child.pid!}`).err));
  expect(ask(`STOP JOB ${child.pid!} DRAIN`).code).toBe(0);
  expect(await ended).toMatchObject({ code: 0, out: 'n\n3\n' });
}, 60_000);
