import { hasEventTime, markField, timeField } from '../data/event-time.ts';
import type { SortKey } from '../expr/expr.ts';
import { timeOrdered } from '../plan/event-time.ts';
import type { Job } from '../plan/job.ts';
import type { Over } from '../plan/over.ts';
import type { Plan } from '../plan/plan.ts';
import type { TimeSort } from '../plan/watermark.ts';
import { Clocks } from './window-clock.ts';

/**
 * Window functions over rows that do not end, where a key of PARTITION BY rises with event time: a bound of windows,
 * what closes groups, or anything else that never falls, such as date(ts). The watermark then tells which partitions are complete. Undefined where there is no such key.
 *
 * @param flowing makes the rows below come as time goes on.
 */
export function closingOver(plan: Over, flowing: (input: Plan) => Plan, shared: Job['shared']): Over | undefined {
  const sort = plan.input;
  if (sort.op !== 'sort') return undefined;
  const below = flowing(sort.input);
  const ordered = timeOrdered(below, shared);
  const isTime = ({ expr }: SortKey) => expr.kind === 'column' && ordered.has(expr.name);
  const found =
    plan.partitionBy.filter(isTime).map((key) => ({ key }))[0] ?? closingKey(plan.partitionBy, below, shared);
  if (found === undefined) return undefined;
  const { key: time, ...closing } = found;
  const partitionBy = [time, ...plan.partitionBy.filter((key) => key !== time)];
  const input: Plan = { ...sort, op: 'timesort', input: below, keys: [...partitionBy, ...plan.orderBy], ...closing };
  return { ...plan, input, partitionBy, closes: true };
}

/** A key whose value at the watermark tells which of its values are complete. */
function closingKey(
  keys: readonly SortKey[],
  plan: Plan,
  shared: Job['shared'],
): { readonly key: SortKey; readonly closing: NonNullable<TimeSort['closing']> } | undefined {
  if (!hasEventTime(plan.schema)) return undefined;
  const clocks = new Clocks(shared);
  for (const key of keys) {
    if (key.expr.kind !== 'column') continue;
    const clock = clocks.clockOf({ plan, eventTime: { time: timeField, mark: markField } }, key.expr);
    if (clock !== undefined) return { key, closing: { column: key.expr.name, clock } };
  }
  return undefined;
}
