// Sources and sinks as parts of whole runs: what is committed when rows never end, what cannot be read, restarts.
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import Database from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import { QueryError, RunError } from '../src/base/errors.ts';
import { Engine } from '../src/engine.ts';
import { ResultBatch } from '../src/result.ts';
import type { OperatorStats } from '../src/run/operator.ts';
import { hasShared, SHARED, temporaryFolder } from './support/cli.ts';

interface Run {
  readonly rows: unknown[][];
  readonly log: string[];
  /** Counters of the last query that was started. */
  readonly stats: readonly OperatorStats[];
  readonly done: Promise<void>;
  stop(): Promise<unknown>;
}

/** Runs a script in the background; `stop` gives what it ended with. */
function start(text: string, options: { attach?: Record<string, string>; job?: string; epochMs?: number } = {}): Run {
  const engine = new Engine({
    ...(options.attach && { attach: options.attach }),
    settings: { epoch_ms: options.epochMs ?? 50 },
  });
  const stop = new AbortController();
  const rows: unknown[][] = [];
  const log: string[] = [];
  let stats: readonly OperatorStats[] = [];
  let labels: readonly string[] = [];
  const done = engine.run(
    { name: 'q', text },
    {
      taker: {
        start: (given) => void (labels = given),
        batch: (batch) => void rows.push(...new ResultBatch(labels, batch).rows()),
        end: () => undefined,
      },
      text: () => undefined,
      signal: stop.signal,
      log: (line) => void log.push(line),
      started: (given) => void (stats = given),
      ...(options.job !== undefined && { job: options.job }),
    },
  );
  done.catch(() => undefined);
  return {
    rows,
    log,
    get stats() {
      return stats;
    },
    done,
    stop: async () => {
      stop.abort(new Error('stopped'));
      return done.then(
        () => 'ended',
        (error: unknown) => String(error),
      );
    },
  };
}

async function rowsOf(text: string, options: Parameters<typeof start>[1] = {}): Promise<unknown[][]> {
  const run = start(text, options);
  await run.done;
  return run.rows;
}

/** Waits until `what` holds. @throws after 5 s. */
async function until(what: () => boolean): Promise<void> {
  const deadline = Date.now() + 5000;
  while (!what()) {
    if (Date.now() > deadline) throw new Error('it did not come about within 5 s');
    await sleep(10);
  }
}
const textOf = (path: string): string => (existsSync(path) ? readFileSync(path, 'utf8') : '');

describe('rows that never end', () => {
  test('are committed to a file as they come, and the last when the run is stopped', async () => {
    const folder = temporaryFolder();
    const [log, out] = [join(folder, 'a.log'), join(folder, 'out.csv')];
    writeFileSync(log, 'one\n');
    const run = start(`CREATE SINK o (line TEXT) WITH (connector = 'file', path = '${out}', header = true);
      INSERT INTO o SELECT line FROM tail('${log}')`);
    await until(() => textOf(out) === 'line\none\n');
    appendFileSync(log, 'two\n');
    await until(() => textOf(out) === 'line\none\ntwo\n');
    appendFileSync(log, 'three\n');
    await until(() => run.stats.some((s) => s.rowsOut === 3));
    expect(await run.stop()).toBe('Error: stopped');
    expect(textOf(out)).toBe('line\none\ntwo\nthree\n');
  });

  test('to a table; of an own failure what came before stays', async () => {
    const folder = temporaryFolder();
    const log = join(folder, 'a.log');
    const db = new Database(join(folder, 'a.db'));
    db.exec('CREATE TABLE t (n)');
    writeFileSync(log, '1\n2\n');
    const run = start(
      `CREATE SOURCE s (n INTEGER) WITH (connector = 'tail', path = '${log}', format = 'lines');
       INSERT INTO d.t SELECT n FROM s`,
      { attach: { d: join(folder, 'a.db') } },
    );
    const count = db.prepare('SELECT count(*) FROM t').pluck();
    await until(() => count.get() === 2);
    appendFileSync(log, '3\n');
    await until(() => count.get() === 3);
    appendFileSync(log, 'x\n');
    await expect(run.done).rejects.toThrow("a.log line 4: column n: 'x' is not an INTEGER");
    expect(count.get()).toBe(3);
    db.close();
  });

  test('a job goes on where it was, row by row once; idle, it commits what came last', async () => {
    const folder = temporaryFolder();
    const log = join(folder, 'a.log');
    const attach = { d: join(folder, 'a.db') };
    const db = new Database(attach.d);
    db.exec('CREATE TABLE t (line)');
    const text = `INSERT INTO d.t SELECT line FROM tail('${folder}/*.log')`;
    const lines = db.prepare('SELECT line FROM t ORDER BY rowid').pluck();
    writeFileSync(log, 'one\ntwo\nthr');
    const first = start(text, { attach, job: 'j' });
    await until(() => lines.all().length === 2);
    await first.stop();
    appendFileSync(log, 'ee\n');
    writeFileSync(join(folder, 'b.log'), 'other\n');
    const second = start(text, { attach, job: 'j' });
    await until(() => lines.all().length === 4);
    await second.stop();
    expect(lines.all().sort()).toEqual(['one', 'other', 'three', 'two']);
    const epochs = db.prepare('SELECT epoch FROM _ssql_commit').pluck().get();
    expect(epochs).toBeLessThanOrEqual(4);
    db.close();
  });

  test('one table is copied into another while it grows', async () => {
    const folder = temporaryFolder();
    const db = new Database(join(folder, 'a.db'));
    db.pragma('journal_mode = wal');
    db.exec(
      'CREATE TABLE a (id INTEGER PRIMARY KEY AUTOINCREMENT, x); CREATE TABLE b (x); INSERT INTO a (x) VALUES (1)',
    );
    const run = start('INSERT INTO d.b SELECT x * 2 FROM STREAM(d.a) WHERE x > 1', {
      attach: { d: join(folder, 'a.db') },
    });
    await sleep(100);
    db.exec('INSERT INTO a (x) VALUES (2), (1), (3)');
    const rows = db.prepare('SELECT x FROM b').pluck();
    await until(() => rows.all().length === 2);
    await run.stop();
    expect(rows.all()).toEqual([4, 6]);
    db.close();
  });
});

test('where each source stands is among the statistics of a run', async () => {
  const path = join(temporaryFolder(), 'a.txt');
  writeFileSync(path, 'a\nb\n');
  const run = start(`SELECT line, n FROM read_lines('${path}'), (SELECT n FROM generate(3))`);
  await run.done;
  const positions = run.stats.map((s) => s.position).filter((p) => p !== undefined);
  expect(positions).toEqual(
    expect.arrayContaining([expect.objectContaining({ path, offset: 4, line: 3 }), { row: 3 }]),
  );
});

describe('compressed files', () => {
  test('are read as what they hold, several members too; a job goes on within', async () => {
    const folder = temporaryFolder();
    const path = join(folder, 'a.csv.gz');
    const members = [
      gzipSync('n,x\n1,a\n2,b\n'),
      gzipSync(Array.from({ length: 50_000 }, (_, i) => `${i + 3},y\n`).join('')),
    ];
    writeFileSync(path, Buffer.concat(members));
    expect(await rowsOf(`SELECT count(*), sum(n), min(x) FROM '${path}'`)).toEqual([
      [50_002, (50_002 * 50_003) / 2, 'a'],
    ]);
    expect(await rowsOf(`SELECT count(*) FROM read_lines('${path}')`)).toEqual([[50_003]]);
    expect(await rowsOf(`FROM read_lines('${path}') |> SHELL 'head -n 1' |> LIMIT 5`)).toEqual([['n,x']]);
  });

  test.each([
    ['cut off', gzipSync('line\n'.repeat(1000)).subarray(0, 30), 'the compressed data is cut off'],
    ['not compressed', Buffer.from('n\n1\n'), 'it is not compressed by gzip'],
  ])('%s', async (_why, content, said) => {
    const path = join(temporaryFolder(), 'a.txt.gz');
    writeFileSync(path, content);
    await expect(rowsOf(`SELECT count(*) FROM read_lines('${path}')`)).rejects.toThrow(said);
  });
});

test('the command of a source runs once for all statements of a job, one in FROM as often as it is written', async () => {
  const folder = temporaryFolder();
  const [ran, x, y] = ['ran', 'x.csv', 'y.csv'].map((name) => join(folder, name));
  const sinks = [x, y].map(
    (path, i) => `CREATE SINK s${i} WITH (connector = 'file', path = '${path}', format = 'csv');`,
  );
  const inserts = (from: string) =>
    `INSERT INTO s0 SELECT n FROM ${from}; INSERT INTO s1 SELECT n, m FROM ${from} WHERE n > 1;`;
  const command = `echo x >> ${ran}; printf "1,a\\n2,b\\n"`;
  const named = `CREATE SOURCE c (n INTEGER, m TEXT)
    WITH (connector = 'shell', command = '${command}', format = 'csv', header = false);`;
  const runs = async (script: string): Promise<number> => {
    for (const path of [ran, x, y]) writeFileSync(path!, '');
    await start(`${sinks.join('')} ${script}`).done;
    expect([textOf(x!), textOf(y!)]).toEqual(['n\n1\n2\n', 'n,m\n2,b\n']);
    return textOf(ran!).length / 2;
  };
  expect(await runs(`${named} ${inserts('c')}`)).toBe(1);
  expect(await runs(inserts(`SHELL('${command}' FORMAT csv WRITES (n INTEGER, m TEXT))`))).toBe(2);
});

describe('records that cannot be read', () => {
  const content = 'a,b\n1,2\nx,"say ""hi"""\n3,4\nzz\n5,6\n';

  test('go to the sink that on_error names, as they stood there', async () => {
    const folder = temporaryFolder();
    const [input, out] = [join(folder, 'in.csv'), join(folder, 'bad.jsonl')];
    writeFileSync(input, content);
    const run = start(`CREATE SINK bad WITH (connector = 'file', path = '${out}');
      CREATE SOURCE t (a INTEGER, b INTEGER) WITH (connector = 'file', path = '${input}', on_error = 'bad');
      SELECT a FROM t WHERE a > 1`);
    await run.done;
    expect(run.rows).toEqual([[3], [5]]);
    expect(run.log.join()).toContain('2 rejected rows into bad');
    const bad = textOf(out)
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown);
    expect(bad).toEqual([
      { source: input, offset: 8, error: `${input} line 3: column a: 'x' is not an INTEGER`, text: 'x,"say ""hi"""' },
      { source: input, offset: 27, error: `${input} line 5: expected 2 fields, found 1`, text: 'zz' },
    ]);
  });

  test('are put aside once, though a join reads the source twice', async () => {
    const folder = temporaryFolder();
    const [input, out] = [join(folder, 'in.csv'), join(folder, 'bad.csv')];
    writeFileSync(input, content);
    const run = start(`CREATE SINK bad WITH (connector = 'file', path = '${out}', format = 'csv');
      CREATE SOURCE t (a INTEGER, b INTEGER) WITH (connector = 'file', path = '${input}', on_error = 'bad');
      SELECT l.a FROM t l JOIN t r ON l.a = r.a`);
    await run.done;
    expect(run.rows).toEqual([[1], [3], [5]]);
    expect(textOf(out).trim().split('\n')).toHaveLength(3);
  });

  test('or to a table; of lines that do not match, and escaped JSON', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'a.log'), 'k=1\r\nnothing\r\nk=2\r\n');
    writeFileSync(join(folder, 'a.jsonl'), '{"k": "\\u0041"}\n\n{"k": "\\t"\n');
    const attach = { d: join(folder, 'a.db') };
    const db = new Database(attach.d);
    db.exec('CREATE TABLE bad (source, at INTEGER, why, text)');
    expect(
      await rowsOf(`SELECT k FROM read_regex('${folder}/a.log', 'k=(?<k>.)', on_error => 'd.bad')`, { attach }),
    ).toEqual([['1'], ['2']]);
    expect(await rowsOf(`SELECT k FROM read_jsonl('${folder}/a.jsonl', on_error => 'd.bad')`, { attach })).toEqual([
      ['A'],
    ]);
    expect(db.prepare('SELECT at, text FROM bad').raw().all()).toEqual([
      [5, 'nothing'],
      [17, '{"k": "\\t"'],
    ]);
    db.close();
  });

  test('nothing is kept of them when the query fails', async () => {
    const folder = temporaryFolder();
    const [input, out] = [join(folder, 'in.csv'), join(folder, 'bad.csv')];
    writeFileSync(input, content);
    const failing = rowsOf(`CREATE SINK bad WITH (connector = 'file', path = '${out}');
      CREATE SOURCE t (a INTEGER, b INTEGER) WITH (connector = 'file', path = '${input}', on_error = 'bad');
      SELECT a + 9223372036854775806 FROM t`);
    await expect(failing).rejects.toThrow(RunError);
    expect(existsSync(out)).toBe(false);
  });
});

describe("connector = 'shell'", () => {
  const source = (command: string, more: string): string =>
    `CREATE SOURCE s (n INTEGER) WITH (connector = 'shell', command = '${command}', restart_delay = '20 ms', ${more}); `;

  test('is started again when it fails, until it ends well', async () => {
    const folder = temporaryFolder();
    const command = `echo x >> ${folder}/runs; n=$(wc -l < ${folder}/runs); echo $n; test $n = 3`;
    const run = start(`${source(command, "restart = 'on-failure'")} SELECT n FROM s`);
    await run.done;
    expect(run.rows).toEqual([[1], [2], [3]]);
    expect(run.log.filter((line) => line.includes('it is started again in 0.0 s'))).toHaveLength(2);
  });

  test('is started again whenever it ends; nobody wants more: it is not', async () => {
    expect(await rowsOf(`${source('seq 2', "restart = 'always'")} SELECT n FROM s LIMIT 5`)).toEqual([
      [1],
      [2],
      [1],
      [2],
      [1],
    ]);
  });

  test('fails for good when it fails at once, again and again', async () => {
    const run = start(`${source('echo 1; exit 9', "restart = 'always'")} SELECT n FROM s`);
    await expect(run.done).rejects.toThrow(/exit status 9.*it is not started again/);
    expect(run.rows).toHaveLength(5);
  });

  test('a fault of its output is no failure of the command', async () => {
    await expect(rowsOf(`${source('echo x', "restart = 'always'")} SELECT n FROM s`)).rejects.toThrow(
      /'x' is not an INTEGER/,
    );
    const skipping = `${source('echo x; echo 1', "on_error = 'skip', bounded = true, restart = 'on-failure'")} SELECT n FROM s`;
    expect(await rowsOf(skipping)).toEqual([[1]]);
  });

  test('that is stopped while it waits to be started again', async () => {
    const run = start(`${source('exit 3', "restart = 'always'").replace('20 ms', '20 min')} SELECT n FROM s`);
    await until(() => run.log.length > 0);
    expect(await run.stop()).toBe('Error: stopped');
  });
});

describe('formats of commands and files', () => {
  test('nul: records with newlines through sort -z and grep -z', async () => {
    const sql = `SELECT * FROM (VALUES ('b' || char(10) || 'x'), ('a'), ('c' || char(10))) AS t (v)`;
    expect(await rowsOf(`FROM (${sql}) |> SHELL 'sort -z' READS (v) WRITES (w TEXT) FORMAT nul`)).toEqual([
      ['a'],
      ['b\nx'],
      ['c\n'],
    ]);
    expect(await rowsOf(`FROM (${sql}) |> SHELL 'grep -z "[bc]"' READS (v) FORMAT nul AS FILTER`)).toEqual([
      ['b\nx'],
      ['c\n'],
    ]);
  });

  test('raw: a file, and what a command makes of bytes, are one value', async () => {
    const path = join(temporaryFolder(), 'a.bin');
    writeFileSync(path, Buffer.from([0, 255, 10, 13]));
    expect(await rowsOf(`SELECT hex(content) FROM read_raw('${path}')`)).toEqual([['00FF0A0D']]);
    expect(
      await rowsOf(`FROM read_raw('${path}') |> SHELL 'od -An -tx1' READS (content) WRITES (o TEXT) FORMAT raw`),
    ).toEqual([[' 00 ff 0a 0d\n']]);
  });

  test('jsonl: undeclared keys in _extra', async () => {
    const path = join(temporaryFolder(), 'a.jsonl');
    writeFileSync(path, '{"a":1,"b":{"c":[2]},"d":"x\\ny"}\n{"a":2}\n');
    expect(
      await rowsOf(`CREATE SOURCE s (a INTEGER, _extra JSON) WITH (connector = 'file', path = '${path}');
        SELECT a, _extra->>'$.b.c[0]', _extra->>'d' FROM s`),
    ).toEqual([
      [1, 2, 'x\ny'],
      [2, null, null],
    ]);
  });
});

test('a fault in a place that only the run finds names the source', async () => {
  await expect(rowsOf(`SELECT * FROM tail('/dev')`)).rejects.toThrow(QueryError);
});

const title = hasShared ? 'on real logs' : 'on real logs: SKIPPED (no ../shared/data)';
describe.runIf(hasShared)(title, () => {
  test.each([
    [
      'OpenSSH',
      'Date Day Time Component Pid Content',
      String.raw`^(?<Date>\w+) +(?<Day>\d+) (?<Time>\S+) (?<Component>\S+) sshd\[(?<Pid>\d+)\]: (?<Content>.*?) *$`,
    ],
    [
      'Zookeeper',
      'Date Time Level Node Component Id Content',
      String.raw`^(?<Date>\S+) (?<Time>\S+) - (?<Level>\w+) +\[(?<Node>.*?):(?<Component>[^\[\]]*)@(?<Id>\d+)\] - (?<Content>.*?) *$`,
    ],
  ])('format regex gives the columns of %s as their publishers have them', async (name, columns, pattern) => {
    const names = columns
      .split(' ')
      .map((column) => `"${column}"`)
      .join(', ');
    const all = readFileSync(join(SHARED, `${name}.structured.csv`), 'utf8')
      .split(/\r?\n/)[0]!
      .split(',');
    const declared = all.map((column) => `"${column}" TEXT`).join(', ');
    const ours = await rowsOf(`SELECT ${names} FROM read_regex('${SHARED}/${name}.log', '${pattern}')`);
    const theirs =
      await rowsOf(`CREATE SOURCE s (${declared}) WITH (connector = 'file', path = '${SHARED}/${name}.structured.csv', header = true);
      SELECT ${names} FROM s`);
    expect(theirs).toHaveLength(2000);
    expect(ours).toEqual(theirs);
  });
});
