import { columnsOf, type Expr } from '../expr/expr.ts';
import { evaluate } from '../expr/evaluate.ts';
import { RowError } from '../expr/functions/function.ts';
import { QueryError } from '../base/errors.ts';
import type { Value } from '../data/value.ts';
import type * as ast from '../syntax/ast.ts';
import { newStage, type QueryContext } from './context.ts';
import { bindExpr } from './expr.ts';
import { fault } from './fault.ts';
import { Names } from './names.ts';

/** An expression that reads no column: an option, a limit, an argument of a table function. */
export function constant(query: QueryContext, e: ast.Expr, clause: string): Expr {
  // Not bound at all: what its tables are has not been asked.
  if (hasQuery(e)) fault('E0203', e.span, `${clause} needs a constant`, { label: 'a query is none' });
  const stage = newStage(new Names());
  const { expr } = bindExpr({ query, scope: { columns: [] }, clause, stage }, e);
  if (stage.pending.length > 0 || columnsOf(expr).size > 0) {
    fault('E0203', e.span, `${clause} needs a constant`, { label: 'this is only known while the query runs' });
  }
  return expr;
}

const hasQuery = (node: object): boolean =>
  ('kind' in node && node.kind === 'full query') ||
  Object.entries(node).some(
    ([key, part]) => key !== 'span' && typeof part === 'object' && part !== null && hasQuery(part as object),
  );

/** Its value. A bare word stands for itself: `FORMAT = csv`, `optimizer = off`. */
export function constantValue(query: QueryContext, e: ast.Expr, clause: string): Value {
  if (e.kind === 'column' && e.name.parts.length === 1) return e.name.parts[0]!.text;
  if (e.kind === 'literal' && (e.type === 'true' || e.type === 'false')) return e.type;
  const expr = constant(query, e, clause);
  try {
    return evaluate(expr, () => null);
  } catch (error) {
    if (!(error instanceof RowError)) throw error;
    throw new QueryError({ code: 'E0203', message: error.message, span: e.span });
  }
}
