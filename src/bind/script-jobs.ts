import { realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import { openDatabase } from '../connect/sqlite/driver.ts';
import { bounded } from '../plan/facts.ts';
import type { Job } from '../plan/job.ts';
import { inputs } from '../plan/ops.ts';
import type { Plan, Sink } from '../plan/plan.ts';
import type { BoundStep } from './bind.ts';
import { sameName } from './names.ts';

type RunStep = Extract<BoundStep, { kind: 'run' }>;

/** Steps of one statement, and whether they may run together with those before them. */
export interface StatementSteps {
  readonly steps: readonly BoundStep[];
  /** The statement looks at what was done before it. */
  readonly isCut: boolean;
}

/**
 * The steps of a script. INSERTs that follow each other become one job, so that they can share what they read; but not
 * where one has to see what another has done, or where rows and effects would come in another order than written.
 * Rows that never end leave no choice: what stands behind them runs beside them.
 */
export function scriptSteps(statements: readonly StatementSteps[]): readonly BoundStep[] {
  const done: BoundStep[] = [];
  let isCut = true;
  for (const statement of statements) {
    isCut ||= statement.isCut;
    for (const step of statement.steps) {
      const last = done.at(-1);
      if (!isCut && step.kind === 'run' && last?.kind === 'run' && mayJoin(last, step))
        done[done.length - 1] = joined(last, step);
      else done.push(step);
      isCut = false;
    }
  }
  return done;
}

/** BEGIN STATEMENT SET: one job, whatever its INSERTs are. Each reads what was there before. */
export function oneJob(steps: readonly BoundStep[]): readonly BoundStep[] {
  const runs = steps.filter((step) => step.kind === 'run');
  return runs.length === 0 ? steps : [runs.reduce(joined)];
}

const joined = (a: RunStep, b: RunStep): RunStep => ({
  ...a,
  job: { plans: [...a.job.plans, ...b.job.plans], shared: { ...a.job.shared, ...b.job.shared } },
});

function mayJoin(before: RunStep, step: RunStep): boolean {
  if (JSON.stringify(before.settings) !== JSON.stringify(step.settings)) return false;
  const written = sinksOf(before.job);
  const writes = sinksOf(step.job);
  if (written === undefined || writes === undefined) return false;
  if (!before.job.plans.every(bounded)) return true;
  // What a command does, and what is printed, happens at once, not when the job is committed.
  if ([...written, ...writes].some((sink) => isImmediate(sink))) return false;
  const files = new Set(written.map(fileOf).filter((file) => file !== undefined));
  if (writes.some((sink) => files.has(fileOf(sink) ?? ''))) return false;
  const read = [...step.job.plans, ...Object.values(step.job.shared)].flatMap(placesRead);
  return !written.some((sink) => read.some((place) => depends(place, sink)));
}

/** Undefined where rows go to the user: they depend on all that was done before. */
function sinksOf({ plans }: Job): readonly Sink[] | undefined {
  const sinks = plans.filter((plan) => plan.op === 'sink');
  return sinks.length === plans.length ? sinks : undefined;
}

const isImmediate = ({ connector }: Sink): boolean => connector === 'stdout';

/** A file, or a table of a database. */
interface Place {
  readonly file: string;
  readonly table?: string;
}

/** The file to which the rows of a sink go; a database takes rows in any order. */
const fileOf = ({ connector, options }: Sink): string | undefined =>
  connector === 'sqlite' ? undefined : pathOf(options['target'] ?? options['path']);

function placesRead(plan: Plan): readonly Place[] {
  const below = inputs(plan).flatMap(placesRead);
  if (plan.op === 'lookup') return [{ file: plan.file, table: plan.table }, ...below];
  if (plan.op !== 'scan') return below;
  const { file, table, files } = plan.options;
  if (typeof file === 'string') return [{ file, ...(typeof table === 'string' && { table }) }];
  if (!Array.isArray(files)) return [];
  return (files as readonly { readonly path: string }[]).map(({ path }) => ({ file: path }));
}

/** Whether writing to the sink can change what is read there. */
function depends(read: Place, { options }: Sink): boolean {
  const file = pathOf(read.file);
  if (read.table === undefined) return file === pathOf(options['target'] ?? options['path']);
  const { table } = options;
  if (file !== pathOf(options['file']) || typeof table !== 'string') return false;
  return sameName(read.table, table) || spreads(read.file);
}

/** One name for a file, however it is reached. */
function pathOf(path: unknown): string | undefined {
  if (typeof path !== 'string') return undefined;
  try {
    return realpathSync(path);
  } catch {
    return resolve(path);
  }
}

/** Whether what is inserted into one table of a database can show in another: by a view, a trigger, a foreign key. */
function spreads(file: string): boolean {
  const db = openDatabase(file, { readOnly: true });
  try {
    const sql =
      "SELECT 1 FROM main.sqlite_schema WHERE type IN ('view', 'trigger') OR sql LIKE '%ON DELETE%' OR sql LIKE '%ON UPDATE%'";
    return db.prepare(sql).get() !== undefined;
  } finally {
    db.close();
  }
}
