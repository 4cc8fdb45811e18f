import type { Field } from '../data/types.ts';
import type { Expr } from '../expr/expr.ts';
import type { Node, Plan } from './plan.ts';

/**
 * Gives each row once for every row that a function makes of its values: `FROM t, json_each(t.tags)`. Output: columns of
 * `input`, then `columns`. A row for which there is none that meets `on` is dropped (inner) or gets NULLs (left).
 */
export interface Expand extends Node<'expand'> {
  readonly kind: 'inner' | 'left';
  readonly input: Plan;
  /** Of `rowFunctions`. */
  readonly fn: string;
  readonly args: readonly Expr[];
  /** Columns to give: the name that the function has for it, and the field of the output. */
  readonly columns: readonly { readonly column: string; readonly field: Field }[];
  /** Over the columns of both. */
  readonly on?: Expr;
}
