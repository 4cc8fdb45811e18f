import { boolean, type Expr } from '../expr/expr.ts';
import type * as ast from '../syntax/ast.ts';
import { call } from './call.ts';
import type { ExprContext, Typed } from './context.ts';
import { bindExpr } from './expr.ts';
import { asksCommand } from './function-body.ts';
import { columnOf, isVolatile } from './stage.ts';

/**
 * How the parts of a lazy expression (CASE, AND, OR, coalesce) are bound: with what must hold for the part to be reached,
 * so that a command is asked about no other rows (ClickHouse#71398 asks it about all).
 */
export interface Laziness {
  /** A condition that decides about later parts; it is used twice, so it becomes a column if it is volatile. */
  readonly decides: (condition: Typed) => Typed;
  /** The context of a part that is reached only where `condition` is true. */
  readonly under: (cx: ExprContext, condition: Expr) => ExprContext;
}

const eager: Laziness = { decides: (condition) => condition, under: (cx) => cx };

/** @param parts where a command may be asked; without one nothing needs to be guarded. */
export const lazinessOf = (cx: ExprContext, ...parts: readonly ast.Expr[]): Laziness =>
  parts.some((part) => asksCommand(part, cx.query.catalog))
    ? {
        decides: (condition) => (isVolatile(condition.expr) ? columnOf(cx, condition) : condition),
        under: ({ guard, ...rest }, condition) => ({
          ...rest,
          guard: guard === undefined ? condition : call('and', [guard, condition]),
        }),
      }
    : eager;

/** TRUE where the condition is false or NULL. */
export const notTrue = (e: Expr): Expr => ({
  kind: 'case',
  branches: [{ when: e, then: boolean(false) }],
  otherwise: boolean(true),
  type: 'BOOLEAN',
});

/** TRUE where the condition is true or NULL. */
export const notFalse = (e: Expr): Expr => notTrue(call('not', [e]));

/** `a AND b`, `a OR b`: the right side is reached where the left one does not decide. */
export function bindConnective(cx: ExprContext, e: ast.Binary): readonly [Typed, Typed] {
  const { decides, under } = lazinessOf(cx, e.right);
  const left = decides(bindExpr(cx, e.left));
  const open = e.op === 'and' ? notFalse(left.expr) : notTrue(left.expr);
  return [left, bindExpr(under(cx, open), e.right)];
}

/** Arguments of `coalesce`, `ifnull` and `iif`. */
export function bindLazyArguments(cx: ExprContext, name: string, args: readonly ast.Expr[]): readonly Typed[] {
  const { decides, under } = lazinessOf(cx, ...args);
  const isChoice = name === 'iif' || name === 'if';
  let reached = cx;
  let then: ExprContext | undefined;
  return args.map((arg, i) => {
    if (then !== undefined) {
      const value = bindExpr(then, arg);
      then = undefined;
      return value;
    }
    const isLast = i === args.length - 1;
    const typed = isLast ? bindExpr(reached, arg) : decides(bindExpr(reached, arg));
    if (isLast) return typed;
    if (isChoice) then = under(reached, typed.expr);
    reached = under(reached, isChoice ? notTrue(typed.expr) : call('isnull', [typed.expr]));
    return typed;
  });
}
