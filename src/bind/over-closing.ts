import { timeOrdered } from '../plan/event-time.ts';
import type { Job } from '../plan/job.ts';
import type { Over } from '../plan/over.ts';
import type { Plan } from '../plan/plan.ts';

/**
 * Window functions over rows that do not end, where a key of PARTITION BY rises with event time: a bound of windows, or
 * what closes groups. The watermark then tells which partitions are complete. Undefined where there is no such key.
 *
 * @param flowing makes the rows below come as time goes on.
 */
export function closingOver(plan: Over, flowing: (input: Plan) => Plan, shared: Job['shared']): Over | undefined {
  const sort = plan.input;
  if (sort.op !== 'sort') return undefined;
  const below = flowing(sort.input);
  const ordered = timeOrdered(below, shared);
  const time = plan.partitionBy.find(({ expr }) => expr.kind === 'column' && ordered.has(expr.name));
  if (time === undefined) return undefined;
  const partitionBy = [time, ...plan.partitionBy.filter((key) => key !== time)];
  const input: Plan = { ...sort, op: 'timesort', input: below, keys: [...partitionBy, ...plan.orderBy] };
  return { ...plan, input, partitionBy, closes: true };
}
