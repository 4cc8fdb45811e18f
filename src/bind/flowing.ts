import { bounded } from '../plan/facts.ts';
import { timeOrdered } from '../plan/event-time.ts';
import type { Job } from '../plan/job.ts';
import type { AsofJoin } from '../plan/joins.ts';
import { inputs } from '../plan/ops.ts';
import type { Join, Plan, Sort } from '../plan/plan.ts';
import { asofTime, retentionOf } from './join-retention.ts';
import { fieldRef, joinSchema, projectPlan } from './plans.ts';

/**
 * An operator over rows that do not end, such that it gives its rows as time goes on: an ORDER BY event time is released
 * by the watermark, and of a join the side that ends is the one that is read first. Undefined where it would wait for the
 * end for ever. Its inputs are such plans already.
 *
 * @param shared the sub-plans that `shared` leaves read.
 */
export function flowing(plan: Plan, shared: Job['shared']): Plan | undefined {
  if (inputs(plan).every(bounded)) return plan;
  switch (plan.op) {
    case 'aggregate':
      return plan.closing && plan;
    case 'distinct':
    case 'setop':
    case 'over':
      return undefined;
    case 'sort':
      return sorted(plan, shared);
    case 'join':
      return joined(plan, shared);
    case 'asof':
      return nearest(plan, shared);
    default:
      return plan;
  }
}

function sorted({ schema, input, keys, origin }: Sort, shared: Job['shared']): Plan | undefined {
  const [first] = keys;
  const isTime = first?.expr.kind === 'column' && !first.descending && timeOrdered(input, shared).has(first.expr.name);
  return isTime ? { op: 'timesort', schema, input, keys, ...(origin && { origin }) } : undefined;
}

const mirrored: { readonly [K in Join['kind']]?: Join['kind'] } = { inner: 'inner', right: 'left' };

/** Whether a join is the same with its sides exchanged, under another name. */
export const isSymmetric = ({ kind }: Join): boolean => mirrored[kind] !== undefined;

function joined(plan: Join, shared: Job['shared']): Plan | undefined {
  if (plan.retention !== undefined) return plan;
  const [left, right] = [bounded(plan.left), bounded(plan.right)];
  const mirror = mirrored[plan.kind];
  if (left && !right && mirror !== undefined && plan.domain === undefined) return turned(plan, mirror);
  const waits = !right || plan.kind === 'right' || plan.kind === 'full' || plan.domain !== undefined;
  if (!waits) return plan;
  const retention = retentionOf(plan, shared);
  return retention && { ...plan, retention };
}

function nearest(plan: AsofJoin, shared: Job['shared']): Plan | undefined {
  if (bounded(plan.right)) return plan;
  const eventTime = asofTime(plan, shared);
  return eventTime && { ...plan, eventTime };
}

/** The same join with its sides exchanged: the right side is read first, so it has to be the one that ends. */
function turned(plan: Join, kind: Join['kind']): Plan {
  const { left, right, schema } = plan;
  const equal = plan.equal.map((pair) => ({ ...pair, left: pair.right, right: pair.left }));
  const join: Join = {
    ...plan,
    kind,
    left: right,
    right: left,
    equal,
    schema: joinSchema(kind, right.schema, left.schema),
  };
  return projectPlan(join, schema, schema.map(fieldRef));
}
