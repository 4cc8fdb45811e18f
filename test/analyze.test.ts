// EXPLAIN ANALYZE, the counters behind it, and the progress line that shows them.
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { doneText, progressText } from '../src/cli/progress.ts';
import { Rates } from '../src/cli/rates.ts';
import { connectors } from '../src/connect/catalog.ts';
import type { Offset } from '../src/connect/connector.ts';
import { rowsOf } from '../src/data/batch.ts';
import { cell } from '../src/data/cell.ts';
import { Engine } from '../src/engine.ts';
import { inputs } from '../src/plan/ops.ts';
import type { Plan, Scan } from '../src/plan/plan.ts';
import { findProgram } from '../src/process/inspect.ts';
import { newProcessStats } from '../src/process/process-stats.ts';
import { newStats } from '../src/run/job-stats.ts';
import type { OperatorStats } from '../src/run/operator.ts';
import { charged, timesOf } from '../src/run/operator-times.ts';
import { ssql, temporaryFolder } from './support/cli.ts';

interface Node {
  readonly operator: string;
  readonly rowsIn: number;
  readonly rowsOut: number;
  readonly batchesIn: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly bytesSpilled: number;
  readonly busyMs: number;
  readonly blockedMs: number;
  readonly idleMs: number;
  readonly processes?: ReturnType<typeof newProcessStats>;
  readonly tools?: readonly { readonly name: string; readonly path?: string; readonly sha256?: string }[];
  readonly position?: Offset;
  readonly inputs: readonly Node[];
}

/** Runs a script. @returns the lines of its EXPLAINs, and the rows of its queries. */
async function run(text: string, attach: Record<string, string> = {}) {
  const lines: string[] = [];
  let rows = 0;
  const engine = new Engine({ attach });
  await engine.run(
    { name: 'q', text },
    {
      taker: { start: () => undefined, batch: (batch) => void (rows += batch.length), end: () => undefined },
      text: (_title, given) => void lines.push(...given),
    },
  );
  engine.close();
  return { lines, rows };
}

/** The operators of EXPLAIN ANALYZE JSON over a query without branches, root first. */
async function operators(query: string): Promise<readonly Node[]> {
  const { lines } = await run(`EXPLAIN ANALYZE JSON ${query}`);
  const { plans } = JSON.parse(lines.join('\n')) as { plans: readonly Node[] };
  const chain: Node[] = [];
  for (let node = plans[0]; node !== undefined; node = node.inputs[0]) chain.push(node);
  return chain;
}

const shellOf = (nodes: readonly Node[]): Node => nodes.find((node) => node.operator === 'shell')!;

describe('the position of a source', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ssql-position-'));
  const path = join(folder, 'p.csv');
  const file = join(folder, 'p.db');
  beforeAll(() => {
    writeFileSync(path, 'n\n1\n2\n3\n4\n');
    const db = new Database(file);
    db.exec(
      'CREATE TABLE t (k INTEGER PRIMARY KEY AUTOINCREMENT, n INTEGER); INSERT INTO t (n) VALUES (1), (2), (3), (4)',
    );
    db.close();
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const source = (connector: string, more = ''): string =>
    `CREATE SOURCE s (n INTEGER) WITH (connector='${connector}'${more}); SELECT n FROM s`;

  /** The scan of a query, as it is in its plan. */
  async function scanOf(script: string): Promise<Scan> {
    const engine = new Engine({ attach: { d: file } });
    let plan: Plan | undefined;
    for await (const steps of engine.compile({ name: 'q', text: script }))
      for (const { step } of steps) if (step.kind === 'run') plan = step.plans[0]!;
    engine.close();
    if (plan === undefined) throw new Error('no query');
    while (plan.op !== 'scan') plan = inputs(plan)[0]!;
    return plan;
  }

  /** The column n, else the first, of the next rows of a source. */
  async function next(scan: Scan, at: Offset, count: number): Promise<unknown[]> {
    const stop = new AbortController();
    const nothing = (): void => undefined;
    const context = { signal: stop.signal, batchRows: 1, busyTimeout: 0, countBytes: nothing, countSkipped: nothing, expectBytes: nothing }; // prettier-ignore
    const request = { options: scan.options, schema: scan.schema, pushed: [], label: scan.label };
    const found: unknown[] = [];
    for await (const { batch } of connectors.get(scan.connector)!.source!.open(request, at, context)) {
      const column = Math.max(0, scan.schema.findIndex((f) => f.name === 'n')); // prettier-ignore
      for (const row of rowsOf(batch)) found.push(Number(cell(batch.columns[column]!, 'INTEGER', row)));
      if (found.length >= count) break;
    }
    stop.abort();
    return found;
  }

  test.each<[what: string, query: string, position: object]>([
    ['file', `SELECT n FROM read_csv('${path}')`, { path, offset: 6, line: 4 }],
    [
      'tail',
      source('tail', `, path='${path}', format='csv', header=true, start='earliest'`),
      { files: [{ path, offset: 6 }] },
    ],
    ['generator', source('generator'), { row: 2 }],
    [
      'nexmark',
      "CREATE SOURCE s (event_type INTEGER) WITH (connector='nexmark'); SELECT event_type AS n FROM s",
      { row: 2 },
    ],
    ['STREAM(table)', "SELECT n FROM STREAM(d.t, start => 'earliest')", { after: '2' }],
    ['table', 'SELECT n FROM d.t', { rowid: '2' }],
  ])('%s', async (what, query, position) => {
    const [first, ...rest] = query.split('; ').reverse();
    const before = rest
      .reverse()
      .map((text) => `${text}; `)
      .join('');
    const { lines } = await run(`SET batch_rows = 1; SET pushdown = off; ${before}EXPLAIN ANALYZE JSON ${first!} LIMIT 2`, { d: file }); // prettier-ignore
    let node = (JSON.parse(lines.join('\n')) as { plans: readonly Node[] }).plans[0]!;
    while (node.inputs.length > 0) node = node.inputs[0]!;
    expect(node.position).toMatchObject(position);
    // What was read, and what is read from there on, is all.
    const scan = await scanOf(query);
    const all = await next(scan, undefined as unknown as Offset, 4);
    if (what !== 'nexmark') expect(all).toEqual([1, 2, 3, 4]);
    expect(await next(scan, node.position!, 2)).toEqual(all.slice(2));
  });
});

describe('EXPLAIN ANALYZE', () => {
  test('counts what every operator did', async () => {
    const nodes = await operators(
      `FROM generate(rows => 10000) |> WHERE n % 2 = 0 |> SHELL 'sed s/$/x/' READS (n) WRITES (x TEXT) AS MAP |> ORDER BY x`,
    );
    const seen = nodes.map((node) => [node.operator, node.rowsIn, node.rowsOut]);
    expect(seen).toEqual([
      ['output', 5000, 0],
      ['sort', 5000, 5000],
      ['shell', 5000, 5000],
      ['filter', 10000, 5000],
      ['scan', 0, 10000],
    ]);
    const { bytesIn, bytesOut, batchesIn, busyMs, blockedMs, idleMs } = shellOf(nodes);
    expect(bytesOut - bytesIn).toBe(5000);
    expect(batchesIn).toBeGreaterThan(0);
    expect(Math.min(busyMs, blockedMs, idleMs)).toBeGreaterThanOrEqual(0);
    expect(busyMs).toBeGreaterThan(0);
  });

  test('tells what became of processes', async () => {
    const nodes = await operators(
      `FROM generate(rows => 4) |> SHELL 'grep -v 2; s=$?; [ $s = 1 ] && kill -9 $$; exit $s' READS (n) AS FILTER MODE ROW ON ERROR SKIP`,
    );
    const { started, running, failures, exits, restarts } = shellOf(nodes).processes!;
    expect({ started, running, failures, exits, restarts }).toEqual({
      started: 4,
      running: 0,
      failures: 1,
      restarts: 1,
      exits: { 'exit 0': 3, SIGKILL: 1 },
    });
  });

  test('measures the time and the memory of commands', async () => {
    const program = `BEGIN { s = sprintf("%30000000s", ""); for (i = 0; i < 2000000; i++) n += i } { print; fflush() }`;
    const nodes = await operators(
      `FROM generate(rows => 2) |> SHELL $$gawk '${program}'$$ READS (n) WRITES (x TEXT) AS MAP MODE DAEMON MARKER 'end' STARTUP 20000`,
    );
    const { cpu, peakMemory } = shellOf(nodes).processes!;
    expect(cpu).toBeGreaterThanOrEqual(20);
    expect(peakMemory).toBeGreaterThan(30e6);
  });

  test('names the tools, where they are, and which they are', async () => {
    const nodes = await operators(
      `FROM generate(rows => 1) |> SHELL 'sort | tr 1 2' READS (n) WRITES (x TEXT) NEEDS TOOLS ('sed')`,
    );
    const expected = ['sort', 'tr', 'sed'].map((name) => {
      const path = realpathSync(findProgram(name)!);
      return { name, path, sha256: createHash('sha256').update(readFileSync(path)).digest('hex') };
    });
    expect(shellOf(nodes).tools).toEqual(expected);
  });

  test('discards the rows of a query, and performs an INSERT', async () => {
    const file = join(temporaryFolder(), 'a.db');
    const db = new Database(file);
    db.exec('CREATE TABLE t (n)');
    expect((await run('EXPLAIN ANALYZE SELECT 1')).rows).toBe(0);
    const { lines } = await run('EXPLAIN ANALYZE INSERT INTO d.t SELECT n FROM generate(rows => 3)', { d: file });
    expect(lines.join('\n')).toMatch(/^Sink sqlite\(d\.t\).*\n│ {3}3 rows in, 1 batch, 24 B out;/);
    expect(db.prepare('SELECT count(*) FROM t').pluck().get()).toBe(3);
    db.close();
  });

  test('says where a command reads its file by itself', async () => {
    const file = join(temporaryFolder(), 'a.txt');
    writeFileSync(file, 'b\na\n');
    const { lines } = await run(`EXPLAIN ANALYZE FROM read_lines('${file}') |> SHELL 'sort'`);
    expect(lines.join('\n')).toMatch(/0 rows in, 2 rows out, 0 batches, 4 B in, 4 B out;/);
    expect(lines.join('\n')).toContain('the command above reads the file by itself');
  });

  test('of rows that never end shows what was done until it was stopped', async () => {
    const file = join(temporaryFolder(), 'a.log');
    writeFileSync(file, 'a\nb\n');
    const lines: string[] = [];
    const stop = new AbortController();
    const engine = new Engine();
    const query = `EXPLAIN ANALYZE FROM tail('${file}', start => 'earliest') |> SHELL 'rev' READS (line) WRITES (x TEXT)`;
    const run = engine.run(
      { name: 'q', text: query },
      {
        taker: { start: () => undefined, batch: () => undefined, end: () => undefined },
        text: (_title, given) => void lines.push(...given),
        signal: stop.signal,
        started: (stats) => {
          const look = setInterval(() => {
            if (!stats.some((s) => s.isRoot && s.rowsIn === 2)) return;
            clearInterval(look);
            stop.abort(new Error('seen'));
          }, 10);
        },
      },
    );
    await expect(run).rejects.toThrow('seen');
    engine.close();
    expect(lines.join('\n')).toMatch(/Shell 'rev'.*\n.*2 rows in, 2 rows out.*\n.*1 process, stopped/);
  });

  test('of a script: ssql explain --analyze', () => {
    const { code, out } = ssql(['explain', '--analyze', '--why-not', '-c', 'SELECT 1; SELECT 2;']);
    expect([code, out.match(/1 row in, 1 batch/g)?.length, out.match(/Rewrites: 0 applied/g)?.length]).toEqual([
      0, 2, 2,
    ]);
  });
});

const counters = (given: Partial<OperatorStats>): OperatorStats => ({ ...newStats(0, 'op'), ...given });

describe('time', () => {
  test('an operator that waits for something of its own is at work', async () => {
    const stats = counters({});
    let settle: () => void = () => undefined;
    const pending = charged(stats, () => new Promise<void>((resolve) => (settle = resolve)));
    const { since } = stats.call!;
    expect(timesOf(stats, since + 50)).toMatchObject({ blocked: 0 });
    expect(timesOf(stats, since + 50).busy - stats.busy).toBeCloseTo(50, 6);
    settle();
    await pending;
    expect(stats.call).toBeUndefined();
  });

  test.each<[what: string, given: Partial<OperatorStats>, busy: number, blocked: number]>([
    ['idle', { busy: 3, blocked: 4 }, 3, 4],
    ['at work', { busy: 3, call: { since: 900, handed: 0 } }, 103, 0],
    ['at work, after it has handed rows on', { handed: 70, call: { since: 900, handed: 10 } }, 40, 0],
    ['waiting for room', { call: { since: 900, handed: 0 }, handing: 920 }, 20, 80],
    ['waiting for room since before the call', { call: { since: 900, handed: 0 }, handing: 800 }, 0, 200],
    ['waiting for room, called by nobody', { handing: 990 }, 0, 10],
  ])('%s', (_what, given, busy, blocked) => {
    expect(timesOf(counters(given), 1000)).toEqual({ busy, blocked });
  });
});

test('what an operator writes to scratch files is told of', async () => {
  const query = 'SELECT n FROM generate(rows => 10000) ORDER BY n DESC';
  const { lines } = await run(`SET memory_limit = 1; EXPLAIN ANALYZE ${query}`);
  expect(lines.join('\n')).toMatch(/Sort by n DESC\n.*, \d+(\.\d)? kB spilled; busy/);
  const nodes = await operators(query);
  expect(nodes.map((node) => node.bytesSpilled)).toEqual([0, 0, 0]);
});

describe('progress', () => {
  const none = { bytesTotal: 0, bytesRead: 0, rowsSkipped: 0, rowsLate: 0, rowsCommitted: 0, bytesSpilled: 0 };

  test('rates are those of the last two seconds', () => {
    const source = counters({ rowsOut: 1000 });
    const root: OperatorStats = { ...counters({ label: 'Sink', rowsIn: 10, busy: 900 }), isRoot: true };
    const rates = new Rates(0);
    const shown = (at: number) => rates.look(at, [source, root], none);
    expect(shown(1000)).toMatchObject({ in: 1000, out: 10, busiest: { label: 'Sink', share: 0.9 } });
    shown(2000);
    Object.assign(source, { rowsOut: 5000 });
    expect(shown(3000)).toMatchObject({ in: 2000, out: 0 });
    expect(shown(6000)).toMatchObject({ in: 0 });
  });

  test.each<[what: string, progress: object, share: number, expected: string]>([
    [
      'of a file',
      { bytesTotal: 100, bytesRead: 50 },
      0.99,
      ' 50% ██████████░░░░░░░░░░ · 10k rows · in 500/s · out 5/s · 0 MB/s · ETA 0:20 · bottleneck (busy 99%): Shell',
    ],
    ['without end', {}, 0.5, '0:20 · 10k rows · in 500/s · out 5/s · slowest (busy 50%): Shell'],
    ['nobody is busy', { rowsSkipped: 2 }, 0.1, '0:20 · 10k rows · in 500/s · out 5/s · 2 left out'],
    ['spilling', { bytesSpilled: 1_200_000 }, 0.1, '0:20 · 10k rows · in 500/s · out 5/s · 2 MB spilled'],
  ])('%s', (_what, progress, share, expected) => {
    const now = { in: 500, out: 5, bytes: 0, busiest: { label: 'Shell', share } };
    expect(progressText(20, { ...none, ...progress }, { in: 10_000 }, now)).toBe(expected);
  });

  test('the last line', () => {
    const shell = counters({ rowsIn: 7, processes: { ...newProcessStats(), started: 4, restarts: 1 } });
    const root: OperatorStats = { ...counters({ rowsIn: 5 }), isRoot: true };
    expect(doneText(2, [root, shell, counters({ rowsOut: 7 })], none)).toBe(
      'done: 7 rows in, 5 out, 2.0 s, 4 row/s, 4 processes, 1 restarts',
    );
    const { code, err } = ssql(['--progress', 'always', '-c', 'SELECT 1']);
    expect([code, err]).toEqual([0, expect.stringMatching(/^done: 1 rows in, 1 out, \d+\.\d s, /)]);
  });
});
