import { markField, timeField } from '../data/event-time.ts';
import type { Field } from '../data/types.ts';
import type { Expr } from '../expr/expr.ts';
import type { Join } from '../plan/plan.ts';
import { call } from './call.ts';
import { fieldRef, projectPlan } from './plans.ts';
import { hiddenOf, timeOf, type Relation } from './scope.ts';

/**
 * The event time of what a join gives: the later one of the two rows, with the earlier one of their marks, for a row
 * may wait for whichever side is behind. A side without event time has no say.
 *
 * @param joined the join, whose plan has the hidden columns of both sides (of semi and anti joins: of the left).
 */
export function withJoinedTime(joined: Relation, left: Relation, right: Relation, kind: Join['kind']): Relation {
  if (kind === 'semi' || kind === 'anti' || kind === 'mark') return { ...joined, ...timeOf(left) };
  const [l, r] = [left.eventTime, right.eventTime];
  if (l !== undefined && r !== undefined) {
    const hidden = new Set([...hiddenOf(left), ...hiddenOf(right)].map((f) => f.name));
    const kept = joined.plan.schema.filter((f) => !hidden.has(f.name));
    const plan = projectPlan(
      joined.plan,
      [...kept, timeField, markField],
      [...kept.map(fieldRef), chosen('>=', l.time, r.time, kind), chosen('<=', l.mark, r.mark, kind)],
    );
    return { ...joined, plan, eventTime: { time: timeField, mark: markField } };
  }
  // Rows that an outer join makes up for a side have no time of that side.
  if (l !== undefined) return kind === 'inner' || kind === 'left' ? { ...joined, ...timeOf(left) } : joined;
  if (r !== undefined) return kind === 'inner' || kind === 'right' ? { ...joined, ...timeOf(right) } : joined;
  return joined;
}

/** Whichever of the two compares so with the other; the only one that is there in a row of an outer join. */
function chosen(comparison: '>=' | '<=', left: Field, right: Field, kind: Join['kind']): Expr {
  const [l, r] = [fieldRef(left), fieldRef(right)];
  const both = { when: call(comparison, [l, r]), then: l };
  const isMissing = (e: Expr): Expr => call('isnull', [e]);
  if (kind === 'inner') return { kind: 'case', branches: [both], otherwise: r, type: 'TIMESTAMP' };
  return {
    kind: 'case',
    branches: [{ when: isMissing(r), then: l }, { when: isMissing(l), then: r }, both],
    otherwise: r,
    type: 'TIMESTAMP',
  };
}
