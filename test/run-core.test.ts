// How a run drives its sources: watermarks, several sources at a time, shared sub-plans, jobs that were killed.
import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import type { RecordBatch } from '../src/data/batch.ts';
import { batchOf } from '../src/data/builder.ts';
import type { Schema } from '../src/data/types.ts';
import { connect } from '../src/index.ts';
import type { Plan } from '../src/plan/plan.ts';
import { Edge, Running } from '../src/run/edge.ts';
import { holdBack } from '../src/run/hold-back.ts';
import { newStats } from '../src/run/job-stats.ts';
import type { Operator, OperatorStats } from '../src/run/operator.ts';
import { operators } from '../src/run/operators/catalog.ts';
import { runContext } from '../src/run/start.ts';
import { Turnstile } from '../src/run/turnstile.ts';
import { processesWith, ssql, start, temporaryFolder } from './support/cli.ts';
import { random, seeds } from './support/random.ts';
import { valuesOf } from './support/shell-plans.ts';

const schema: Schema = [{ name: 'n', type: 'INTEGER' }];
const rows = (...values: number[]): RecordBatch =>
  batchOf(
    schema,
    values.map((n) => [n]),
  );
const stats = (): OperatorStats => newStats(0, '');
const leaf = { op: 'shared', id: '#1', schema, bounded: true } as const satisfies Plan;
const context = runContext({}, {}, {}, () => undefined);

/** An operator with the ways into its ports, and what comes out of it in order: values, and watermarks as text. */
function running(operator: Operator, ports = 1) {
  const seen: (number | string)[] = [];
  const taker: Operator = {
    onBatch: (batch) => void seen.push(...valuesOf(batch).map(([n]) => n as number)),
    onWatermark: (time) => void seen.push(`w${time}`),
    onEnd: () => void seen.push('end'),
  };
  const below = new Edge(stats(), new Running(taker, stats(), undefined, 1, () => undefined), 0);
  const above = new Running(operator, stats(), below, ports, () => undefined);
  return { seen, ins: Array.from({ length: ports }, (_, port) => new Edge(stats(), above, port)) };
}

describe('watermarks', () => {
  const nothing: Operator = operators.filter(
    { op: 'filter', schema, input: leaf, predicate: { kind: 'literal', type: 'INTEGER', value: 0 } },
    context,
  );

  test('pass an operator that drops every row, and only rise', async () => {
    const { seen, ins } = running(nothing);
    await ins[0]!.emit(rows(1, 2));
    for (const time of [5, 5, 3, 8]) await ins[0]!.watermark(time);
    await ins[0]!.end();
    expect(seen).toEqual(['w5', 'w8', 'end']);
  });

  test('of several inputs the least counts; an input that has ended counts no more', async () => {
    const { seen, ins } = running(operators.union({ op: 'union', schema, inputs: [leaf, leaf] }, context), 2);
    const [a, b] = ins as [Edge, Edge];
    await a.watermark(10);
    expect(seen).toEqual([]);
    await b.watermark(4);
    await b.watermark(7);
    await a.watermark(20);
    await b.end();
    await a.watermark(30);
    await a.end();
    expect(seen).toEqual(['w4', 'w7', 'w20', 'w30', 'end']);
  });

  test('do not overtake rows that are held: a sort, a side of a join', async () => {
    const keys = [
      { expr: { kind: 'column', name: 'n', type: 'INTEGER' }, descending: false, nullsFirst: true },
    ] as const;
    const sorted = running(operators.sort({ op: 'sort', schema, input: leaf, keys }, context));
    await sorted.ins[0]!.emit(rows(2, 1));
    await sorted.ins[0]!.watermark(5);
    await sorted.ins[0]!.end();
    expect(sorted.seen).toEqual([1, 2, 'end']);

    const held = running(
      holdBack(operators.union({ op: 'union', schema, inputs: [leaf, leaf] }, context), 2, (port) =>
        port === 0 ? [1] : [],
      ),
      2,
    );
    const [left, right] = held.ins as [Edge, Edge];
    await left.emit(rows(1));
    await left.watermark(5);
    await left.emit(rows(6));
    await right.emit(rows(2));
    await right.end();
    await left.watermark(9);
    await left.end();
    expect(held.seen).toEqual([2, 1, 'w5', 6, 'w9', 'end']);
  });
});

test('calls to one operator never overlap and keep their order, whoever makes them', async () => {
  const turnstile = new Turnstile();
  const log: string[] = [];
  const slow = (name: string, ms: number) => async () => {
    log.push(`${name} begins`);
    await sleep(ms);
    log.push(`${name} ends`);
  };
  expect(turnstile.pass(() => void log.push('at once'))).toBeUndefined();
  const failing = turnstile.pass(() => Promise.reject(new Error('no')));
  await Promise.all([
    expect(failing).rejects.toThrow('no'),
    turnstile.pass(slow('a', 20)),
    turnstile.pass(slow('b', 1)),
    turnstile.pass(() => void log.push('c')),
  ]);
  expect(log).toEqual(['at once', 'a begins', 'a ends', 'b begins', 'b ends', 'c']);
});

const endless = (name: string, command: string) =>
  `CREATE SOURCE ${name} (t TEXT) WITH (connector = 'shell', command = '${command}', format = 'lines');`;

describe('sources that do not end', () => {
  test('are read at the same time', async () => {
    const s = await connect();
    const three = (word: string) => `for i in 1 2 3; do echo ${word}; sleep 0.05; done; sleep 54320`;
    const { rows: found } = await s.rows(
      `${endless('x', three('x'))} ${endless('y', three('y'))} (SELECT t FROM x UNION ALL SELECT t FROM y) LIMIT 6`,
    );
    expect(found.flat().sort()).toEqual(['x', 'x', 'x', 'y', 'y', 'y']);
    await s.close();
  });

  test('are stopped by a LIMIT though they wait for rows', { timeout: 20_000 }, async () => {
    const s = await connect();
    const { rows: found } = await s.rows(
      `${endless('x', 'echo 1; sleep 54321')} ${endless('y', 'sleep 0.2; echo 2; sleep 54321')} (SELECT t FROM x UNION ALL SELECT t FROM y) LIMIT 2`,
    );
    expect(found.flat().sort()).toEqual(['1', '2']);
    expect(processesWith('sleep 54321')).toEqual([]);
    await s.close();
  });

  test('end together when one fails', { timeout: 20_000 }, async () => {
    const s = await connect();
    await expect(
      s.rows(
        `${endless('x', 'sleep 0.2; exit 9')} ${endless('y', 'sleep 54322')} SELECT t FROM x UNION ALL SELECT t FROM y`,
      ),
    ).rejects.toThrow('exit status 9');
    expect(processesWith('sleep 54322')).toEqual([]);
    await s.close();
  });

  test('meet a table that is read first', async () => {
    const s = await connect();
    const { rows: found } = await s.rows(
      `${endless('x', 'yes 7')} SELECT y.b FROM x JOIN (SELECT 7 AS a, 1 AS b UNION ALL SELECT 7, 2) y ON x.t = y.a LIMIT 4`,
    );
    expect(found).toEqual([[1], [2], [1], [2]]);
    await s.close();
  });

  test(
    'of several INSERTs are all read; Ctrl-C ends them, and tables keep what had come',
    { timeout: 30_000 },
    async () => {
      const folder = temporaryFolder();
      const db = new Database(join(folder, 'o.db'));
      db.exec('CREATE TABLE a (t)');
      const script = `${endless('x', 'while :; do echo x; sleep 0.01; done # 54323')} ${endless('y', 'while :; do echo y; sleep 0.01; done # 54323')}
      INSERT INTO SHELL('tee ${folder}/x') FROM x; INSERT INTO SHELL('tee ${folder}/y') FROM y; INSERT INTO o.a FROM x`;
      const { child, ended } = start(['run', '--db', `o=${folder}/o.db`, '-c', script]);
      const isThere = (name: string) =>
        existsSync(join(folder, name)) && readFileSync(join(folder, name), 'utf8').includes(name);
      for (let i = 0; i < 200 && !(isThere('x') && isThere('y')); i++) await sleep(50);
      child.kill('SIGINT');
      const { code, err } = await ended;
      expect([isThere('x'), isThere('y'), code]).toEqual([true, true, 130]);
      expect(err).toContain('of them were committed');
      expect(db.prepare('SELECT count(*) FROM a').pluck().get()).toBeGreaterThan(0);
      db.close();
      expect(processesWith('54323')).toEqual([]);
    },
  );
});

/** Streams over streams, each read any number of times. */
function randomScript(seed: number, word: 'STREAM' | 'VIEW'): string {
  const r = random(seed);
  const names = ['s0'];
  const lines = [`CREATE ${word} s0 AS SELECT n, n % ${2 + r.below(5)} AS k FROM generate(rows => ${r.below(60)})`];
  const one = () => r.of(names);
  while (names.length < 6) {
    const query = r.of([
      () => `SELECT n + ${r.below(3)} AS n, k FROM ${one()} WHERE n % 3 <> ${r.below(3)}`,
      () => `SELECT n, k FROM ${one()} UNION ALL SELECT k, n FROM ${one()}`,
      () => `SELECT n, k FROM ${one()} ${r.of(['EXCEPT', 'INTERSECT', 'UNION'])} SELECT n, k FROM ${one()}`,
      () =>
        `SELECT x.n, y.k FROM ${one()} x ${r.of(['', 'LEFT', 'FULL'])} JOIN ${one()} y ON x.n = y.k WHERE coalesce(x.n, y.n) < 9`,
      () => `SELECT n, k FROM ${one()} WHERE n ${r.of(['', 'NOT'])} IN (SELECT k FROM ${one()} WHERE k IS NOT NULL)`,
      () => `SELECT k AS n, count(*) AS k FROM ${one()} GROUP BY k`,
      () => `SELECT DISTINCT k AS n, n AS k FROM ${one()}`,
      () => `SELECT n, k FROM ${one()} x WHERE n <= (SELECT max(k) FROM ${one()} y WHERE y.k = x.k)`,
    ])();
    lines.push(`CREATE ${word} s${names.length} AS ${query}`);
    names.push(`s${names.length}`);
  }
  // A product of products would be too much for a test.
  return `${lines.join(';\n')};\nSELECT count(*), sum(n), sum(k), min(n), max(k) FROM (SELECT * FROM s5 UNION ALL SELECT * FROM s4 UNION ALL SELECT * FROM s3)`;
}

describe('streams are views that are computed once', () => {
  test.each(seeds(Number(process.env['SSQL_STREAMS'] ?? 150)))('seed %i', async (seed) => {
    const s = await connect({ settings: { batch_rows: [1, 7, 4096][seed % 3]! } });
    const stream = await s.rows(randomScript(seed, 'STREAM'));
    const view = await s.rows(randomScript(seed, 'VIEW').replaceAll(/\bs(\d)\b/g, 'v$1'));
    expect(stream.rows).toEqual(view.rows);
    await s.close();
  });
});

describe('--job over a scan that several INSERTs share', () => {
  const LINES = 20_000;

  function setUp() {
    const folder = temporaryFolder();
    const log = join(folder, 'in.txt');
    writeFileSync(log, Array.from({ length: LINES }, (_, i) => `${i}\n`).join(''));
    for (const name of ['o', 'p']) {
      const db = new Database(join(folder, `${name}.db`));
      db.pragma('journal_mode = wal');
      db.exec('CREATE TABLE t (n INTEGER)');
      db.close();
    }
    const count = (name: string) => {
      const db = new Database(join(folder, `${name}.db`), { readonly: true });
      try {
        return db.prepare('SELECT count(*), count(DISTINCT n) FROM t').raw().get() as [number, number];
      } finally {
        db.close();
      }
    };
    const script = `INSERT INTO o.t SELECT CAST(line AS INTEGER) FROM read_lines('${log}') WHERE CAST(line AS INTEGER) % 2 = 0; INSERT INTO p.t SELECT CAST(line AS INTEGER) FROM read_lines('${log}')`;
    const args = [
      'run',
      '-q',
      '--job',
      'j',
      '--set',
      'epoch_ms=2',
      '--set',
      'batch_rows=100',
      '--db',
      `o=${folder}/o.db`,
      '--db',
      `p=${folder}/p.db`,
      '-c',
      script,
    ];
    return { folder, args, count };
  }

  test('killed again and again, no row is lost and none is there twice', { timeout: 120_000 }, async () => {
    const { args, count } = setUp();
    let midway = 0;
    let before = 0;
    for (let kills = 0; kills < 8; kills++) {
      const { child, ended } = start(args);
      // As soon as it has committed more, and a little later each time.
      const look = setInterval(() => {
        if (count('p')[0] > before) setTimeout(() => child.kill('SIGKILL'), kills * 3);
      }, 5);
      const { code } = await ended;
      clearInterval(look);
      const [n, distinct] = count('p');
      before = n;
      expect(n).toBe(distinct);
      if (n > 0 && n < LINES) midway++;
      if (code === 0) break;
    }
    expect(ssql(args)).toMatchObject({ code: 0, err: '' });
    expect([count('o'), count('p')]).toEqual([
      [LINES / 2, LINES / 2],
      [LINES, LINES],
    ]);
    expect(midway).toBeGreaterThan(0);
  });

  test('targets that are not equally far go on each from where it is', () => {
    const { folder, args, count } = setUp();
    const before = join(folder, 'before.db');
    copyFileSync(join(folder, 'p.db'), before);
    expect(ssql(args)).toMatchObject({ code: 0, err: '' });
    copyFileSync(before, join(folder, 'p.db'));
    expect(count('p')).toEqual([0, 0]);
    expect(ssql(args)).toMatchObject({ code: 0, err: '' });
    expect([count('o'), count('p')]).toEqual([
      [LINES / 2, LINES / 2],
      [LINES, LINES],
    ]);
  });
});
