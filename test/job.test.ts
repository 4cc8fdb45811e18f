// Exactly once into an existing table: killed at random moments and run again, the table is that of an undisturbed run.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import { ssql, start, temporaryFolder } from './support/cli.ts';

const KILLS = Number(process.env['SSQL_KILLS'] ?? 50);
const SEED = Number(process.env['SSQL_SEED']);

function random(seed: number): () => number {
  let s = seed | 0 || 1;
  return () => {
    s ^= s << 13;
    s ^= s >>> 17;
    s ^= s << 5;
    return (s >>> 0) / 4294967296;
  };
}

function setUp(lines: number): { folder: string; file: string; log: string; rows: (table?: string) => unknown[][] } {
  const folder = temporaryFolder();
  const file = join(folder, 'target.db');
  const log = join(folder, 'in.txt');
  writeFileSync(log, Array.from({ length: lines }, (_, i) => `${i} ${i % 7} line-${i}\n`).join(''));
  const db = new Database(file);
  db.pragma('journal_mode = wal');
  db.exec('CREATE TABLE t (n INTEGER, text TEXT); CREATE TABLE per (k TEXT PRIMARY KEY, n INTEGER)');
  db.close();
  const rows = (table = 't') => {
    const reader = new Database(file, { readonly: true });
    try {
      return reader.prepare(`SELECT * FROM ${table} ORDER BY rowid`).raw().all() as unknown[][];
    } finally {
      reader.close();
    }
  };
  return { folder, file, log, rows };
}

/** Kills a run after a random time; true if it was over before. */
async function killed(args: readonly string[], after: number): Promise<boolean> {
  const { child, ended } = start(args);
  const timer = setTimeout(() => child.kill('SIGKILL'), after);
  const { code } = await ended;
  clearTimeout(timer);
  return code === 0;
}

describe(`--job (SSQL_SEED=${SEED})`, () => {
  test(
    `${KILLS} SIGKILLs, each followed by a run: no row is lost, none is there twice`,
    { timeout: 600_000 },
    async () => {
      const { file, log, rows } = setUp(60_000);
      const sql = `INSERT INTO o.t SELECT CAST(line AS INTEGER), up FROM (FROM read_lines('${log}') |> SHELL 'tr a-z A-Z' READS (line) WRITES (up TEXT) AS MAP) WHERE CAST(line AS INTEGER) % 3 <> 0`;
      const args = ['-q', '--set', 'epoch_ms=5', '--set', 'batch_rows=200', '--db', `o=${file}`, '-c', sql];
      const r = random(SEED);
      const expected = Array.from({ length: 60_000 }, (_, i) => [i, `${i} ${i % 7} LINE-${i}`]).filter(
        ([n]) => (n as number) % 3 !== 0,
      );
      let finished = 0;
      let midway = 0;
      // When a job is complete the next one starts: a job's name is what makes a run a continuation.
      let job = 0;
      // ms: about as long as a run takes, which the runs tell: kills that come too early or too late mean nothing.
      let span = 700;
      let before = 0;
      for (let kills = 0; kills < KILLS; kills++) {
        if (await killed(['run', '--job', `j${job}`, ...args], 60 + r() * span)) {
          expect(rows()).toEqual(expected);
          const db = new Database(file);
          db.exec('DELETE FROM t');
          db.close();
          finished++;
          job++;
          before = 0;
          span *= 0.8;
          continue;
        }
        const so_far = rows();
        expect(so_far).toEqual(expected.slice(0, so_far.length));
        if (so_far.length > 0 && so_far.length < expected.length) midway++;
        if (so_far.length === before) span *= 1.2;
        before = so_far.length;
      }
      expect(ssql(['run', '--job', `j${job}`, ...args])).toMatchObject({ code: 0 });
      expect(rows()).toEqual(expected);
      expect(midway + finished).toBeGreaterThan(KILLS / 5);
    },
  );

  test('a plan that cannot be cut into epochs commits once, at the end', { timeout: 120_000 }, async () => {
    const { file, log, rows } = setUp(40_000);
    const sql = `INSERT INTO o.per SELECT split_part(line, ' ', 2), count(*) FROM read_lines('${log}') GROUP BY 1 ORDER BY 1`;
    const args = ['run', '-q', '--job', 'k', '--db', `o=${file}`, '-c', sql];
    const r = random(SEED + 1);
    for (let i = 0; i < 8; i++) {
      const over = await killed(args, 40 + r() * 250);
      expect([0, 7]).toContain(rows('per').length);
      if (over) break;
    }
    expect(ssql(args).code).toBe(0);
    expect(
      rows('per')
        .map(([, n]) => n)
        .reduce((a, b) => (a as number) + (b as number), 0),
    ).toBe(40_000);
    const again = ssql(args.filter((a) => a !== '-q'));
    expect(again).toMatchObject({ code: 0 });
    expect(again.err).toContain('job k is complete');
    expect(rows('per')).toHaveLength(7);
  });

  test('the same name with another query is refused', () => {
    const { file, log } = setUp(10);
    const run = (sql: string) => ssql(['run', '--job', 'x', '--db', `o=${file}`, '-c', sql]);
    expect(run(`INSERT INTO o.t SELECT 1, line FROM read_lines('${log}')`).code).toBe(0);
    const { code, err } = run(`INSERT INTO o.t SELECT 2, line FROM read_lines('${log}')`);
    expect(code).toBe(1);
    expect(err).toContain('E0604');
  });

  test('a finished job goes on with what its file has grown by', () => {
    const { file, log, rows } = setUp(10);
    const args = [
      'run',
      '--job',
      'grow',
      '--db',
      `o=${file}`,
      '-c',
      `INSERT INTO o.t SELECT 1, line FROM read_lines('${log}')`,
    ];
    expect(ssql(args).code).toBe(0);
    writeFileSync(log, 'one more\n', { flag: 'a' });
    expect(ssql(args).code).toBe(0);
    expect(rows()).toHaveLength(11);
    expect(rows().at(-1)).toEqual([1, 'one more']);
  });

  test('goes on with the progress that an earlier release kept', () => {
    const { file, log, rows } = setUp(100);
    const args = [
      '-q',
      '--db',
      `o=${file}`,
      '--job',
      'old',
      '-c',
      `INSERT INTO o.t SELECT 1, line FROM read_lines('${log}')`,
    ];
    expect(ssql(args)).toMatchObject({ code: 0, err: '' });
    const db = new Database(file);
    db.exec('ALTER TABLE _ssql_commit DROP COLUMN tools');
    db.close();
    writeFileSync(log, 'one more\n', { flag: 'a' });
    expect(ssql(args)).toMatchObject({ code: 0, err: '' });
    expect(rows()).toHaveLength(101);
    expect(rows().at(-1)).toEqual([1, 'one more']);
  });
});

describe('without --job', () => {
  test('a bounded INSERT that is killed leaves the table as it was', { timeout: 120_000 }, async () => {
    const { file, log, rows } = setUp(60_000);
    const args = ['-q', '--db', `o=${file}`, '-c', `INSERT INTO o.t SELECT 1, line FROM read_lines('${log}')`];
    const r = random(SEED + 2);
    let whole = 0;
    for (let i = 0; i < 15; i++) {
      const before = rows().length;
      await killed(args, 50 + r() * 500);
      const added = rows().length - before;
      expect([0, 60_000]).toContain(added);
      if (added > 0) whole++;
    }
    expect(whole).toBeLessThan(15);
  });

  test('a command that fails half-way: exit 1, its stderr, and nothing applied', () => {
    const { file, log, rows } = setUp(5000);
    const { code, err } = ssql([
      '--db',
      `o=${file}`,
      '-c',
      `INSERT INTO o.t SELECT 1, line FROM (FROM read_lines('${log}') |> SHELL 'head -n 3000; echo out of paper >&2; exit 3')`,
    ]);
    expect(code).toBe(1);
    expect(err).toContain('exit status 3');
    expect(err).toContain('out of paper');
    expect(rows()).toEqual([]);
  });
});
