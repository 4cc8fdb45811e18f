import { boolean, columnsOf, conjuncts, type Expr } from '../expr/expr.ts';
import type { Plan } from '../plan/plan.ts';
import type * as ast from '../syntax/ast.ts';
import { call } from './call.ts';
import { comparison } from './compare.ts';
import { hasAggregate } from './contains.ts';
import { newStage, settle, type ExprContext, type Typed } from './context.ts';
import { bindExpr, bindPredicate } from './expr.ts';
import { later } from './fault.ts';
import { bindFrom } from './from.ts';
import { bindItem, columnTyped, expandItems } from './items.ts';
import { distinctNames, filterPlan, fieldRef, joinPlan, projectPlan } from './plans.ts';
import { bindQuery } from './query.ts';
import { Names } from './names.ts';
import { isRepeatable } from './repeatable.ts';
import { countColumns, innerQuery, onlyColumn } from './subquery.ts';
import type { Relation } from './scope.ts';
import { without } from './without.ts';

/** The query of an EXISTS or IN as the right side of a join: its rows, and what links them to the row outside. */
interface Linked {
  readonly relation: Relation;
  /** The value that IN compares; absent for EXISTS. */
  readonly value?: Typed;
  readonly conditions: readonly Expr[];
}

/** `[NOT] EXISTS (query)` that must hold. */
export function existsJoin(cx: ExprContext, input: Plan, query: ast.Query, not: boolean): Plan {
  const { relation, conditions } = linked(cx, input, query, false);
  // Without a condition the first row settles it.
  const { plan } = relation;
  const right: Plan =
    conditions.length > 0 ? plan : { op: 'limit', schema: plan.schema, input: plan, count: 1, offset: 0 };
  return joinPlan(not ? 'anti' : 'semi', input, right, conditions, query.span);
}

/** `x [NOT] IN (query)` that must hold. */
export function inJoin(cx: ExprContext, input: Plan, e: ast.InExpr, not: boolean): Plan {
  if (e.arg.kind === 'row')
    return later(e.span, 'IN with rows of values comes', 'write EXISTS (SELECT .. WHERE a = x AND b = y)');
  const needle = bindExpr(cx, e.arg);
  const below = settle(cx.stage, input);
  const { relation, value, conditions } = linked(cx, below, e.list as ast.Query, true);
  // Only the needle's collation counts in IN.
  const plain = without(value!, 'collation', 'explicit');
  const equal = comparison('=', needle, plain);
  if (!not) return joinPlan('semi', below, relation.plan, [equal, ...conditions], e.span);
  // NOT IN holds where no value is equal *or NULL*, and nothing is unknown either about a NULL on the left.
  const hasNulls = !isNotNull(needle.expr, below) || !isNotNull(plain.expr, relation.plan);
  const anti = joinPlan('anti', below, relation.plan, [hasNulls ? isNotFalse(equal) : equal, ...conditions], e.span);
  if (!hasNulls || conditions.length > 0 || !isRepeatable(relation.plan)) return anti;
  // That would try every pair. Read twice, the query can tell by its counts whether NULLs matter.
  const { all, present } = countColumns(cx, relation, plain);
  const unequal = settle(cx.stage, joinPlan('anti', below, relation.plan, [equal], e.span));
  const zero: Expr = { kind: 'literal', type: 'INTEGER', value: 0 };
  const sure = call('and', [call('notnull', [needle.expr]), call('=', [present, all])]);
  return filterPlan(unequal, call('or', [call('=', [all, zero]), sure]), e.span);
}

const isNotFalse = (e: Expr): Expr => ({
  kind: 'case',
  branches: [{ when: call('not', [e]), then: boolean(false) }],
  otherwise: boolean(true),
  type: 'BOOLEAN',
});

const isNotNull = (e: Expr, { schema }: Plan): boolean =>
  (e.kind === 'literal' && e.value !== null) ||
  (e.kind === 'column' && schema.find((f) => f.name === e.name)?.notNull === true);

/**
 * A plain SELECT may refer to the row outside: its WHERE is bound over both sides, and what reads the outside is the
 * condition of the join. Any other query stands for itself.
 */
function linked(cx: ExprContext, input: Plan, query: ast.Query, wantsValue: boolean): Linked {
  const select = plainSelect(query);
  if (select === undefined) {
    const relation = distinctNames(bindQuery(innerQuery(cx), query), input.schema);
    return { relation, conditions: [], ...(wantsValue && { value: columnTyped(onlyColumn(relation, query.span)) }) };
  }
  const from = distinctNames(bindFrom(cx.query, select.from), input.schema);
  const stage = newStage(new Names([...input.schema, ...from.plan.schema].map((f) => f.name)));
  const inner: ExprContext = {
    query: { ...cx.query, outer: [...cx.query.outer, cx.scope.columns] },
    scope: from,
    around: cx.scope.columns,
    clause: 'WHERE',
    stage,
  };
  const all = select.where === undefined ? [] : conjuncts(bindPredicate(inner, select.where));
  const isLinked = (e: Expr): boolean => [...columnsOf(e)].some((name) => input.schema.some((f) => f.name === name));
  const items = wantsValue ? expandItems(from, select.items) : [];
  const typed = items.map((item) => bindItem(inner, item));
  if (wantsValue)
    onlyColumn(
      { ...from, columns: items.map(({ label }) => ({ label, field: { name: label, type: 'ANY' } })) },
      query.span,
    );
  let plan = settle(stage, from.plan);
  const own = all.filter((e) => !isLinked(e));
  if (own.length > 0)
    plan = filterPlan(
      plan,
      own.reduce((a, b) => ({ kind: 'call', fn: 'and', args: [a, b], type: 'BOOLEAN' })),
      select.where!.span,
    );
  const conditions = all.filter(isLinked);
  const [value] = typed;
  // The join needs only what its conditions read.
  const read = new Set([...conditions, ...(value ? [value.expr] : [])].flatMap((e) => [...columnsOf(e)]));
  const kept = plan.schema.filter((f) => read.has(f.name));
  const relation = { ...from, plan: kept.length > 0 ? projectPlan(plan, kept, kept.map(fieldRef)) : plan };
  return { relation, conditions, ...(value && { value }) };
}

/** A query that is only SELECT .. FROM .. WHERE: nothing in it depends on more than one row. */
function plainSelect({ body, with: ctes, limit, pipes }: ast.Query): ast.Select | undefined {
  if (body.kind !== 'select' || ctes.length > 0 || limit !== undefined || pipes.length > 0) return undefined;
  const { from, groupBy, having, distinctOn, qualify, items } = body;
  const plain =
    from.length > 0 &&
    groupBy === undefined &&
    having === undefined &&
    distinctOn === undefined &&
    qualify === undefined;
  return plain && !items.some((item) => item.kind === 'item' && hasAggregate(item.expr)) ? body : undefined;
}
