import type { Span } from '../base/span.ts';
import type { Field } from '../data/types.ts';
import { boolean, column, nullLiteral, type ColumnRef, type Expr } from '../expr/expr.ts';
import type { Plan } from '../plan/plan.ts';
import type * as ast from '../syntax/ast.ts';
import { call } from './call.ts';
import { affinityChanges, comparisonAffinity } from '../expr/affinity.ts';
import { comparison } from './compare.ts';
import type { ExprContext, QueryContext, Typed } from './context.ts';
import { bindExpr } from './expr.ts';
import { fault, later } from './fault.ts';
import { columnTyped } from './items.ts';
import { fieldRef, joinPlan, projectPlan } from './plans.ts';
import { bindQuery } from './query.ts';
import { isRepeatable } from './repeatable.ts';
import { visible, type Relation, type ScopeColumn } from './scope.ts';
import { nullable, without } from './without.ts';

/** The context of a query inside an expression: it can tell that a name belongs to the query around it. */
export const innerQuery = (cx: ExprContext): QueryContext => ({
  ...cx.query,
  outer: [...cx.query.outer, cx.scope.columns],
});

/** The one column of a subquery that stands for values. */
export function onlyColumn(relation: Relation, span: Span): ScopeColumn {
  const columns = visible(relation.columns);
  if (columns.length === 1) return columns[0]!;
  return fault('E0201', span, `a subquery used as a value has ${columns.length} columns`, {
    label: 'expected one column',
  });
}

/** `(SELECT ..)`: its first row's value, NULL without rows; joined to every row below the operator. */
export function scalarSubquery(cx: ExprContext, query: ast.Query): Typed {
  const known = cx.stage.subqueries.get(query);
  const relation = known === undefined ? bindQuery(innerQuery(cx), query) : undefined;
  if (known !== undefined) return { expr: known };
  const { field } = onlyColumn(relation!, query.span);
  const added = addColumn(cx, query, oneColumn(relation!.plan, field, 'subquery', cx));
  return { expr: added, ...(field.affinity && { affinity: field.affinity }) };
}

/** EXISTS anywhere but in a plain condition of WHERE: whether a first row is there. */
export function existsSubquery(cx: ExprContext, query: ast.Query): Expr {
  const known = cx.stage.subqueries.get(query);
  if (known !== undefined) return call('notnull', [known]);
  const { plan } = bindQuery(innerQuery(cx), query);
  const field: Field = { name: cx.stage.names.fresh('exists'), type: 'BOOLEAN' };
  return call('notnull', [addColumn(cx, query, projectPlan(plan, [field], [boolean(true)]))]);
}

function oneColumn(plan: Plan, field: Field, name: string, cx: ExprContext): Plan {
  return projectPlan(plan, [{ ...nullable(field), name: cx.stage.names.fresh(name) }], [fieldRef(field)]);
}

/** Joins the first row of `right`, or NULL, to every row below; gives the column. */
function addColumn(cx: ExprContext, key: object, right: Plan): ColumnRef {
  const [field] = right.schema;
  const first: Plan = { op: 'limit', schema: right.schema, input: right, count: 1, offset: 0 };
  attach(cx, right, (input) => joinPlan('left', input, first, []));
  const added = column(field!.name, field!.type);
  cx.stage.subqueries.set(key, added);
  return added;
}

function attach(cx: ExprContext, right: Plan, add: (input: Plan) => Plan): void {
  for (const field of right.schema) cx.stage.added.add(field.name);
  cx.stage.pending.push(add);
}

/**
 * `x IN (query)` as a value. Found: a left join with the distinct values. Not found is NULL rather than false if x is
 * NULL or a NULL is among the values, unless there are none; that takes their counts, so the query is read twice.
 */
export function inSubquery(
  cx: ExprContext,
  arg: ast.Expr,
  list: ast.Query | ast.QName,
  not: boolean,
  span: Span,
): Expr {
  if (!('kind' in list)) return later(span, 'IN with the name of a table comes', 'write IN (SELECT .. FROM table)');
  if (arg.kind === 'row') return later(span, 'IN with rows of values comes', 'join with the query instead');
  const needle = bindExpr(cx, arg);
  const relation = bindQuery(innerQuery(cx), list);
  const value = onlyColumn(relation, list.span);
  if (!isRepeatable(relation.plan)) {
    later(
      span,
      'IN with a query that can be read only once works in such a place',
      'use it as a condition of its own in WHERE, or write a SEMI JOIN',
    );
  }
  const found = foundColumn(cx, needle, relation, value, span);
  const counts = countColumns(cx, relation, columnTyped(value));
  const missing: Expr = {
    kind: 'case',
    branches: [
      { when: call('=', [counts.all, { kind: 'literal', type: 'INTEGER', value: 0 }]), then: boolean(false) },
      {
        when: call('or', [call('isnull', [needle.expr]), call('<', [counts.present, counts.all])]),
        then: { ...nullLiteral, type: 'BOOLEAN' },
      },
    ],
    otherwise: boolean(false),
    type: 'BOOLEAN',
  };
  const result: Expr = {
    kind: 'case',
    branches: [{ when: call('notnull', [found]), then: boolean(true) }],
    otherwise: missing,
    type: 'BOOLEAN',
  };
  return not ? call('not', [result]) : result;
}

/** TRUE where the needle is among the values, NULL elsewhere. */
function foundColumn(cx: ExprContext, needle: Typed, relation: Relation, value: ScopeColumn, span: Span): ColumnRef {
  const affinity = comparisonAffinity(needle.affinity, value.field.affinity);
  // Values that the comparison would convert may be equal without being the same, and then DISTINCT keeps both.
  if (affinity !== undefined && affinityChanges(affinity, value.field.type)) {
    later(
      span,
      'IN with a query of another type works in such a place',
      'CAST the column of the query to the type of the left side',
    );
  }
  const collation = needle.collation === 'BINARY' ? undefined : needle.collation;
  const key: Field = {
    ...without(value.field, 'collation'),
    name: cx.stage.names.fresh('member'),
    ...(collation && { collation }),
  };
  const mark: Field = { name: cx.stage.names.fresh('found'), type: 'BOOLEAN' };
  const only = projectPlan(relation.plan, [key], [fieldRef(value.field)]);
  const distinct: Plan = { op: 'distinct', schema: only.schema, input: only };
  const right = projectPlan(distinct, [key, mark], [fieldRef(key), boolean(true)]);
  const aggregates = cx.aggregates;
  let condition: Expr = comparison('=', needle, {
    expr: fieldRef(key),
    ...(key.affinity && { affinity: key.affinity }),
  });
  attach(cx, right, (input) => joinPlan('left', input, right, [condition]));
  if (aggregates !== undefined) cx.stage.lifts.push(() => (condition = aggregates.lift(condition)));
  return column(mark.name, mark.type);
}

/** How many values there are, and how many of them are not NULL. */
export function countColumns(
  cx: ExprContext,
  { plan }: Relation,
  value: Typed,
): { all: ColumnRef; present: ColumnRef } {
  const all: Field = { name: cx.stage.names.fresh('values'), type: 'INTEGER' };
  const present: Field = { name: cx.stage.names.fresh('present'), type: 'INTEGER' };
  const count = { fn: 'count', distinct: false, type: 'INTEGER' } as const;
  const right: Plan = {
    op: 'aggregate',
    schema: [all, present],
    input: plan,
    keys: [],
    aggregates: [
      { ...count, name: all.name, args: [] },
      { ...count, name: present.name, args: [value.expr] },
    ],
    bare: [],
  };
  attach(cx, right, (input) => joinPlan('inner', input, right, []));
  return { all: fieldRef(all), present: fieldRef(present) };
}
