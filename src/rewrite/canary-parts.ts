import type { Contract } from '../contract/contract.ts';
import type { Job } from '../plan/job.ts';
import type { Plan, Scan, Shell } from '../plan/plan.ts';

/** What is promised of each command of a Shell. */
export const stagesOf = (shell: Shell): readonly Contract[] =>
  [shell, ...(shell.fused ?? [])].map((stage) => stage.contract);

/** Whether it only leaves columns out, or in another order. */
export const isNarrowing = (link: Plan): boolean =>
  link.op === 'project' && link.exprs.every((e, i) => e.kind === 'column' && e.name === link.schema[i]!.name);

/** What an operator does, whatever columns are carried past it. */
export const essence = (plan: Plan): unknown =>
  JSON.parse(
    JSON.stringify({ ...plan, schema: null }, (key, value: unknown) =>
      ['input', 'inputs', 'left', 'right', 'origin', 'contract', 'carried', 'schema'].includes(key) ? undefined : value,
    ),
  );

/** Whether the rows below both are the same ones; of a source some may have been left out by what the chain says, too. */
export function isSameSource(written: Plan, rewritten: Plan, shared: Job['shared']): boolean {
  const plan = rewritten.op === 'shared' ? shared[rewritten.id]! : rewritten;
  if (written.op !== 'scan' || plan.op !== 'scan' || plan.query !== undefined) return false;
  return written.connector === plan.connector && JSON.stringify(written.options) === JSON.stringify(plan.options);
}

/** The plan with these columns, too; undefined where it cannot have them. */
export function widened(plan: Plan, needed: Scan['schema']): Plan | undefined {
  const missing = needed.filter((field) => !plan.schema.some((f) => f.name === field.name));
  if (missing.length === 0) return plan;
  return plan.op === 'scan' ? { ...plan, schema: [...plan.schema, ...missing] } : undefined;
}
