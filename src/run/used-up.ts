import { inputs } from '../plan/ops.ts';
import type { Plan, Scan } from '../plan/plan.ts';

/** Aggregates that keep numbers only. */
const numeric: ReadonlySet<string> = new Set(['count', 'sum', 'total', 'avg']);

/**
 * Whether the rows of a source are used up as they come, with nothing of a batch kept: an aggregation takes them in, and
 * between it and the source nothing holds rows back. Then the source can read into the same memory again and again.
 */
export function usedUpAtOnce(root: Plan, source: Scan): boolean {
  const path = pathTo(root, source) ?? [];
  const taker = path.findLast((plan) => plan.op !== 'filter' && plan.op !== 'project');
  return (
    taker?.op === 'aggregate' &&
    taker.bare.length === 0 &&
    taker.aggregates.every((a) => numeric.has(a.fn) && !a.orderBy)
  );
}

/** The operators above `source`, root first. */
function pathTo(plan: Plan, source: Scan): readonly Plan[] | undefined {
  if (plan === source) return [];
  for (const input of inputs(plan)) {
    const rest = pathTo(input, source);
    if (rest !== undefined) return [plan, ...rest];
  }
  return undefined;
}
