import { hasEventTime } from '../data/event-time.ts';
import { integer, type Expr } from '../expr/expr.ts';
import { inputs, mapInputs } from '../plan/ops.ts';
import type { Plan } from '../plan/plan.ts';
import type { Delay, Watermark } from '../plan/watermark.ts';
import type * as ast from '../syntax/ast.ts';
import { call } from './call.ts';
import type { QueryContext } from './context.ts';
import { constantMs } from './durations.ts';
import { fault } from './fault.ts';
import type { Relation } from './scope.ts';

/**
 * EMIT .. WITH DELAY d: windows close d later, and are open for late rows so much longer. TIMEOUT d: for this query, what
 * it reads has an `idle_timeout` of d. Streams that others read, too, stay as they are: the query waits by itself.
 */
export function delayed(query: QueryContext, rows: Relation, emit: ast.Emit | undefined): Relation {
  const { interval, timeout } = emit ?? {};
  const by = interval === undefined ? 0 : constantMs(query, interval, 'DELAY', 0) * 1000;
  const idle = timeout === undefined ? undefined : constantMs(query, timeout, 'TIMEOUT');
  if (by === 0 && idle === undefined) return rows;
  if (!isTimed(rows.plan))
    fault(
      'E0212',
      emit!.span,
      `EMIT with ${by > 0 ? 'DELAY' : 'TIMEOUT'}, but nothing that is read here has event time`,
      {
        label: 'there is no watermark to wait for',
        help: ['declare it: WATERMARK FOR its column in CREATE SOURCE'],
      },
    );
  return { ...rows, plan: waiting(rows.plan, by, idle) };
}

const isSource = (plan: Plan): plan is Watermark | Extract<Plan, { op: 'shared' }> =>
  plan.op === 'watermark' || (plan.op === 'shared' && hasEventTime(plan.schema));
const isTimed = (plan: Plan): boolean => isSource(plan) || inputs(plan).some(isTimed);

function waiting(plan: Plan, by: number, idle: number | undefined): Plan {
  if (!isSource(plan)) return mapInputs(plan, (input) => waiting(input, by, idle));
  const waits = idle === undefined ? {} : { idle };
  if (plan.op === 'watermark') return { ...plan, bound: earlier(plan.bound, by), ...waits };
  const delay: Delay = { op: 'delay', schema: plan.schema, input: plan, by, ...waits };
  return delay;
}

function earlier(bound: Expr, us: number): Expr {
  return us === 0 ? bound : call('timestamp_add', [bound, integer(0), integer(-us)]);
}
