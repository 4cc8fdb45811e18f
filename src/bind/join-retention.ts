import { markField, timeField } from '../data/event-time.ts';
import type { Field } from '../data/types.ts';
import { conjuncts, integer, type Expr } from '../expr/expr.ts';
import { bounded } from '../plan/facts.ts';
import type { Job } from '../plan/job.ts';
import type { AsofJoin, Horizon, Retention } from '../plan/joins.ts';
import type { Join, Plan } from '../plan/plan.ts';
import { call } from './call.ts';
import { fieldRef, readsOnly } from './plans.ts';
import type { EventTime } from './scope.ts';
import { Clocks } from './window-clock.ts';

/** One side of a join: its rows, its event time, and which of its columns are that time with something added. */
interface Side {
  readonly plan: Plan;
  readonly eventTime: EventTime | undefined;
  /** us that an expression is above the event time of its row; undefined where it is no such function of it. */
  readonly above: (e: Expr) => number | undefined;
}

/**
 * How a join can forget the rows of sides that stream at once: by the bounds in event time that its condition gives, or
 * by the time that `SET state_ttl` says. Undefined where neither tells when a row is not needed any more, or where a row
 * without a match would have to wait for ever.
 */
export function retentionOf(plan: Join, shared: Job['shared']): Retention | undefined {
  const { kind, domain, ttl } = plan;
  if (kind === 'mark' || domain !== undefined) return undefined;
  const [left, right] = [sideOf(plan.left, shared), sideOf(plan.right, shared)];
  const until = horizons(plan, left, right);
  const [leftEnds, rightEnds] = [bounded(plan.left), bounded(plan.right)];
  const needsLeft = !rightEnds && (!leftEnds || kind === 'left' || kind === 'full' || kind === 'anti');
  const needsRight = !leftEnds && (!rightEnds || kind === 'right' || kind === 'full');
  if ((!needsLeft || until.left !== undefined) && (!needsRight || until.right !== undefined))
    return { left: horizon(left, until.left), right: horizon(right, until.right) };
  return ttl === undefined ? undefined : { left: horizon(left), right: horizon(right), ttl };
}

function horizon({ eventTime }: Side, until?: Expr): Horizon {
  return {
    ...(until && { until }),
    ...(eventTime && { eventTime: { time: eventTime.time.name, mark: eventTime.mark.name } }),
  };
}

/** The names of `$mark` for an ASOF join whose right side does not end; undefined where it is not by event time. */
export function asofTime({ left, right, nearest }: AsofJoin, shared: Job['shared']): AsofJoin['eventTime'] {
  const [l, r] = [sideOf(left, shared), sideOf(right, shared)];
  if (r.eventTime === undefined || r.above(nearest.right) !== 0) return undefined;
  const rightMark = r.eventTime.mark.name;
  if (l.eventTime !== undefined && l.above(nearest.left) === 0) return { leftMark: l.eventTime.mark.name, rightMark };
  // Without the times of the left no row of the right could be forgotten.
  return bounded(left) && nearest.left.type === 'TIMESTAMP' ? { rightMark } : undefined;
}

function sideOf(plan: Plan, shared: Job['shared']): Side {
  const eventTime = eventTimeOf(plan);
  const clocks = new Clocks(shared);
  return {
    plan,
    eventTime,
    above: (e) => {
      const form = eventTime && clocks.clockOf({ plan, eventTime }, e);
      return form && constantAbove(form, eventTime.time.name);
    },
  };
}

/** The hidden columns of a plan; of the right side of a join, projections give them other names. */
export function eventTimeOf(plan: Plan): EventTime | undefined {
  const [time, mark] = [renamed(plan, timeField.name), renamed(plan, markField.name)];
  return time && mark && { time, mark };
}

function renamed(plan: Plan, name: string): Field | undefined {
  const own = plan.schema.find((f) => f.name === name);
  if (own !== undefined || (plan.op !== 'project' && plan.op !== 'filter')) return own;
  const below = renamed(plan.input, name);
  return plan.schema.find((field, i) => {
    const e = plan.op === 'project' ? plan.exprs[i]! : fieldRef(field);
    return below !== undefined && e.kind === 'column' && e.name === below.name;
  });
}

function constantAbove(form: Expr, time: string): number | undefined {
  if (form.kind === 'column') return form.name === time ? 0 : undefined;
  if (form.kind !== 'call' || form.fn !== 'timestamp_add') return undefined;
  const [base, months, us] = form.args;
  const below = constantAbove(base!, time);
  if (below === undefined || months?.kind !== 'literal' || us?.kind !== 'literal' || months.value !== 0)
    return undefined;
  return below + Number(us.value);
}

interface Horizons {
  left?: Expr;
  right?: Expr;
}

/**
 * `left <= right` bounds the event times that rows of the left can have, if the left of it is the event time; and
 * `left >= right` those of the right.
 */
function horizons(plan: Join, left: Side, right: Side): Horizons {
  const found: Horizons = {};
  for (const { fn, a, b } of comparisons(plan)) {
    if (a.type !== 'TIMESTAMP' || b.type !== 'TIMESTAMP') continue;
    const [ofLeft, ofRight] = [left.above(a), right.above(b)];
    const strict = fn === '<' || fn === '>' ? 1 : 0;
    if (ofRight !== undefined && fn !== '<' && fn !== '<=') found.left ??= later(a, -ofRight - strict);
    if (ofLeft !== undefined && fn !== '>' && fn !== '>=') found.right ??= later(b, -ofLeft - strict);
  }
  return found;
}

const later = (e: Expr, us: number): Expr => (us === 0 ? e : call('timestamp_add', [e, integer(0), integer(us)]));

const mirrored: Readonly<Record<string, string>> = { '=': '=', '<': '>', '<=': '>=', '>': '<', '>=': '<=' };

/** What the condition of a join says of an expression over the left and one over the right. */
function* comparisons({ equal, on, left, right }: Join): Generator<{ fn: string; a: Expr; b: Expr }> {
  for (const pair of equal) if (pair.nulls === undefined) yield { fn: '=', a: pair.left, b: pair.right };
  for (const e of on === undefined ? [] : conjuncts(on)) {
    if (e.kind !== 'call' || mirrored[e.fn] === undefined) continue;
    const [a, b] = e.args as [Expr, Expr];
    if (readsOnly(a, left.schema) && readsOnly(b, right.schema)) yield { fn: e.fn, a, b };
    else if (readsOnly(b, left.schema) && readsOnly(a, right.schema)) yield { fn: mirrored[e.fn]!, a: b, b: a };
  }
}
