import type { Span } from '../base/span.ts';
import type { Field } from '../data/types.ts';
import { boolean, column, conjoin, conjuncts, substitute, type Expr } from '../expr/expr.ts';
import { inputs } from '../plan/ops.ts';
import type { Aggregate, Join, JoinPair, Plan } from '../plan/plan.ts';
import { call } from './call.ts';
import { freeIn, freeNames, isFreeName } from './free.ts';
import { Names } from './names.ts';
import { fieldRef, filterPlan, joinPlan, projectPlan } from './plans.ts';
import { emptyValue } from './empty-aggregate.ts';
import { Unnester } from './unnest.ts';

/** What a query inside an expression calls a value of the query around it, and what that is there. */
export interface Param {
  readonly name: string;
  readonly expr: Expr;
}

/** A join whose right side may read columns of the left by the names of `params`. */
export interface Dependent {
  readonly kind: Exclude<Join['kind'], 'right' | 'full'>;
  readonly left: Plan;
  /** Names of its columns are not those of the left. */
  readonly right: Plan;
  /** Distinguishes the leaves of its domain from those of others that are nested in it. */
  readonly id: number;
  readonly params: readonly Param[];
  /** Over the columns of both sides. */
  readonly conditions: readonly Expr[];
  readonly pairs?: readonly JoinPair[];
  readonly member?: readonly JoinPair[];
  /** The column that a mark join adds. */
  readonly mark?: Field;
  readonly span: Span;
}

/**
 * The plan of a dependent join. As long as something of it is to come from a query further out, it stays as it is, with
 * free names on its right side; else the right side is made independent of single rows of the left.
 */
export function dependentJoin(d: Dependent): Plan {
  const read = freeNames(d.right);
  const params = d.params.filter((p) => read.has(p.name));
  if (params.length === 0) return plainJoin(d);
  const own = new Set(params.map((p) => p.name));
  const there = new Set(d.left.schema.map((f) => f.name));
  const isOpen =
    freeNames(d.left).size > 0 ||
    [...read].some((name) => !own.has(name)) ||
    [...d.conditions, ...params.map((p) => p.expr), ...(d.member ?? []).flatMap((m) => [m.left, m.right])].some((e) =>
      freeIn(e).some((name) => !there.has(name)),
    );
  if (isOpen) return { ...plainJoin(d), domain: { id: d.id, params } };
  const pulled = (d.kind === 'left' || d.kind === 'inner') && d.conditions.length === 0 ? pullUp({ ...d, params }) : undefined; // prettier-ignore
  return pulled ?? unnested({ ...d, params });
}

/** The join itself, its right side taken as it is. */
function plainJoin({ kind, left, right, conditions, pairs = [], member, mark, span }: Dependent): Join {
  const joined = joinPlan(kind === 'mark' ? 'semi' : kind, left, right, conditions, span);
  const equal = [...joined.equal, ...pairs];
  if (kind !== 'mark') return { ...joined, equal };
  return { ...joined, equal, kind, schema: [...left.schema, mark!], ...(member?.length && { member }) };
}

/** What the right side of a join gives as expressions over a plan below its projections. */
interface Peeled {
  readonly base: Plan;
  readonly exprs: readonly Expr[];
}

function peel(plan: Plan): Peeled {
  if (plan.op === 'project') {
    const { base, exprs } = peel(plan.input);
    const by = new Map(plan.input.schema.map((f, i) => [f.name, exprs[i]!]));
    return { base, exprs: plan.exprs.map((e) => substitute(e, by)) };
  }
  if (plan.op === 'limit' && plan.input.op === 'project') {
    const { input } = plan.input;
    return peel({ ...plan.input, input: { ...plan, input, schema: input.schema } });
  }
  return { base: plan, exprs: plan.schema.map(fieldRef) };
}

/**
 * Expressions at the top of the right side are computed above the join, where the columns of the left are at hand; and
 * an aggregate of all rows that the left row links to is one by these links, where groups without rows are made up for.
 */
function pullUp(d: Dependent): Plan | undefined {
  const { base, exprs } = peel(d.right);
  const isTotal = base.op === 'aggregate' && base.keys.length === 0;
  if (!isTotal && !exprs.some((e) => freeIn(e).length > 0)) return undefined;
  const names = new Names([...d.left.schema, ...d.right.schema].map((f) => f.name));
  const fields = base.schema.map((f): Field => ({ ...f, name: names.fresh(f.name) }));
  const marker: Field = { name: names.fresh('found'), type: 'BOOLEAN' };
  const renamed = (plan: Plan, more: readonly Field[] = []): Plan =>
    projectPlan(
      plan,
      [...fields, ...more, marker],
      [...base.schema.map(fieldRef), ...more.map(fieldRef), boolean(true)],
    );
  const isThere = call('notnull', [fieldRef(marker)]);
  const values = new Map<string, Expr>(d.params.map((p) => [p.name, p.expr]));
  let joined: Plan;
  if (isTotal) {
    joined = withTotals(d, base, renamed);
    base.schema.forEach((f, i) => values.set(f.name, orEmpty(base, i, fieldRef(fields[i]!), isThere)));
  } else {
    joined = dependentJoin({ ...d, right: renamed(base) });
    base.schema.forEach((f, i) => values.set(f.name, fieldRef(fields[i]!)));
  }
  const always = isTotal || d.kind === 'inner';
  const result = exprs.map((e): Expr => {
    const value = substitute(e, values);
    if (always || (e.kind === 'column' && !isFreeName(e.name))) return value;
    return {
      kind: 'case',
      branches: [{ when: isThere, then: value }],
      otherwise: { kind: 'literal', type: 'NULL', value: null },
      type: value.type,
    };
  });
  return projectPlan(joined, [...d.left.schema, ...d.right.schema], [...d.left.schema.map(fieldRef), ...result]);
}

/** An aggregate over all rows gives a row even if there are none; one by groups has no such group. */
function orEmpty(total: Aggregate, at: number, value: Expr, isThere: Expr): Expr {
  const empty = emptyValue(total, at);
  if (empty.value === null) return value;
  return { kind: 'case', branches: [{ when: isThere, then: value }], otherwise: empty, type: value.type };
}

/** The left side with the aggregates of its links, NULLs where there are no rows. */
function withTotals(d: Dependent, total: Aggregate, renamed: (plan: Plan, more: readonly Field[]) => Plan): Plan {
  const unnester = unnesterOf(d);
  const { plan, has } = unnester.grouped(total);
  const links = plan.schema.filter((f) => has.includes(f.name));
  return linkedJoin({ ...d, kind: 'left' }, unnester, renamed(plan, links), has);
}

/** Makes the right side one for all rows of the left, with columns that say which of them its rows belong to. */
function unnested(d: Dependent): Plan {
  const unnester = unnesterOf(d);
  const { plan, has } = unnester.unnest(d.right);
  return linkedJoin(d, unnester, plan, has);
}

const unnesterOf = ({ id, params, span }: Dependent): Unnester => new Unnester(id, params, span);

/** The join with a right side that has a column for each param: equal to the params of the left row. */
function linkedJoin(d: Dependent, unnester: Unnester, right: Plan, has: readonly string[]): Plan {
  const names = new Names([...d.left.schema, ...right.schema].map((f) => f.name));
  const renamed = new Map(has.map((name) => [name, names.fresh(name)]));
  const fields = right.schema.map((f) => ({ ...f, name: renamed.get(f.name) ?? f.name }));
  const isNeeded = hasLeaf(right, d.id);
  const params = unnester.params.filter((p) => has.includes(p.name));
  const pairs = params.map((p): JoinPair => ({
    left: p.expr,
    right: column(renamed.get(p.name)!, p.expr.type),
    ...(isNeeded && { nulls: 'equal' as const }),
  }));
  const join = plainJoin({
    ...d,
    right: projectPlan(right, fields, right.schema.map(fieldRef)),
    pairs: [...(d.pairs ?? []), ...pairs],
  });
  const plan: Plan = isNeeded ? { ...join, domain: { id: d.id, params: unnester.params } } : join;
  if (d.kind === 'semi' || d.kind === 'anti' || d.kind === 'mark') return plan;
  const links = new Set(renamed.values());
  const kept = plan.schema.filter((f) => !links.has(f.name));
  return projectPlan(plan, kept, kept.map(fieldRef));
}

const hasLeaf = (plan: Plan, id: number): boolean =>
  (plan.op === 'domain' && plan.id === id) || inputs(plan).some((input) => hasLeaf(input, id));

/** A filter of several conditions; none for none. */
export const filtered = (input: Plan, conditions: readonly Expr[], span: Span): Plan =>
  conditions.length === 0 ? input : filterPlan(input, conjoin(conditions.flatMap(conjuncts)), span);
