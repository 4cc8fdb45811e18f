import { QueryError, type Diagnostic } from './base/errors.ts';
import type { Source } from './base/span.ts';
import type { CompiledStep } from './compiled.ts';
import type { Rehearsal } from './connect/sqlite/rehearsal.ts';
import { inputs } from './plan/ops.ts';
import type { Database, Plan } from './plan/plan.ts';
import type { Step } from './plan/step.ts';
import { parse } from './syntax/parse.ts';
import { changesSchema, parts } from './parts.ts';

/**
 * A script is bound part by part, since statements behind a CREATE TABLE are bound against that table. So that a faulty one
 * does not leave the table behind, the whole script is bound before the first part is run, against copies of the schemas.
 */

/** Whether a script has several parts. Few do, and the others shall not pay for it. */
export const hasParts = (source: Source): boolean =>
  /\b(create|drop|alter|begin|savepoint|commit|end|rollback|release)\b/i.test(source.text) &&
  parts(parse(source)).length > 1;

/**
 * @param rehearsed the parts of the script, of which nothing is run.
 * @throws QueryError with the faults that the text has, whatever is done before it.
 */
export async function foresee(rehearsed: AsyncIterable<readonly CompiledStep[]>): Promise<void> {
  try {
    for await (const part of rehearsed) if (part.some(({ step }) => canMakeAnything(step))) return;
  } catch (error) {
    // What SQLite refuses, or what cannot be read, may be otherwise when it is met.
    if (error instanceof QueryError && error.diagnostics.every(isOfText)) throw error;
  }
}

const isOfText = ({ code }: Diagnostic): boolean => !/^E0[67]/.test(code);

/** Whether a step may make more than tables, so that nobody knows what those behind it find: files, or whatever commands do. */
function canMakeAnything(step: Step): boolean {
  if (step.kind === 'sqlite') return /^\s*attach\b/i.test(step.sql);
  return step.kind === 'run' && [...step.plans, ...Object.values(step.shared ?? {})].some(makesMore);
}

const makesMore = (plan: Plan): boolean =>
  (plan.op === 'sink' && plan.connector !== 'sqlite') ||
  (plan.op === 'shell' && plan.contract.effects?.value !== 'none') ||
  inputs(plan).some(makesMore);

/** Makes in copies of the schemas the tables that a step would make. @throws RunError with what SQLite says. */
export function rehearseStep(rehearsal: Rehearsal, step: Step, databases: Readonly<Record<string, Database>>): void {
  if (step.kind === 'sqlite' && changesSchema(step.sql)) rehearsal.run(databases[step.database]!.file, step.sql);
  if (step.kind !== 'run') return;
  for (const plan of step.plans) {
    const { file, create } = plan.op === 'sink' ? plan.options : {};
    if (typeof file === 'string' && typeof create === 'string') rehearsal.run(file, create);
  }
}
