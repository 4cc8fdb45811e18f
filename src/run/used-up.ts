import type { Type } from '../data/types.ts';
import type { Job } from '../plan/job.ts';
import { inputs, mapInputs } from '../plan/ops.ts';
import type { AggregateCall, Plan, Scan, Shell } from '../plan/plan.ts';
import { isCut } from './operators/shell-units.ts';

/** Aggregates that keep numbers only; and of what type those are of which the others copy the values that they keep. */
const numeric: ReadonlySet<string> = new Set(['count', 'sum', 'total', 'avg']);
const copied: readonly Type[] = ['INTEGER', 'REAL', 'BOOLEAN', 'TIMESTAMP', 'TEXT'];

/**
 * Whether the rows of a source (or a command) are used up as they come, with nothing of a batch kept: an aggregation takes
 * them in, and between it and the source nothing holds rows back. Then the source can read into the same memory again and
 * again.
 */
export function usedUpAtOnce(root: Plan, source: Scan | Shell): boolean {
  const path = pathTo(root, source) ?? [];
  const taker = path.findLast((plan) => plan.op !== 'filter' && plan.op !== 'project');
  return (
    taker?.op === 'aggregate' && taker.bare.length === 0 && taker.aggregates.every((a) => keepsNoBatch(a) && !a.orderBy)
  );
}

const keepsNoBatch = ({ fn, args: [arg] }: AggregateCall): boolean =>
  numeric.has(fn) || ((fn === 'min' || fn === 'max') && copied.includes(arg!.type));

/** The job with its commands told whose rows are used up at once. */
export function withUsedUp(job: Job): Job {
  const [root, ...others] = job.plans;
  if (root === undefined || others.length > 0) return job;
  const visit = (plan: Plan): Plan => {
    const below = mapInputs(plan, visit);
    if (plan.op !== 'shell' || below.op !== 'shell' || keepsRows(plan)) return below;
    return usedUpAtOnce(root, plan) ? { ...below, usedUp: true } : below;
  };
  return { ...job, plans: [visit(root)] };
}

/** Of its own rows: until those of a unit, or of a time, are complete; or the last one, to hold the next one against it. */
const keepsRows = (plan: Shell): boolean =>
  isCut(plan) || plan.time !== undefined || plan.contract.sortedBy !== undefined;

/** The operators above `source`, root first. */
function pathTo(plan: Plan, source: Plan): readonly Plan[] | undefined {
  if (plan === source) return [];
  for (const input of inputs(plan)) {
    const rest = pathTo(input, source);
    if (rest !== undefined) return [plan, ...rest];
  }
  return undefined;
}
