import type { Span } from '../base/span.ts';
import { markField, timeField } from '../data/event-time.ts';
import type { Expr } from '../expr/expr.ts';
import { bounded } from '../plan/facts.ts';
import type { Job } from '../plan/job.ts';
import type { Plan } from '../plan/plan.ts';
import type { Watermark } from '../plan/watermark.ts';
import { originOf } from './fault.ts';
import { materialize } from './plans.ts';
import type { Relation } from './scope.ts';

/** ms without rows after which windows of processing time close with the clock. */
const IDLE = 1000;

/**
 * Rows that do not end, put into windows by a column of theirs that is PROCTIME(): that becomes their event time. It only
 * rises, so no row is late, and it goes on with the clock when no rows come. Other rows stay as they are.
 */
export function byProcessingTime(rows: Relation, time: Expr | undefined, shared: Job['shared'], span: Span): Relation {
  if (time?.kind !== 'column' || bounded(rows.plan) || !isProcessingTime(rows.plan, time.name, shared)) return rows;
  const named = rows.eventTime === undefined ? rows : materialize(rows);
  const plan: Watermark = {
    op: 'watermark',
    schema: [...named.plan.schema, timeField, markField],
    input: named.plan,
    label: 'PROCTIME()',
    time,
    bound: time,
    late: 'keep',
    onError: 'fail',
    idle: IDLE,
    origin: originOf(span),
  };
  return { ...named, plan, eventTime: { time: timeField, mark: markField } };
}

function isProcessingTime(plan: Plan, name: string, shared: Job['shared']): boolean {
  switch (plan.op) {
    case 'project': {
      const e = plan.exprs[plan.schema.findIndex((f) => f.name === name)];
      if (e?.kind === 'call') return e.fn === 'proctime';
      return e?.kind === 'column' && isProcessingTime(plan.input, e.name, shared);
    }
    case 'filter':
    case 'limit':
    case 'over':
      return isProcessingTime(plan.input, name, shared);
    case 'shared':
      return plan.id in shared && isProcessingTime(shared[plan.id]!, name, shared);
    default:
      return false;
  }
}
