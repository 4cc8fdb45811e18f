import { alignmentOf, isPerRecord } from '../contract/aligned.ts';
import { bounded } from '../plan/facts.ts';
import type { Job } from '../plan/job.ts';
import { inputs, mapInputs } from '../plan/ops.ts';
import type { Plan, Shell } from '../plan/plan.ts';

/**
 * The job with its commands watched, see `guard` of a Shell: where their rows are shown as they come, they are held back
 * until it is certain whose they are.
 */
export function withGuards({ plans, shared }: Job): Job {
  const shown = new Set<string>();
  const visit = (plan: Plan, isShown: boolean): Plan => {
    if (plan.op === 'shared' && isShown) shown.add(plan.id);
    const below = mapInputs(plan, (input) => visit(input, isShown && !waits(plan)));
    if (below.op !== 'shell' || !isWatched(below)) return below;
    // Where no column goes around it, a row may be missing, but none is a wrong one.
    const isCarrying = below.carried.length > 0 || below.call !== undefined;
    return { ...below, guard: isShown && isCarrying ? 'hold' : 'watch' };
  };
  const roots = plans.map((plan) => visit(plan, showsAtOnce(plan)));
  // Readers come before what they read.
  const subPlans = Object.entries(shared).map(([id, plan]) => [id, visit(plan, shown.has(id))] as const);
  return { plans: roots, shared: Object.fromEntries(subPlans) };
}

/** Rows that are asked for, printed or given to a command; and rows without end, which are committed as they come. */
const showsAtOnce = (plan: Plan): boolean => plan.op !== 'sink' || plan.connector === 'stdout' || !bounded(plan);

/** Nothing comes out of it before all has gone in. */
const waits = (plan: Plan): boolean =>
  bounded(plan) &&
  inputs(plan).length === 1 &&
  (plan.op === 'sort' || (plan.op === 'aggregate' && plan.closing === undefined && plan.changes === undefined));

function isWatched({ input, contract, fused, onError, ...ways }: Shell): boolean {
  const { mode, groups, time, copies, retries, protocol } = ways;
  if (input === undefined) return false;
  if ([mode, groups, time, copies, retries, protocol].some((way) => way !== undefined)) return false;
  if ((onError ?? 'fail') !== 'fail') return false;
  const stages = [contract, ...(fused ?? []).map((stage) => stage.contract)];
  return stages.every((c) => isPerRecord(c) && alignmentOf(c) === 'one');
}
