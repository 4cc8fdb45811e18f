import type { TableRef } from '../ast.ts';

/** `a, b JOIN c` is `(a, b) JOIN c`: joins begin on the left, unless parentheses say otherwise. */
export function productOf(left: TableRef, right: TableRef): TableRef {
  if (right.kind === 'join' && right.alias === undefined && !right.nested)
    return { ...right, left: productOf(left, right.left) };
  const { span } = right;
  return { kind: 'join', span, left, right: opened(right), join: { span, type: 'cross', natural: false, asof: false } };
}

/** Without the parentheses on its left that say nothing where it is the first of a list or the right side of a join. */
export function opened(ref: TableRef): TableRef {
  if (ref.kind !== 'join' || ref.alias !== undefined) return ref;
  const { kind, span, left, right, join } = ref;
  return { kind, span, left: opened(left), right, join };
}
