import type { Span } from '../base/span.ts';
import type { Field } from '../data/types.ts';
import { boolean, column, columnsOf, type ColumnRef, type Expr } from '../expr/expr.ts';
import type { JoinPair, Plan } from '../plan/plan.ts';
import type * as ast from '../syntax/ast.ts';
import { call } from './call.ts';
import { comparison } from './compare.ts';
import type { ExprContext, Typed } from './context.ts';
import { dependentJoin, type Dependent } from './dependent.ts';
import { bindExpr } from './expr.ts';
import { fault } from './fault.ts';
import { columnTyped } from './items.ts';
import { innerQuery, type OuterQuery } from './outer.ts';
import { lengthsAsText } from './interval.ts';
import { fieldRef, projectPlan } from './plans.ts';
import { bindQuery } from './query.ts';
import { visible, type Relation, type ScopeColumn } from './scope.ts';
import { nullable, without } from './without.ts';

/** The columns of a subquery that stands for so many values. */
export function columnsForValues(relation: Relation, count: number, span: Span): readonly ScopeColumn[] {
  const columns = visible(relation.columns);
  if (columns.length === count) return columns;
  return fault(
    'E0201',
    span,
    `a subquery used as ${count === 1 ? 'a value' : `${count} values`} has ${columns.length} columns`,
    {
      label: `expected ${count === 1 ? 'one column' : `${count} columns`}`,
    },
  );
}

/** `(SELECT ..)`: its first row's value, NULL without rows. */
export function scalarSubquery(cx: ExprContext, query: ast.Query): Typed {
  const known = cx.stage.subqueries.get(query);
  if (known !== undefined) return { expr: known };
  const [value] = firstRow(cx, query, 1);
  cx.stage.subqueries.set(query, value!.expr as ColumnRef);
  return value!;
}

/** `(SELECT a, b ..)` where a row of values may stand; the number of columns is checked if it is given. */
export function firstRow(cx: ExprContext, query: ast.Query, count?: number): readonly Typed[] {
  const { query: inner, outer } = innerQuery(cx);
  const relation = lengthsAsText(bindQuery(inner, query));
  const columns = columnsForValues(relation, count ?? visible(relation.columns).length, query.span);
  const fields = columns.map(({ field }) => nullable({ ...field, name: cx.stage.names.fresh('subquery') }));
  const values = projectPlan(
    relation.plan,
    fields,
    columns.map((c) => fieldRef(c.field)),
  );
  attach(cx, outer, fields, { kind: 'left', right: first(values), conditions: [], span: query.span });
  return fields.map((f): Typed => ({ expr: fieldRef(f), ...(f.affinity && { affinity: f.affinity }) }));
}

/** The first row, where there may be more than one. */
const first = (plan: Plan): Plan =>
  givesOneRow(plan) ? plan : { op: 'limit', schema: plan.schema, input: plan, count: 1, offset: 0 };

function givesOneRow(plan: Plan): boolean {
  switch (plan.op) {
    case 'project':
    case 'filter':
      return givesOneRow(plan.input);
    case 'aggregate':
      return plan.keys.length === 0;
    case 'values':
      return plan.rows.length === 1;
    case 'limit':
      return plan.count === 1;
    default:
      return false;
  }
}

/** EXISTS anywhere but in a plain condition of WHERE: whether a row is there. */
export function existsSubquery(cx: ExprContext, query: ast.Query): Expr {
  const known = cx.stage.subqueries.get(query);
  if (known !== undefined) return known;
  const { query: inner, outer } = innerQuery(cx);
  const { plan } = bindQuery(inner, query);
  const mark: Field = { name: cx.stage.names.fresh('exists'), type: 'BOOLEAN' };
  const row: Field = { name: cx.stage.names.fresh('row'), type: 'BOOLEAN' };
  const rows = projectPlan(plan, [row], [boolean(true)]);
  // Without a link one row tells it all.
  const right: Plan =
    outer.params.length > 0 ? rows : { op: 'limit', schema: rows.schema, input: rows, count: 1, offset: 0 };
  attach(cx, outer, [mark], { kind: 'mark', right, conditions: [], mark, span: query.span });
  const found = column(mark.name, mark.type);
  cx.stage.subqueries.set(query, found);
  return found;
}

/** `x IN (query)`, `(x, y) IN (query)`, `x IN table` as a value: TRUE, FALSE or NULL. */
export function inSubquery(cx: ExprContext, arg: ast.Expr, list: ast.Query | ast.QName, not: boolean): Expr {
  const query = queryOf(list);
  const needle = valuesOf(cx, arg);
  const { query: inner, outer } = innerQuery(cx);
  const relation = bindQuery(inner, query);
  const columns = columnsForValues(relation, needle.length, query.span);
  const fields = columns.map(({ field }) => ({ ...field, name: cx.stage.names.fresh('member') }));
  const right = projectPlan(relation.plan, fields, columns.map((c) => fieldRef(c.field))); // prettier-ignore
  const mark: Field = { name: cx.stage.names.fresh('in'), type: 'BOOLEAN' };
  const member = needle.map((value, i) => memberPair(value, { label: '', field: fields[i]! }));
  attach(cx, outer, [mark, ...fields], { kind: 'mark', right, conditions: [], member, mark, span: query.span });
  const found = column(mark.name, mark.type);
  return not ? call('not', [found]) : found;
}

/** The collation is that of the left side, if it has one. */
export const memberEquation = (needle: Typed, value: Typed) => comparison('=', needle, without(value, 'explicit'));

export function memberPair(needle: Typed, value: ScopeColumn): JoinPair {
  const { args, affinity, collation } = memberEquation(needle, columnTyped(value));
  return { left: args[0]!, right: args[1]!, ...(affinity && { affinity }), ...(collation && { collation }) };
}

/** One value, or those of a row: `(a, b)` and `(SELECT a, b ..)`. */
export function valuesOf(cx: ExprContext, e: ast.Expr): readonly Typed[] {
  if (e.kind === 'row') return e.parts.map((part) => bindExpr(cx, part));
  return e.kind === 'subquery' ? firstRow(cx, e.query) : [bindExpr(cx, e)];
}

/** `IN t` is IN (SELECT * FROM t). */
export function queryOf(list: ast.Query | ast.QName): ast.Query {
  if ('kind' in list) return list;
  const { span } = list;
  return {
    kind: 'full query',
    span,
    recursive: false,
    with: [],
    body: { kind: 'from', span, from: [{ kind: 'table', span, name: list }] },
    orderBy: [],
    pipes: [],
  };
}

/** Joins a subquery to every row below the operator of the clause. */
function attach(
  cx: ExprContext,
  outer: OuterQuery,
  adds: readonly Field[],
  given: Omit<Dependent, 'left' | 'id' | 'params'>,
): void {
  const { stage, aggregates } = cx;
  let { params } = outer;
  let { member = [] } = given;
  for (const field of adds) stage.added.add(field.name);
  if (aggregates !== undefined && stage !== aggregates.stage) {
    stage.lifts.push(() => {
      params = params.map((p) => ({ ...p, expr: aggregates.lift(p.expr) }));
      member = member.map((m) => ({ ...m, left: aggregates.lift(m.left) }));
    });
  }
  const add = (left: Plan): Plan => dependentJoin({ ...given, left, id: outer.id, params, member });
  const reads = (): ReadonlySet<string> => readBy([...params.map((p) => p.expr), ...member.map((m) => m.left)]);
  stage.pending.push(Object.assign(add, { reads, adds: adds[0]!.name }));
}

const readBy = (exprs: readonly Expr[]): ReadonlySet<string> => {
  const names = new Set<string>();
  for (const e of exprs) columnsOf(e, names);
  return names;
};
