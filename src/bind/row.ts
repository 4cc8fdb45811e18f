import type { Expr } from '../expr/expr.ts';
import type * as ast from '../syntax/ast.ts';
import { call } from './call.ts';
import { comparison } from './compare.ts';
import type { ExprContext, Typed } from './context.ts';
import { bindExpr } from './expr.ts';
import { fault } from './fault.ts';

/** `(a, b) < (c, d)`: part by part from the left; NULL as soon as an undecided part is NULL. */
export function rowComparison(cx: ExprContext, { op, left, right, span }: ast.Binary): Expr {
  if (left.kind !== 'row' || right.kind !== 'row' || left.parts.length !== right.parts.length) {
    return fault('E0201', span, 'a row of values meets something else', {
      label: 'expected a row with as many values on both sides',
    });
  }
  const sides = left.parts.map((part, i): readonly [Typed, Typed] => [
    bindExpr(cx, part),
    bindExpr(cx, right.parts[i]!),
  ]);
  const all = (fn: string, word: string) =>
    sides.map(([a, b]): Expr => comparison(fn, a, b)).reduce((a, b) => call(word, [a, b]));
  switch (op) {
    case '=':
      return all('=', 'and');
    case '<>':
      return all('<>', 'or');
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
function lexicographic(op: '<' | '<=' | '>' | '>=', [first, ...rest]: readonly (readonly [Typed, Typed])[]): Expr {
  const [a, b] = first!;
  if (rest.length === 0) return comparison(op, a, b);
  const strict = comparison(op === '<=' ? '<' : op === '>=' ? '>' : op, a, b);
  return call('or', [strict, call('and', [comparison('=', a, b), lexicographic(op, rest)])]);
}
