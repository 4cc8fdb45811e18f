import type { Span } from '../base/span.ts';
import { conjuncts, type Call, type Expr } from '../expr/expr.ts';
import type { AsofJoin } from '../plan/joins.ts';
import type { Join, Plan } from '../plan/plan.ts';
import { fault, originOf } from './fault.ts';
import { joinPlan, joinSchema, readsOnly } from './plans.ts';

type Compare = AsofJoin['nearest']['compare'];
const mirrored: Readonly<Record<string, Compare>> = { '<': '>', '<=': '>=', '>': '<', '>=': '<=' };

const EXAMPLE = 'ASOF JOIN quotes q ON t.symbol = q.symbol AND t.ts >= q.ts';

/** ASOF [LEFT] JOIN: equalities, and one inequality that says on which side the nearest row is. */
export function asofPlan(
  kind: Join['kind'],
  left: Plan,
  right: Plan,
  conditions: readonly Expr[],
  span: Span,
): AsofJoin {
  if (kind !== 'inner' && kind !== 'left') {
    fault('E0201', span, `an ASOF join cannot be ${kind.toUpperCase()}`, {
      label: 'expected ASOF JOIN or ASOF LEFT JOIN',
      help: ['each row of the left side is given with the row of the right side that is nearest to it'],
    });
  }
  const { equal, on } = joinPlan(kind, left, right, conditions);
  const rest = on === undefined ? [] : conjuncts(on);
  const found = rest.flatMap((e) => nearestOf(e, left, right) ?? []);
  if (found.length !== 1) {
    fault('E0201', span, `an ASOF join needs one inequality, and this one has ${found.length || 'none'}`, {
      label: 'on which side is the nearest row?',
      help: [EXAMPLE, 'USING (symbol, ts): the last column is the one that is near'],
    });
  }
  if (rest.length > 1) {
    fault('E0201', span, 'an ASOF join takes equalities and one inequality between its sides, nothing else', {
      label: 'there is another condition',
      help: ['put conditions on the right side into it: ASOF JOIN (SELECT .. WHERE ..) q ON ..'],
    });
  }
  const schema = joinSchema(kind, left.schema, right.schema);
  return { op: 'asof', kind, schema, left, right, equal, nearest: found[0]!, origin: originOf(span) };
}

function nearestOf(e: Expr, left: Plan, right: Plan): AsofJoin['nearest'] | undefined {
  if (e.kind !== 'call' || mirrored[e.fn] === undefined) return undefined;
  const [a, b] = e.args as [Expr, Expr];
  if (readsOnly(a, left.schema) && readsOnly(b, right.schema))
    return { left: a, right: b, ...more(e, e.fn as Compare) };
  if (readsOnly(b, left.schema) && readsOnly(a, right.schema))
    return { left: b, right: a, ...more(e, mirrored[e.fn]!) };
  return undefined;
}

const more = ({ affinity, collation }: Call, compare: Compare) => ({
  compare,
  ...(affinity && { affinity }),
  ...(collation && { collation }),
});
