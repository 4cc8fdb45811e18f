import { children, column, columnsOf, type Expr } from '../expr/expr.ts';
import { scalarFunctions } from '../expr/functions/catalog.ts';
import type { Field } from '../data/types.ts';
import type { Plan } from '../plan/plan.ts';
import type { ExprContext, Typed } from './context.ts';
import { fieldRef, projectPlan } from './plans.ts';

/** Whether two evaluations on one row may differ. */
export const isVolatile = (e: Expr): boolean =>
  (e.kind === 'call' && scalarFunctions.get(e.fn)?.volatile === true) || children(e).some(isVolatile);

/**
 * An expression that is about to be used twice for one written occurrence (BETWEEN, CASE x WHEN). If it is volatile, it
 * is evaluated once, as a column below.
 */
export const shared = (cx: ExprContext, typed: Typed): Typed => (isVolatile(typed.expr) ? columnOf(cx, typed) : typed);

/** The value of an expression as a column below the operator. */
export function columnOf(cx: ExprContext, typed: Typed): Typed {
  const { stage, aggregates } = cx;
  const { collation } = typed;
  const field: Field = {
    name: stage.names.fresh('value'),
    type: typed.expr.type,
    ...(collation !== undefined && collation !== 'BINARY' && { collation }),
  };
  let { expr } = typed;
  stage.added.add(field.name);
  if (aggregates !== undefined && stage !== aggregates.stage) stage.lifts.push(() => (expr = aggregates.lift(expr)));
  const add = (input: Plan): Plan =>
    projectPlan(input, [...input.schema, field], [...input.schema.map(fieldRef), expr]);
  stage.pending.push(Object.assign(add, { reads: () => columnsOf(expr), adds: field.name }));
  return { ...typed, expr: column(field.name, field.type) };
}
