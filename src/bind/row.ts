import type { Span } from '../base/span.ts';
import type { Expr } from '../expr/expr.ts';
import type * as ast from '../syntax/ast.ts';
import { call } from './call.ts';
import { comparison } from './compare.ts';
import type { ExprContext, Typed } from './context.ts';
import { fault } from './fault.ts';
import { valuesOf } from './subquery.ts';

type Pair = readonly [Typed, Typed];

/** Whether two sides are compared value by value: one is `(a, b)`, or both are queries and so may have several columns. */
export const areRows = (a: ast.Expr, b: ast.Expr): boolean =>
  a.kind === 'row' || b.kind === 'row' || (a.kind === 'subquery' && b.kind === 'subquery');

/** `(a, b) < (c, d)`: part by part from the left; NULL as soon as an undecided part is NULL. */
export function rowComparison(cx: ExprContext, { op, left, right, span }: ast.Binary): Expr {
  return compareRows(op, valuesOf(cx, left), valuesOf(cx, right), span);
}

/** `CASE (a, b) WHEN (c, d)` */
export const rowEquals = (cx: ExprContext, subject: readonly Typed[], value: ast.Expr): Expr =>
  compareRows('=', subject, valuesOf(cx, value), value.span);

/** `(a, b) IS (c, d)` */
export const rowIs = (cx: ExprContext, left: ast.Expr, right: ast.Expr, not: boolean, span: Span): Expr =>
  compareRows(not ? 'is not' : 'is', valuesOf(cx, left), valuesOf(cx, right), span);

/** `(a, b) BETWEEN (c, d) AND (e, f)` */
export function rowBetween(cx: ExprContext, { arg, low, high, not, span }: ast.Between): Expr {
  const [x, from, to] = [arg, low, high].map((e) => valuesOf(cx, e));
  const both = call('and', [compareRows('>=', x!, from!, span), compareRows('<=', x!, to!, span)]);
  return not ? call('not', [both]) : both;
}

/** `(a, b) IN ((c, d), (e, f))` */
export function rowInList(cx: ExprContext, { arg, not, span }: ast.InExpr, list: readonly ast.Expr[]): Expr {
  const needle = valuesOf(cx, arg);
  const [first, ...rest] = list.map((e) => compareRows('=', needle, valuesOf(cx, e), span));
  if (first === undefined) return { kind: 'literal', type: 'BOOLEAN', value: not ? 1 : 0 };
  const found = rest.reduce((a, b) => call('or', [a, b]), first);
  return not ? call('not', [found]) : found;
}

function compareRows(op: string, left: readonly Typed[], right: readonly Typed[], span: Span): Expr {
  if (left.length !== right.length) {
    return fault('E0201', span, 'rows of different numbers of values are compared', {
      label: `${left.length} on the left, ${right.length} on the right`,
    });
  }
  const sides = left.map((value, i): Pair => [value, right[i]!]);
  const all = (fn: string, word: string) =>
    sides.map(([a, b]): Expr => comparison(fn, a, b)).reduce((a, b) => call(word, [a, b]));
  switch (op) {
    case '=':
    case 'is':
      return all(op, 'and');
    case '<>':
    case 'is not':
      return all(op, 'or');
    case '<':
    case '<=':
    case '>':
    case '>=':
      return lexicographic(op, sides);
    default:
      return fault('E0201', span, `\`${op}\` does not take rows of values`, { label: 'rows can only be compared' });
  }
}

/** a < c OR (a = c AND b < d) */
function lexicographic(op: '<' | '<=' | '>' | '>=', [first, ...rest]: readonly Pair[]): Expr {
  const [a, b] = first!;
  if (rest.length === 0) return comparison(op, a, b);
  const strict = comparison(op === '<=' ? '<' : op === '>=' ? '>' : op, a, b);
  return call('or', [strict, call('and', [comparison('=', a, b), lexicographic(op, rest)])]);
}
