import { columnsOf, conjuncts, type Expr } from '../expr/expr.ts';
import type { JoinPair, Plan } from '../plan/plan.ts';
import type * as ast from '../syntax/ast.ts';
import { call } from './call.ts';
import { hasAggregate } from './contains.ts';
import { newStage, settle, type ExprContext, type Typed } from './context.ts';
import { dependentJoin, filtered, type Param } from './dependent.ts';
import { bindPredicate } from './expr.ts';
import { freeIn } from './free.ts';
import { bindFrom } from './from.ts';
import { bindItem, columnTyped, expandItems } from './items.ts';
import { Names } from './names.ts';
import { innerQuery } from './outer.ts';
import { distinctNames, fieldRef, filterPlan, projectPlan } from './plans.ts';
import { bindQuery } from './query.ts';
import { hiddenOf } from './scope.ts';
import { columnsForValues, memberEquation, queryOf, valuesOf } from './subquery.ts';

/** The query of an EXISTS or IN as the right side of a join: its rows, and what links them to the row outside. */
interface Linked {
  readonly plan: Plan;
  /** The values that IN compares; none for EXISTS. */
  readonly values: readonly Typed[];
  readonly conditions: readonly Expr[];
  /** What the rows read of the row outside other than by the conditions. */
  readonly params: readonly Param[];
  readonly id: number;
}

/** `[NOT] EXISTS (query)` that must hold. */
export function existsJoin(cx: ExprContext, left: Plan, query: ast.Query, not: boolean): Plan {
  const { plan, conditions, params, id } = linked(cx, left, query, 0);
  // Without a condition the first row settles it.
  const isLinked = conditions.length > 0 || params.length > 0;
  const right: Plan = isLinked ? plan : { op: 'limit', schema: plan.schema, input: plan, count: 1, offset: 0 };
  return dependentJoin({ kind: not ? 'anti' : 'semi', left, right, id, params, conditions, span: query.span });
}

/** `x [NOT] IN (query)` that must hold; `(x, y)` and `IN t` too. */
export function inJoin(cx: ExprContext, input: Plan, e: ast.InExpr, not: boolean): Plan {
  const query = queryOf(e.list as ast.Query | ast.QName);
  const needle = valuesOf(cx, e.arg);
  const left = settle(cx.stage, input);
  const { plan: right, values, conditions, params, id } = linked(cx, left, query, needle.length);
  const equal = needle.map((value, i) => memberEquation(value, values[i]!));
  const given = { left, right, id, params, conditions, span: e.span };
  if (!not) return dependentJoin({ ...given, kind: 'semi', conditions: [...equal, ...conditions] });
  // NOT IN holds where no value is equal *or NULL*, and nothing is unknown either about a NULL on the left.
  const hasNulls = needle.some((v) => !isNotNull(v.expr, left)) || values.some((v) => !isNotNull(v.expr, right));
  if (!hasNulls) return dependentJoin({ ...given, kind: 'anti', conditions: [...equal, ...conditions] });
  const member = equal.map(({ args, affinity, collation }): JoinPair => ({
    left: args[0]!,
    right: args[1]!,
    ...(affinity && { affinity }),
    ...(collation && { collation }),
  }));
  const mark = { name: cx.stage.names.fresh('in'), type: 'BOOLEAN' } as const;
  const marked = dependentJoin({ ...given, kind: 'mark', member, mark });
  const passed = filterPlan(marked, call('not', [fieldRef(mark)]), e.span);
  return projectPlan(passed, left.schema, left.schema.map(fieldRef));
}

const isNotNull = (e: Expr, { schema }: Plan): boolean =>
  (e.kind === 'literal' && e.value !== null) ||
  (e.kind === 'column' && schema.find((f) => f.name === e.name)?.notNull === true);

/**
 * In a plain SELECT the WHERE is bound over both sides, and what reads the outside is the condition of the join. Any
 * other query reads the row outside by parameters.
 */
function linked(cx: ExprContext, input: Plan, query: ast.Query, width: number): Linked {
  const { query: inner, outer } = innerQuery(cx);
  const select = plainSelect(query);
  const asPlain = select && linkedSelect({ ...cx, query: inner }, cx, input, select, query, width);
  const found = asPlain ?? whole();
  return { ...found, params: outer.params, id: outer.id };

  function whole(): Pick<Linked, 'plan' | 'values' | 'conditions'> {
    const relation = distinctNames(bindQuery(inner, query), input.schema);
    const columns = width === 0 ? [] : columnsForValues(relation, width, query.span);
    const kept = columns.length === 0 ? relation.plan.schema : columns.map((c) => c.field);
    const plan = projectPlan(relation.plan, kept, kept.map(fieldRef));
    return { plan, conditions: [], values: columns.map(columnTyped) };
  }
}

/** Undefined where more than conditions read the row outside: a value that IN compares, a subquery further in. */
function linkedSelect(
  { query: inner }: ExprContext,
  cx: ExprContext,
  input: Plan,
  select: ast.Select,
  query: ast.Query,
  width: number,
): Pick<Linked, 'plan' | 'values' | 'conditions'> | undefined {
  const from = distinctNames(bindFrom(inner, select.from), input.schema);
  const stage = newStage(new Names([...input.schema, ...from.plan.schema].map((f) => f.name)));
  const around = cx.scope.columns;
  const own: ExprContext = { query: inner, scope: from, around, clause: 'WHERE', stage };
  const outside = new Set(input.schema.map((f) => f.name));
  const isOutside = (e: Expr): boolean => [...columnsOf(e)].some((name) => outside.has(name));
  const all = select.where === undefined ? [] : conjuncts(bindPredicate(own, select.where));
  const items = width === 0 ? [] : expandItems(from, select.items);
  const values = items.map((item) => bindItem(own, item));
  const labels = items.map(({ label }) => ({ label, field: { name: label, type: 'ANY' as const } }));
  if (width > 0) columnsForValues({ ...from, columns: labels }, width, query.span);
  // What stands below the condition cannot read both sides.
  const readsOut = values.some(({ expr }) => isOutside(expr) || freeIn(expr).length > 0);
  if (stage.pending.length > 0 || readsOut) return undefined;
  const inside = all.filter((e) => !isOutside(e));
  const plan = filtered(from.plan, inside, select.span);
  const conditions = all.filter(isOutside);
  // The join needs only what its conditions read, and the time, by which it may forget rows.
  const exprs = [...conditions, ...values.map((v) => v.expr), ...hiddenOf(from).map(fieldRef)];
  const read = new Set(exprs.flatMap((e) => [...columnsOf(e)]));
  const kept = plan.schema.filter((f) => read.has(f.name));
  return { plan: kept.length > 0 ? projectPlan(plan, kept, kept.map(fieldRef)) : plan, conditions, values };
}

/** A query that is only SELECT .. FROM .. WHERE: nothing in it depends on more than one row. */
function plainSelect({ body, with: ctes, limit, pipes }: ast.Query): ast.Select | undefined {
  if (body.kind !== 'select' || ctes.length > 0 || limit !== undefined || pipes.length > 0) return undefined;
  const { from, where, groupBy, having, distinctOn, qualify, items } = body;
  const plain =
    from.length > 0 &&
    groupBy === undefined &&
    having === undefined &&
    distinctOn === undefined &&
    qualify === undefined;
  const parts = [...items.flatMap((item) => (item.kind === 'item' ? [item.expr] : [])), ...(where ? [where] : [])];
  return plain && !parts.some(hasAggregate) ? body : undefined;
}
