import { columnsOf, conjoin, conjuncts, type Expr } from '../expr/expr.ts';
import type { Join, Plan } from '../plan/plan.ts';
import type * as ast from '../syntax/ast.ts';
import { settle, type ExprContext } from './context.ts';
import { bindPredicate } from './expr.ts';
import { collect } from './fault.ts';
import { equalPair, filterPlan } from './plans.ts';
import { existsJoin, inJoin } from './semijoin.ts';

/**
 * WHERE: conditions with EXISTS and IN (query) that must hold become semi and anti joins, equalities between the sides
 * of inner joins become keys of those joins, the rest is one filter.
 */
export function bindWhere(cx: ExprContext, input: Plan, predicate: ast.Expr): Plan {
  const written = conjunctsOf(predicate);
  const joins = written.filter(isJoin);
  const plain = collect(
    written.filter((e) => !isJoin(e)),
    (e) => bindPredicate(cx, e),
  ).flatMap(conjuncts);
  let plan = settle(cx.stage, input);
  const rest: Expr[] = [];
  for (const condition of plain) {
    const keyed = withKey(plan, condition);
    if (keyed === undefined) rest.push(condition);
    else plan = keyed;
  }
  if (rest.length > 0) plan = filterPlan(plan, conjoin(rest), predicate.span);
  for (const e of joins) plan = bindJoin(cx, plan, e);
  return plan;
}

const conjunctsOf = (e: ast.Expr): readonly ast.Expr[] =>
  e.kind === 'binary' && e.op === 'and' ? [...conjunctsOf(e.left), ...conjunctsOf(e.right)] : [e];

const isExists = (e: ast.Expr): e is ast.ExistsExpr => e.kind === 'exists';
const isIn = (e: ast.Expr): e is ast.InExpr => e.kind === 'in' && 'kind' in e.list;

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
  if (plan.op !== 'join' || plan.kind !== 'inner') return undefined;
  const pair = equalPair(condition, plan.left.schema, plan.right.schema);
  if (pair !== undefined) return isPlain(pair) ? { ...plan, equal: [...plan.equal, pair] } : undefined;
  const within = (side: Plan): boolean =>
    [...columnsOf(condition)].every((name) => side.schema.some((f) => f.name === name));
  if (within(plan.left)) {
    const left = withKey(plan.left, condition);
    return left && { ...plan, left };
  }
  const right = within(plan.right) ? withKey(plan.right, condition) : undefined;
  return right && { ...plan, right };
}

/** Columns only: a key is evaluated on rows that other conditions would have kept from it, so it must not fail. */
const isPlain = ({ left, right }: Join['equal'][number]): boolean => left.kind === 'column' && right.kind === 'column';
