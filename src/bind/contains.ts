import { aggregateFunctions, scalarFunctions } from '../expr/functions/catalog.ts';
import type * as ast from '../syntax/ast.ts';
import { dotted, fold } from './names.ts';

/** Whether a call of an aggregate, or one OVER a window, stands in an expression, outside of its subqueries. */
export function hasAggregate(e: ast.Expr): boolean {
  if (e.kind === 'call') {
    if (e.over !== undefined) return true;
    const name = fold(dotted(e.name));
    if (aggregateFunctions.has(name) && (e.star || e.args.length <= 1 || !scalarFunctions.has(name))) return true;
  }
  return partsOf(e).some(hasAggregate);
}

/** Whether a subquery stands in an expression. */
export const hasSubquery = (e: ast.Expr): boolean =>
  e.kind === 'subquery' ||
  e.kind === 'exists' ||
  (e.kind === 'in' && ('kind' in e.list || 'parts' in e.list)) ||
  partsOf(e).some(hasSubquery);

/** Whether a function is called in an expression, by name or by an operator that stands for one. */
const hasCall = (e: ast.Expr): boolean =>
  e.kind === 'call' ||
  e.kind === 'like' ||
  e.kind === 'index' ||
  (e.kind === 'binary' && e.op.startsWith('->')) ||
  partsOf(e).some(hasCall);

/** What IS takes for TRUE or FALSE. SQLite makes such a literal of `x IN ()` too, unless a function is called in x. */
export function truthOf(e: ast.Expr): boolean | undefined {
  if (e.kind === 'collate') return truthOf(e.arg);
  if (e.kind === 'literal' && (e.type === 'true' || e.type === 'false')) return e.type === 'true';
  const isEmpty = e.kind === 'in' && 'length' in e.list && e.list.length === 0;
  return isEmpty && !hasCall(e.arg) ? e.not : undefined;
}

function partsOf(e: ast.Expr): readonly ast.Expr[] {
  switch (e.kind) {
    case 'unary':
    case 'cast':
    case 'collate':
      return [e.arg];
    case 'binary':
    case 'is':
      return [e.left, e.right];
    case 'between':
      return [e.arg, e.low, e.high];
    case 'in':
      return 'kind' in e.list || 'parts' in e.list ? [e.arg] : [e.arg, ...e.list];
    case 'like':
      return [e.arg, e.pattern, ...(e.escape ? [e.escape] : [])];
    case 'case':
      return [
        ...(e.operand ? [e.operand] : []),
        ...e.branches.flatMap((b) => [b.when, b.then]),
        ...(e.otherwise ? [e.otherwise] : []),
      ];
    case 'call':
      return e.args;
    case 'row':
      return e.parts;
    case 'index':
      return [e.arg, e.index];
    default:
      return [];
  }
}
