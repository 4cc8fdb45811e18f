import { aggregateFunctions, scalarFunctions } from '../expr/functions/catalog.ts';
import type * as ast from '../syntax/ast.ts';
import { call } from './call.ts';
import type { Typed } from './context.ts';
import { dotted, fold } from './names.ts';

/**
 * An argument of a JSON function. What another JSON function gives is taken for JSON there, and other text for a string;
 * where that result is a column by now (of an aggregate, a window or a subquery), `json` says it again.
 */
export const jsonArgument = (written: ast.Expr, typed: Typed): Typed =>
  typed.expr.kind === 'column' && typed.expr.type === 'JSON' && isJsonResult(written)
    ? { ...typed, expr: call('json', [typed.expr]) }
    : typed;

function isJsonResult(e: ast.Expr): boolean {
  if (e.kind === 'call') {
    const name = fold(dotted(e.name));
    return (scalarFunctions.get(name) ?? aggregateFunctions.get(name))?.type === 'JSON';
  }
  if (e.kind !== 'subquery' || e.query.body.kind !== 'select') return false;
  const [item] = e.query.body.items;
  return item?.kind === 'item' && isJsonResult(item.expr);
}
