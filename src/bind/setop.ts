import type { Span } from '../base/span.ts';
import { unify, type Field } from '../data/types.ts';
import type { Plan } from '../plan/plan.ts';
import type * as ast from '../syntax/ast.ts';
import type { QueryContext } from './context.ts';
import { fault, originOf } from './fault.ts';
import { alikeLengths } from './interval.ts';
import { materialize, materializeWithTime } from './plans.ts';
import { bindBody } from './query.ts';
import type { Relation, ScopeColumn } from './scope.ts';
import { unionAffinity } from './union-affinity.ts';
import { without } from './without.ts';

export function bindSetOperation(query: QueryContext, { op, all, left, right, span }: ast.SetOp): Relation {
  if (op === 'intersect' && left.kind === 'set operation' && left.op !== 'intersect')
    query.warn({
      code: 'E0214',
      message: `INTERSECT behind ${left.op.toUpperCase()}`,
      span: right.span,
      label: 'set operations are taken from left to right, as in SQLite; elsewhere INTERSECT comes first',
      help: ['put the part that is meant to come first into brackets: SELECT * FROM (..)'],
    });
  return setOperation(bindBody(query, left), bindBody(query, right), op, all, span, right.span);
}

/** Two relations of as many columns. Names are those of the left, and collations, where it has one. */
export function setOperation(
  leftRows: Relation,
  rightRows: Relation,
  op: ast.SetOp['op'],
  all: boolean,
  span: Span,
  rightSpan: Span,
): Relation {
  const [left, right] = alikeLengths(leftRows, rightRows);
  // UNION ALL only puts rows side by side: each keeps its time and the watermark of its own source.
  const isTimed = op === 'union' && all && left.eventTime !== undefined && right.eventTime !== undefined;
  const a = isTimed ? materializeWithTime(left) : materialize(left);
  const b = isTimed ? materializeWithTime(right) : materialize(right);
  const word = op.toUpperCase();
  if (a.columns.length !== b.columns.length) {
    fault('E0201', rightSpan, `the sides of ${word} have different numbers of columns`, {
      label: `${b.columns.length} here, ${a.columns.length} on the left`,
    });
  }
  if (all && op !== 'union') fault('E0204', span, `${word} ALL is not part of the language`, { help: [`use ${word}`] });
  const schema = a.plan.schema.map((field, i): Field => {
    const other = b.plan.schema[i]!;
    const affinity = unionAffinity(a.plan, b.plan, i);
    // The time and the mark of the rows come behind the columns.
    const { collation } = a.columns[i]?.uncollated ? other : field;
    return {
      ...without(field, 'notNull', 'affinity', 'collation'),
      ...(collation && { collation }),
      ...(affinity && { affinity }),
      type: unify(field.type, other.type),
      ...(field.notNull && other.notNull && { notNull: true as const }),
    };
  });
  const columns = a.columns.map(({ label, uncollated, plainOutside = uncollated }, i): ScopeColumn => {
    const neither = uncollated && b.columns[i]!.uncollated;
    return { label, field: schema[i]!, ...(neither && { uncollated }), ...(plainOutside && { plainOutside }) };
  });
  const eventTime = isTimed && { eventTime: { time: schema.at(-2)!, mark: schema.at(-1)! } };
  return { plan: operation(a.plan, b.plan, op, all, schema, span), columns, ...eventTime };
}

function operation(
  left: Plan,
  right: Plan,
  op: ast.SetOp['op'],
  all: boolean,
  schema: Plan['schema'],
  span: Span,
): Plan {
  const origin = originOf(span);
  if (op !== 'union') return { op: 'setop', kind: op, schema, left, right, origin };
  const union: Plan = { op: 'union', schema, inputs: [left, right], origin };
  return all ? union : { op: 'distinct', schema, input: union, origin };
}
