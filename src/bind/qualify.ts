import type { Plan } from '../plan/plan.ts';
import type * as ast from '../syntax/ast.ts';
import { newStage, settle, type ExprContext, type QueryContext } from './context.ts';
import { bindPredicate } from './expr.ts';
import { fault } from './fault.ts';
import { Names } from './names.ts';
import { Overs } from './overs.ts';
import { filterPlan } from './plans.ts';
import type { Relation } from './scope.ts';

/** `|> QUALIFY p`: a filter that may ask window functions. Their columns stay below; no name reaches them. */
export function bindPipeQualify(query: QueryContext, input: Relation, predicate: ast.Expr): Relation {
  const cx: ExprContext = {
    query,
    scope: input,
    clause: '|> QUALIFY',
    stage: newStage(new Names(input.plan.schema.map((f) => f.name))),
    overs: new Overs(),
  };
  const bound = bindPredicate(cx, predicate);
  return { ...input, plan: filterPlan(settle(cx.stage, input.plan), bound, predicate.span) };
}

/** QUALIFY where the SELECT has no window function is a slip: it should be another clause. */
export function requireOver(overs: Overs, predicate: ast.Expr, isGrouped: boolean): void {
  if (overs.used) return;
  fault('E0209', predicate.span, 'QUALIFY without a window function', {
    label: 'neither the items nor this condition have OVER',
    help: [`use ${isGrouped ? 'HAVING for conditions on groups' : 'WHERE for conditions on rows'}`],
  });
}

/** The rows that QUALIFY keeps; all of them where there is none. */
export const qualified = (input: Plan, predicate: Parameters<typeof filterPlan>[1] | undefined, e?: ast.Expr): Plan =>
  predicate === undefined ? input : filterPlan(input, predicate, e!.span);
