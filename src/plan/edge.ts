import type { Field, Schema } from '../data/types.ts';

/**
 * What is asked of the rows of an operator: these rows in this order; these rows, and those that have the same cells in
 * some columns in this order; or only these rows.
 */
export type Edge = 'list' | PerKey | 'bag';

/** Columns of the rows, one or more, of which equal cells are the same cell. The fewer, the more is asked. */
export interface PerKey {
  readonly perKey: readonly string[];
}

/** Whether equal cells are the same cell, so that it cannot be seen which of them stands for all. */
export const isOneForm = ({ type, collation = 'BINARY' }: Omit<Field, 'name'>): boolean =>
  type === 'INTEGER' || type === 'BOOLEAN' || (type === 'TEXT' && collation === 'BINARY');

/** Rows that agree in these columns keep their order; of columns whose equal cells may differ that cannot be told. */
export function perKey(names: Iterable<string>, schema: Schema): Edge {
  const asked = new Set(names);
  const told = schema.filter((field) => asked.has(field.name) && isOneForm(field));
  return told.length === 0 ? 'list' : { perKey: told.map((field) => field.name) };
}

/** The columns of a key that rows may be told apart by; undefined where nobody looks at the order at all. */
export const keyOf = (edge: Edge): readonly string[] | undefined =>
  edge === 'bag' ? undefined : edge === 'list' ? [] : edge.perKey;

/** All that two readers ask for. @param schema of the rows that both read */
export function both(a: Edge, b: Edge, schema: Schema): Edge {
  const [left, right] = [keyOf(a), keyOf(b)];
  if (left === undefined) return b;
  return right === undefined
    ? a
    : perKey(
        left.filter((name) => right.includes(name)),
        schema,
      );
}

/** Whether rows may change places, as long as those that agree in all of these columns keep their order. */
export const isFreeAcross = (edge: Edge, columns: readonly string[]): boolean =>
  edge === 'bag' || (edge !== 'list' && columns.every((name) => edge.perKey.includes(name)));
