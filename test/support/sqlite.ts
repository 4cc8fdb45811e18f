import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import Database from 'better-sqlite3';
import { build } from 'esbuild';
import { afterAll, onTestFinished } from 'vitest';
import type { ConnectContext, SinkHandle } from '../../src/connect/connector.ts';
import { sqlite } from '../../src/connect/sqlite/connector.ts';
import type { RecordBatch } from '../../src/data/batch.ts';
import { cell } from '../../src/data/cell.ts';
import type { Value } from '../../src/data/value.ts';
import type { Expr } from '../../src/expr/expr.ts';
import type { Options } from '../../src/plan/plan.ts';
import type { Schema } from '../../src/data/types.ts';

/** A database that goes with the test, made by some SQL. */
export function database(sql: string, journal: 'wal' | 'delete' = 'wal'): { file: string; db: Database.Database } {
  const folder = mkdtempSync(join(tmpdir(), 'ssql-sqlite-'));
  const file = join(folder, 'test.db');
  const db = new Database(file);
  db.pragma(`journal_mode = ${journal}`);
  db.exec(sql);
  onTestFinished(() => {
    db.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return { file, db };
}

export const context = (more: Partial<ConnectContext> = {}): ConnectContext => ({
  signal: new AbortController().signal,
  batchRows: 4096,
  busyTimeout: 5000,
  countBytes: () => undefined,
  countSkipped: () => undefined,
  expectBytes: () => undefined,
  ...more,
});

/** All cells of all rows of a batch. */
export const cells = ({ length, columns, schema }: RecordBatch): Value[][] =>
  Array.from({ length }, (_, row) => schema.map((field, c) => plain(cell(columns[c]!, field.type, row))));

/** Buffers as plain byte arrays, so that they compare. */
const plain = (value: Value): Value => (value instanceof Uint8Array ? new Uint8Array(value) : value);

export interface ReadOptions {
  readonly columns?: readonly string[];
  readonly pushed?: readonly Expr[];
  readonly limit?: number;
  readonly options?: Options;
  readonly context?: Partial<ConnectContext>;
  readonly at?: { readonly [key: string]: number | string };
  /** Called when the table has been described, before it is read. */
  readonly before?: () => Promise<unknown>;
  /** What is kept of a batch. Default: all its cells. */
  readonly convert?: (batch: RecordBatch) => Value[][];
  /** Called between two batches. */
  readonly pause?: () => Promise<void>;
}

/** What the connector gives of a table. */
export async function read(file: string, table: string, how: ReadOptions = {}) {
  const described = await sqlite.source!.describe({ file, table, ...how.options }, undefined);
  await how.before?.();
  const schema = how.columns?.map((name) => described.schema.find((f) => f.name === name)!) ?? described.schema;
  const rows: Value[][] = [];
  const offsets: unknown[] = [];
  const request = {
    options: described.options,
    schema,
    pushed: how.pushed ?? [],
    label: table,
    ...(how.limit !== undefined && { limit: how.limit }),
  };
  for await (const { batch, next } of sqlite.source!.open(request, how.at, context(how.context))) {
    rows.push(...(how.convert ?? cells)(batch));
    offsets.push(next);
    await how.pause?.();
  }
  return { schema, rows, offsets };
}

/** What better-sqlite3 gives, exactly. */
export const truth = (db: Database.Database, sql: string): Value[][] =>
  (db.prepare(sql).raw().safeIntegers().all() as Value[][]).map((row) => row.map(plain));

export async function openSink(
  file: string,
  table: string,
  schema: Schema,
  how: {
    columns?: string[];
    options?: Options;
    context?: Partial<ConnectContext>;
    job?: { name: string; fingerprint?: string; part?: number };
  } = {},
): Promise<SinkHandle> {
  const { columns, options } = await sqlite.sink!.describe({ file, table, ...how.options }, schema, how.columns);
  const job = how.job && { part: 0, fingerprint: 'f', ...how.job };
  return sqlite.sink!.open({ options, schema, columns, label: table, ...(job && { job }) }, context(how.context));
}

let bundled: Promise<string> | undefined;
afterAll(async () => {
  if (bundled !== undefined) rmSync(dirname(await bundled), { recursive: true, force: true });
});

/** A process of its own, running `sqlite-child.ts` from a bundle; killed with the test. */
export async function child(mode: string, ...args: readonly (string | number)[]): Promise<ChildProcess> {
  bundled ??= bundle();
  const process_ = fork(await bundled, [mode, ...args.map(String)], {
    env: { ...process.env, NODE_PATH: resolve('node_modules') },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    execArgv: [],
  });
  onTestFinished(() => void process_.kill('SIGKILL'));
  return process_;
}

async function bundle(): Promise<string> {
  const outfile = join(mkdtempSync(join(tmpdir(), 'ssql-child-')), 'child.mjs');
  await build({
    entryPoints: ['test/support/sqlite-child.ts'],
    bundle: true,
    platform: 'node',
    format: 'esm',
    external: ['better-sqlite3'],
    outfile,
    logLevel: 'error',
    banner: { js: "import { createRequire as __r } from 'node:module'; const require = __r(import.meta.url);" },
  });
  return outfile;
}

/** The next message of a child. */
export async function message(process_: ChildProcess): Promise<unknown> {
  const [said] = (await once(process_, 'message')) as [unknown];
  return said;
}

export async function killed(process_: ChildProcess): Promise<void> {
  if (process_.exitCode !== null || process_.signalCode !== null) return;
  const over = once(process_, 'exit');
  process_.kill('SIGKILL');
  await over;
}
