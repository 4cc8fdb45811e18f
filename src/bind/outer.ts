import { column, columnsOf, type Expr } from '../expr/expr.ts';
import type * as ast from '../syntax/ast.ts';
import type { ExprContext, QueryContext, Typed } from './context.ts';
import type { Param } from './dependent.ts';
import { bindExpr } from './expr.ts';
import { freeName, isFreeName } from './free.ts';
import { columnTyped } from './items.ts';
import { fold } from './names.ts';
import { ambiguous, candidates } from './scope.ts';
import { without } from './without.ts';

/** A query that others stand in: what they read of its row becomes a parameter of theirs. */
export class OuterQuery {
  readonly cx: ExprContext;
  readonly id: number;
  readonly #params = new Map<string, Param>();

  constructor(cx: ExprContext) {
    this.cx = cx;
    this.id = ++cx.query.nesting.queries;
  }

  /** What was read so far. */
  get params(): readonly Param[] {
    return [...this.#params.values()];
  }

  /** An expression over the row of this query, as one that the inner query can read. */
  param(typed: Typed, label: string): Typed {
    const { expr } = typed;
    if (expr.kind === 'literal') return typed;
    // Stand-ins of aggregates are told apart by identity.
    const text = JSON.stringify(expr);
    let found = this.#params.get(text);
    if (found === undefined) {
      const taken = [...this.#params.values()].map((p) => p.name);
      let name = freeName(this.id, label);
      for (let n = 1; taken.includes(name); n++) name = freeName(this.id, `${label}_${n}`);
      this.#params.set(text, (found = { name, expr }));
    }
    return { ...typed, expr: column(found.name, expr.type) };
  }
}

/** The context of a query inside an expression, and what will know the columns that it reads of the query around it. */
export function innerQuery(cx: ExprContext): { readonly query: QueryContext; readonly outer: OuterQuery } {
  const outer = new OuterQuery(cx);
  return { query: { ...cx.query, outer: [...cx.query.outer, outer] }, outer };
}

/** A column of a query around, the nearest one that has it; its aliases count as they do there. */
export function outerColumn({ query }: ExprContext, e: ast.ColumnExpr): Typed | undefined {
  for (const outer of query.outer.toReversed()) {
    const { cx } = outer;
    const found = candidates(cx.scope.columns, e);
    if (found.length > 1) ambiguous(e, found);
    const label = e.name.parts.at(-1)!.text;
    if (found.length === 1) return outer.param(columnTyped(found[0]!), found[0]!.label);
    const alias = e.name.parts.length === 1 ? cx.aliases?.get(fold(label)) : undefined;
    if (alias !== undefined) return outer.param(bindExpr(without(cx, 'aliases'), alias), label);
  }
  return undefined;
}

/** The innermost query around whose columns are all that some expressions read; undefined if they read others, or none. */
export function ownerOf({ query }: ExprContext, exprs: readonly Expr[]): OuterQuery | undefined {
  const names = new Set(exprs.flatMap((e) => [...columnsOf(e)]));
  if (![...names].every(isFreeName)) return undefined;
  return query.outer.findLast((outer) => outer.params.some((p) => names.has(p.name)));
}
