import type { Span } from '../base/span.ts';
import { hasEventTime } from '../data/event-time.ts';
import { columnsOf, conjoin, conjuncts, type Expr } from '../expr/expr.ts';
import { isVolatile, mayFail } from '../expr/may-fail.ts';
import { shifted } from '../expr/shift.ts';
import type { Join, Plan, Project } from '../plan/plan.ts';
import type * as ast from '../syntax/ast.ts';
import { settle, type ExprContext } from './context.ts';
import { bindPredicate } from './expr.ts';
import { collect } from './fault.ts';
import { filtered } from './dependent.ts';
import { lazinessOf, notFalse } from './guard.ts';
import { equalPair, readsOnly } from './plans.ts';
import { existsJoin, inJoin } from './semijoin.ts';

/**
 * WHERE: conditions with EXISTS and IN (query) that must hold become semi and anti joins, equalities between the sides
 * of inner joins become keys of those joins, the rest is one filter.
 */
export function bindWhere(cx: ExprContext, input: Plan, predicate: ast.Expr): Plan {
  const written = conjunctsOf(predicate);
  const joins = written.filter(isJoin);
  // Subqueries are asked only for rows that the other conditions leave, commands also one after the other.
  const isAbove = (e: Expr): boolean => [...columnsOf(e)].some((name) => cx.stage.added.has(name));
  const { decides, under } = lazinessOf(cx, ...written);
  let reached = cx;
  const plain = collect(
    written.filter((e) => !isJoin(e)),
    (e) => {
      const { expr } = decides({ expr: bindPredicate(reached, e) });
      if (isAbove(expr)) reached = under(reached, notFalse(expr));
      return expr;
    },
  ).flatMap(conjuncts);
  const below = filteredByKeys(input, plain.filter((e) => !isAbove(e)), predicate.span); // prettier-ignore
  let plan = filtered(settle(cx.stage, below), plain.filter(isAbove), predicate.span);
  for (const e of joins) plan = bindJoin(cx, plan, e);
  return plan;
}

/** Equalities that can be keys of a join below become such, the rest is a filter. */
function filteredByKeys(input: Plan, conditions: readonly Expr[], span: Span): Plan {
  let plan = input;
  const rest: Expr[] = [];
  for (const condition of conditions) {
    const keyed = withKey(plan, condition);
    if (keyed === undefined) rest.push(condition);
    else plan = keyed;
  }
  return filtered(plan, rest, span);
}

const conjunctsOf = (e: ast.Expr): readonly ast.Expr[] =>
  e.kind === 'binary' && e.op === 'and' ? [...conjunctsOf(e.left), ...conjunctsOf(e.right)] : [e];

const isExists = (e: ast.Expr): e is ast.ExistsExpr => e.kind === 'exists';
const isIn = (e: ast.Expr): e is ast.InExpr => e.kind === 'in' && ('kind' in e.list || 'parts' in e.list);

/** `NOT x` for the x that a join can negate. */
const negated = (e: ast.Expr): ast.Expr | undefined => (e.kind === 'unary' && e.op === 'not' ? e.arg : undefined);

const isJoin = (e: ast.Expr): boolean => isExists(e) || isIn(e) || (negated(e) !== undefined && isJoin(negated(e)!));

function bindJoin(cx: ExprContext, plan: Plan, e: ast.Expr, not = false): Plan {
  if (isExists(e)) return existsJoin(cx, plan, e.query, not);
  if (isIn(e)) return inJoin(cx, plan, e, not !== e.not);
  return bindJoin(cx, plan, negated(e)!, !not);
}

/** `FROM a, b WHERE a.x = b.y` is a join with a key: the inner join whose sides the equality links gets it. */
function withKey(plan: Plan, condition: Expr): Plan | undefined {
  if (plan.op === 'project' && isJoinedTime(plan)) {
    const input = [...columnsOf(condition)].every((name) => isPassed(plan, name))
      ? withKey(plan.input, condition)
      : undefined;
    return input && { ...plan, input };
  }
  if (plan.op !== 'join' || plan.kind !== 'inner') return undefined;
  const pair = equalPair(condition, plan.left.schema, plan.right.schema);
  if (pair !== undefined) return isPlain(pair) ? { ...plan, equal: [...plan.equal, pair] } : undefined;
  if (isRange(condition, plan)) return { ...plan, on: conjoin([...(plan.on ? [plan.on] : []), condition]) };
  const within = (side: Plan): boolean =>
    [...columnsOf(condition)].every((name) => side.schema.some((f) => f.name === name));
  if (within(plan.left)) {
    const left = withKey(plan.left, condition);
    return left && { ...plan, left };
  }
  const right = within(plan.right) ? withKey(plan.right, condition) : undefined;
  return right && { ...plan, right };
}

/** A join whose sides both have event time stands under a projection that makes one time of the two. */
const isJoinedTime = ({ input, schema }: Project): boolean => input.op === 'join' && hasEventTime(schema);

const isPassed = ({ schema, exprs }: Project, name: string): boolean => {
  const expr = exprs[schema.findIndex((f) => f.name === name)];
  return expr?.kind === 'column' && expr.name === name;
};

/**
 * A bound that rows of one side set for those of the other: joins search by it, and forget by it. It must not fail, for
 * it is evaluated on rows that other conditions would have kept from it; but for `x + 5`, which joins compare without
 * adding.
 */
function isRange(condition: Expr, { left, right }: Join): boolean {
  if (condition.kind !== 'call' || !/^[<>]=?$/.test(condition.fn)) return false;
  const [a, b] = condition.args as [Expr, Expr];
  const parts =
    (readsOnly(a, left.schema) && readsOnly(b, right.schema)) ||
    (readsOnly(b, left.schema) && readsOnly(a, right.schema));
  return parts && !isVolatile(condition) && [a, b].every((e) => !mayFail(shifted(e).base));
}

/** Columns only: a key is evaluated on rows that other conditions would have kept from it, so it must not fail. */
const isPlain = ({ left, right }: Join['equal'][number]): boolean => left.kind === 'column' && right.kind === 'column';
