import { Bug } from '../../base/errors.ts';
import type { Op, Plan, PlanOf } from '../../plan/plan.ts';
import type { RunContext } from '../context.ts';
import type { Operator } from '../operator.ts';
import { distinctAggregate, isOfDistinct } from './aggregate-distinct.ts';
import { aggregateOperator } from './aggregate.ts';
import { canaryOperator } from './canary.ts';
import { tapOperator } from './tap.ts';
import { distinctOperator } from './distinct.ts';
import { changesOperator } from './changes.ts';
import { changingAggregate } from './changing-aggregate.ts';
import { filterOperator } from './filter.ts';
import { dependentJoin, domainBatches } from './dependent-join.ts';
import { delayOperator } from './delay.ts';
import { asofOperator } from './join-asof.ts';
import { streamAsofOperator } from './join-asof-stream.ts';
import { expandOperator } from './expand.ts';
import { lookupOperator } from './join-lookup.ts';
import { streamJoinOperator } from './join-stream.ts';
import { joinOperator } from './join.ts';
import { limitByOperator } from './limit-by.ts';
import { limitOperator } from './limit.ts';
import { markJoin } from './mark-join.ts';
import { numberedOperator } from './numbered.ts';
import { overOperator } from './over.ts';
import { partialAggregate } from './partial-aggregate.ts';
import { projectOperator } from './project.ts';
import { refreshOperator } from './refresh.ts';
import { setOperator } from './setop.ts';
import { withShellTime } from './shell-time.ts';
import { inSortedOrder } from './shell-sorted.ts';
import { shellOperator } from './shell.ts';
import { sortOperator } from './sort.ts';
import { timeSortOperator } from './time-sort.ts';
import { unionOperator } from './union.ts';
import { watermarkOperator } from './watermark.ts';
import { closingAggregate } from './window-aggregate.ts';
import { windowOperator } from './window.ts';

/** Operators that take rows. Sources and roots are driven by the runner itself. */
type Inner = Exclude<Op, 'values' | 'scan' | 'shared' | 'domain' | 'current' | 'output' | 'sink'>;

/** How each plan node runs; the mapped type makes the table complete. */
export const operators: { readonly [K in Inner]: (plan: PlanOf<K>, context: RunContext) => Operator } = {
  filter: filterOperator,
  project: projectOperator,
  shell: (plan, context) => inSortedOrder(plan, withShellTime(plan, context, shellOperator)),
  aggregate: (plan, context) => {
    if (plan.changes) return changingAggregate(plan, context);
    if (plan.closing !== undefined) return closingAggregate(plan, plan.closing, context);
    if (plan.partial) return partialAggregate(plan, context);
    return isOfDistinct(plan) ? distinctAggregate(plan, context) : aggregateOperator(plan, context);
  },
  refresh: (plan, context) => refreshOperator(plan, context, { operatorOf, domainOf: domainBatches }),
  changes: changesOperator,
  over: overOperator,
  sort: sortOperator,
  limit: limitOperator,
  limitby: limitByOperator,
  distinct: distinctOperator,
  union: unionOperator,
  setop: setOperator,
  join: (plan, context) => {
    if (plan.retention !== undefined) return streamJoinOperator(plan, plan.retention, context);
    const join = plan.kind === 'mark' ? markJoin(plan, context) : joinOperator(plan, context);
    const { domain } = plan;
    return domain === undefined ? join : dependentJoin({ ...plan, domain }, join);
  },
  asof: (plan, context) =>
    plan.eventTime === undefined ? asofOperator(plan, context) : streamAsofOperator(plan, context),
  lookup: lookupOperator,
  expand: expandOperator,
  tap: (plan, context) => tapOperator(plan, context, operatorOf),
  canary: (plan, context) => canaryOperator(plan, context, operatorOf),
  watermark: watermarkOperator,
  delay: delayOperator,
  numbered: numberedOperator,
  timesort: timeSortOperator,
  window: windowOperator,
};

/** @throws Bug for what takes no rows. */
export function operatorOf(plan: Plan, context: RunContext): Operator {
  const make = (operators as Partial<Record<Op, unknown>>)[plan.op] as
    ((p: Plan, c: RunContext) => Operator) | undefined;
  if (make === undefined) throw new Bug(`${plan.op} takes no rows`);
  return make(plan, context);
}
