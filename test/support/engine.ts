import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { RunError } from '../../src/base/errors.ts';
import { connectors } from '../../src/connect/catalog.ts';
import type { Contract } from '../../src/contract/contract.ts';
import { rowsOf } from '../../src/data/batch.ts';
import { cell } from '../../src/data/cell.ts';
import type { Value } from '../../src/data/value.ts';
import { conjoin } from '../../src/expr/expr.ts';
import { inputs, mapInputs } from '../../src/plan/ops.ts';
import type { Options, Plan } from '../../src/plan/plan.ts';
import { runPlan } from '../../src/run/local.ts';
import { runContext } from '../../src/run/start.ts';
import type { Observation } from './naive.ts';
import { looked, table } from './plans.ts';

/** What the real engine makes of a plan over `table` (plans.ts), whose rows are the lines of a TSV file. */
export async function observeEngine(plan: Plan, lines: readonly string[], batchRows: number): Promise<Observation> {
  const folder = mkdtempSync(join(tmpdir(), 'ssql-'));
  const cwd = mkdtempSync(join(tmpdir(), 'ssql-'));
  try {
    const path = join(folder, 't.tsv');
    writeFileSync(path, lines.map((line) => `${line}\n`).join(''));
    const columns = table.schema.map((f) => f.name);
    const options = { path: [path], format: 'tsv', header: false, columns };
    const described = await connectors.get('file')!.source!.describe(options, table.schema);
    const file = join(folder, 'looked.db');
    if (usesLookup(plan)) fillLooked(file);
    const rows = await run(placed(plan, described.options, cwd, file), batchRows);
    const files = readdirSync(cwd).map((name) => [name, readFileSync(join(cwd, name), 'latin1')] as const);
    return { rows, files: Object.fromEntries(files) };
  } finally {
    rmSync(folder, { recursive: true });
    rmSync(cwd, { recursive: true });
  }
}

const usesLookup = (plan: Plan): boolean => plan.op === 'lookup' || inputs(plan).some(usesLookup);

function fillLooked(file: string): void {
  const db = new Database(file);
  db.exec('CREATE TABLE r (k TEXT, v TEXT); CREATE INDEX r_k ON r (k)');
  for (const row of looked) db.prepare('INSERT INTO r VALUES (?, ?)').run(row);
  db.close();
}

async function run(plan: Plan, batchRows: number): Promise<Observation['rows']> {
  const rows: Value[][] = [];
  const context = runContext({}, {}, { batch_rows: String(batchRows) }, (batch) => {
    for (const row of rowsOf(batch)) rows.push(batch.schema.map((f, c) => cell(batch.columns[c]!, f.type, row)));
  });
  try {
    await runPlan(plan, context);
    return rows;
  } catch (error) {
    if (error instanceof RunError) return 'fault';
    throw error;
  }
}

/** The same plan over the file, its commands in `cwd`. A file applies no predicates: they stand above it again. */
function placed(plan: Plan, options: Options, cwd: string, file: string): Plan {
  if (plan.op === 'shell') {
    const needs: Contract = { needs: { value: { cwd }, by: 'declared' } };
    const input = plan.input && placed(plan.input, options, cwd, file);
    return { ...plan, contract: { ...plan.contract, ...needs }, ...(input && { input }) };
  }
  if (plan.op !== 'scan') {
    const below = mapInputs(plan, (input) => placed(input, options, cwd, file));
    return below.op === 'lookup' ? { ...below, file } : below;
  }
  const { pushed, limit, ...scan } = plan;
  if (pushed === undefined) return { ...scan, connector: 'file', options, ...(limit !== undefined && { limit }) };
  const input: Plan = { ...scan, connector: 'file', options, schema: table.schema };
  const filtered: Plan = { op: 'filter', input, predicate: conjoin(pushed), schema: input.schema };
  const exprs = plan.schema.map((f) => ({ kind: 'column', name: f.name, type: f.type }) as const);
  return { op: 'project', input: filtered, schema: plan.schema, exprs };
}
