// Nexmark in our dialect: each query of queries/nexmark runs over the seeded generator, and gives what a formulation in
// plain SQLite (test/nexmark) gives on the same events.
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ssql } from './support/cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'ssql-nexmark-'));
const oracle = new Database(':memory:');
const names = readdirSync('queries/nexmark').filter((name) => /^q\d+\.ssql$/.test(name));

type Value = string | number | null;

/** A TIMESTAMP, which is in ISO 8601 in JSON, as the text that it is in SQLite. */
const asText = (_: string, value: unknown): unknown =>
  typeof value === 'string' ? value.replace(/^(\d{4}-\d\d-\d\d)T([\d:.]+)Z$/, '$1 $2') : value;

/** The rows of a script that is run behind the model of the auction site. */
function rowsOf(args: readonly string[]): Record<string, Value>[] {
  const { code, out, err } = ssql(['--mode', 'jsonl', 'run', 'model.ssql', ...args], { cwd: folder });
  expect([code, err]).toEqual([0, err]);
  return out.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line, asText) as Record<string, Value>]));
}

beforeAll(() => {
  cpSync('queries/nexmark', folder, { recursive: true });
  const side = new Database(join(folder, 'side-input.db'));
  side.exec('CREATE TABLE side_input (key INTEGER PRIMARY KEY, value TEXT)');
  const insert = side.prepare('INSERT INTO side_input VALUES (?, ?)');
  side.transaction(() => {
    for (let key = 0; key < 10_000; key++) insert.run(BigInt(key), `v${key}`);
  })();
  side.close();
  oracle.function('stamp', { deterministic: true }, (ms: unknown) => stamp(Number(ms)));
  for (const table of ['person', 'auction', 'bid']) load(table, rowsOf(['-c', `SELECT * FROM ${table}`]));
}, 120_000);
afterAll(() => {
  oracle.close();
  rmSync(folder, { recursive: true });
});

/** A table as the generator made it, with `ms`, its event time in ms since 1970. */
function load(table: string, rows: readonly Record<string, Value>[]): void {
  const columns = Object.keys(rows[0]!);
  oracle.exec(`CREATE TABLE ${table} (${columns.join(', ')}, ms INTEGER)`);
  const insert = oracle.prepare(`INSERT INTO ${table} VALUES (${columns.map(() => '?').join(', ')}, ?)`);
  oracle.transaction(() => {
    for (const row of rows)
      insert.run(...columns.map((name) => exact(row[name]!)), BigInt(msOf(String(row['dateTime']))));
  })();
}

const exact = (value: Value): Value | bigint =>
  typeof value === 'number' && Number.isInteger(value) ? BigInt(value) : value;
const msOf = (text: string): number => Math.round(Date.parse(`${text.replace(' ', 'T')}Z`));
/** As we print a TIMESTAMP: no fraction where it is 0. */
const stamp = (ms: number): string =>
  new Date(ms).toISOString().replace('T', ' ').replace('Z', '000').replace('.000000', '');

/** As a bag: each row as text, numbers to 9 digits. */
const bag = (rows: readonly (readonly Value[])[]): string[] =>
  rows.map((row) => JSON.stringify(row.map((v) => (typeof v === 'number' ? Number(v.toPrecision(9)) : v)))).sort();

const formulationOf = (name: string): string => join('test/nexmark', name.replace('.ssql', '.sql'));

test('all but what has no formulation are compared', () => {
  expect([names.length, names.filter((name) => !existsSync(formulationOf(name)))]).toEqual([
    24,
    ['q10.ssql', 'q12.ssql'],
  ]);
});

describe.each(names.filter((name) => existsSync(formulationOf(name))))('%s', (name) => {
  test('gives what plain SQLite gives', () => {
    const expected = oracle
      .prepare(readFileSync(formulationOf(name), 'utf8'))
      .raw()
      .all() as Value[][];
    expect(expected.length).toBeGreaterThan(0);
    expect(bag(rowsOf([name]).map((row) => Object.values(row)))).toEqual(bag(expected));
  });
});

test('q10 writes each bid into the file of its minute', () => {
  rowsOf(['q10.ssql']);
  const root = resolve(folder, 'nexmark-q10');
  const lines = readdirSync(root).flatMap((day) =>
    readdirSync(join(root, day)).flatMap((file) => {
      const minute = `${day} ${file.replace('.csv', '').replace('-', ':')}`;
      const [, ...rows] = readFileSync(join(root, day, file), 'utf8')
        .trimEnd()
        .split('\n');
      for (const row of rows) expect(row).toContain(minute);
      return rows;
    }),
  );
  expect(lines).toHaveLength(oracle.prepare('SELECT count(*) FROM bid').pluck().get() as number);
});

test('q12 counts every bid once, in windows of processing time', () => {
  const counted = rowsOf(['q12.ssql']).reduce((n, row) => n + Number(row['bid_count']), 0);
  expect(counted).toBe(oracle.prepare('SELECT count(*) FROM bid').pluck().get());
});

test.each(['q18', 'q19'])('%s as it changes comes to what it is at the end', (name) => {
  const kept = new Map<string, number>();
  const keysOnce = new Map<string, number>();
  for (const { op, ...row } of rowsOf([`${name}-changes.ssql`])) {
    const text = JSON.stringify(bag([Object.values(row)]));
    const key = JSON.stringify([row['auction'], row['bidder']]);
    const by = op === '+I' || op === '+U' ? 1 : -1;
    kept.set(text, (kept.get(text) ?? 0) + by);
    keysOnce.set(key, (keysOnce.get(key) ?? 0) + by);
    expect(kept.get(text)).toBeGreaterThanOrEqual(0);
    if (name === 'q18') expect(keysOnce.get(key)).toBeLessThanOrEqual(1);
  }
  const expected = oracle
    .prepare(readFileSync(formulationOf(`${name}.ssql`), 'utf8'))
    .raw()
    .all() as Value[][];
  const found = [...kept].flatMap(([text, times]) => Array.from({ length: times }, () => text)).sort();
  expect(found).toEqual(bag(expected).map((row) => JSON.stringify([row])).sort()); // prettier-ignore
});
