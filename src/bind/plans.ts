import type { Span } from '../base/span.ts';
import type { Field, Schema } from '../data/types.ts';
import { column, columnsOf, conjuncts, type Expr } from '../expr/expr.ts';
import type { Join, Plan } from '../plan/plan.ts';
import { originOf } from './fault.ts';
import { Names } from './names.ts';
import { hiddenOf, visible, type Relation, type ScopeColumn } from './scope.ts';
import { nullable, without } from './without.ts';

export const fieldRef = (field: Field) => column(field.name, field.type);

export const filterPlan = (input: Plan, predicate: Expr, span: Span): Plan => ({
  op: 'filter',
  schema: input.schema,
  input,
  predicate,
  origin: originOf(span),
});

/** A projection; none where it would give its input as it is. */
export function projectPlan(input: Plan, schema: Schema, exprs: readonly Expr[], span?: Span): Plan {
  const same =
    exprs.length === input.schema.length &&
    exprs.every((e, i) => e.kind === 'column' && e.name === input.schema[i]!.name && e.name === schema[i]!.name);
  if (same) return input;
  return { op: 'project', schema, input, exprs, ...(span && { origin: originOf(span) }) };
}

/** One row without columns: what SELECT without FROM reads. */
export const oneRow: Plan = { op: 'values', schema: [], rows: [[]] };

/** Only the columns that can be named, each under its label (made distinct); table names stay. Event time is left behind. */
export const materialize = (relation: Relation): Relation => onlyNamed(without(relation, 'eventTime'));

/** The same, but rows keep their event time. */
export const materializeWithTime = (relation: Relation): Relation => onlyNamed(relation);

function onlyNamed(relation: Relation): Relation {
  const hidden = hiddenOf(relation);
  const names = new Names(hidden.map((f) => f.name));
  const columns = visible(relation.columns).map((c): ScopeColumn => ({
    ...c,
    field: { ...c.field, name: names.fresh(c.label) },
  }));
  const exprs = visible(relation.columns).map((c) => fieldRef(c.field));
  const plan = projectPlan(
    relation.plan,
    [...columns.map((c) => c.field), ...hidden],
    [...exprs, ...hidden.map(fieldRef)],
  );
  return { ...relation, plan, columns };
}

/** The fields of a join's output: a side that may be filled up with NULLs loses its NOT NULL. */
export function joinSchema(kind: Join['kind'], left: Schema, right: Schema): Schema {
  if (kind === 'semi' || kind === 'anti') return left;
  return [
    ...(kind === 'right' || kind === 'full' ? left.map(nullable) : left),
    ...(kind === 'left' || kind === 'full' ? right.map(nullable) : right),
  ];
}

/** A join on a condition over both sides: pairs of equal expressions are told apart from the rest of it. */
export function joinPlan(kind: Join['kind'], left: Plan, right: Plan, conditions: readonly Expr[], span?: Span): Join {
  const equal: Join['equal'][number][] = [];
  const rest: Expr[] = [];
  for (const condition of conditions.flatMap(conjuncts)) {
    const pair = equalPair(condition, left.schema, right.schema);
    if (pair === undefined) rest.push(condition);
    else equal.push(pair);
  }
  const on =
    rest.length === 0 ? undefined : rest.reduce((a, b) => ({ kind: 'call', fn: 'and', args: [a, b], type: 'BOOLEAN' }));
  return {
    op: 'join',
    kind,
    schema: joinSchema(kind, left.schema, right.schema),
    left,
    right,
    equal,
    ...(on && { on }),
    ...(span && { origin: originOf(span) }),
  };
}

/** `a = b` with one side of the left columns and the other of the right: a pair for the hash join. */
export function equalPair(e: Expr, left: Schema, right: Schema): Join['equal'][number] | undefined {
  if (e.kind !== 'call' || e.fn !== '=') return undefined;
  const [a, b] = e.args as [Expr, Expr];
  const more = { ...(e.affinity && { affinity: e.affinity }), ...(e.collation && { collation: e.collation }) };
  if (readsOnly(a, left) && readsOnly(b, right)) return { left: a, right: b, ...more };
  if (readsOnly(b, left) && readsOnly(a, right)) return { left: b, right: a, ...more };
  return undefined;
}

/** Whether an expression reads columns of this schema, some of them and no others. */
export function readsOnly(e: Expr, schema: Schema): boolean {
  const read = columnsOf(e);
  return read.size > 0 && [...read].every((name) => schema.some((f) => f.name === name));
}

/** The same relation with field names that `taken` lacks, so that both can stand side by side. */
export function distinctNames(relation: Relation, taken: Schema): Relation {
  const names = new Names(taken.map((f) => f.name));
  const fields = relation.plan.schema.map((f): Field => ({ ...f, name: names.fresh(f.name) }));
  const plan = projectPlan(relation.plan, fields, relation.plan.schema.map(fieldRef));
  if (plan === relation.plan) return relation;
  const renamedField = new Map(relation.plan.schema.map((f, i) => [f.name, fields[i]!]));
  const { eventTime } = relation;
  return {
    ...relation,
    plan,
    ...(eventTime && {
      eventTime: { time: renamedField.get(eventTime.time.name)!, mark: renamedField.get(eventTime.mark.name)! },
    }),
    columns: relation.columns.map((c) => ({ ...c, field: renamedField.get(c.field.name)! })),
  };
}
