import type { Field, Schema } from '../data/types.ts';
import { column, columnsOf, text, type Expr } from '../expr/expr.ts';
import type { Plan, PlanOf, Project } from './plan.ts';

/**
 * The hidden column that `lineage()` reads: a JSON array of the positions in the sources that a row comes from, such as
 * `["access.log:12"]`: line, rowid, or number of the row. Users cannot name it. `~access.log` is a position that is not
 * known any closer: of what an unaligned command gave, any row may have had a part in it.
 */
export const lineageField: Field = { name: '$lineage', type: 'JSON', notNull: true };

export const isIn = ({ name }: Field, { schema }: Plan): boolean => schema.some((f) => f.name === name);
export const own: Expr = column(lineageField.name, lineageField.type);
export const isOwn = (e: Expr): boolean => e.kind === 'column' && e.name === lineageField.name;
export const readsLineage = (e: Expr): boolean => columnsOf(e).has(lineageField.name);
export const call = (fn: string, ...args: readonly Expr[]): Expr => ({ kind: 'call', fn, args, type: 'JSON' });
export const merge = (a: Expr, b: Expr): Expr => call('lineage_merge', a, b);
export const sources = (positions: readonly string[]): Expr => ({ ...text(JSON.stringify(positions)), type: 'JSON' });
export const position = (at: string): Expr => sources([at]);
export const nothing = sources([]);
export const allOf = (name: string) =>
  ({ name, fn: 'lineage_union', args: [own], distinct: false, type: 'JSON' }) as const;

/**
 * `schema` with the new column as its last one. An operator may have it among its columns already: above groups it stands
 * for that of all their rows.
 */
export const endingIn = (schema: Schema, last: Field = lineageField): Schema => [
  ...schema.filter((f) => f.name !== lineageField.name),
  last,
];

/** `schema`, which begins with the columns of the input, with the new one right behind these. */
export const behind = (schema: Schema, input: Schema): Schema => {
  if (schema.some((f) => f.name === lineageField.name)) return schema;
  const below = new Set(input.map((f) => f.name));
  const last = schema.findLastIndex((f) => below.has(f.name) && !f.name.startsWith('$')) + 1;
  return [...schema.slice(0, last), lineageField, ...schema.slice(last)];
};

/** Just these columns, the last one computed by `expr`. */
export const replaced = (input: Plan, expr: Expr, schema: Schema): Project => ({
  op: 'project',
  input,
  exprs: [...schema.slice(0, -1).map((f) => column(f.name, f.type)), expr],
  schema,
});
export const only = (schema: Schema, input: Plan): Project => ({
  op: 'project',
  input,
  exprs: schema.map((f) => column(f.name, f.type)),
  schema,
});
export const plus = (plan: Plan, expr: Expr): Plan => replaced(plan, expr, endingIn(plan.schema));

/** Rows that nobody wrote come from nowhere: that of a SELECT without FROM, those of sets of groups that are there without one. */
export function valuesWithPlaces(plan: PlanOf<'values'>): Plan {
  const areWritten = plan.schema.length > 0 && !plan.schema.some((f) => f.name.startsWith('$'));
  const rows = plan.rows.map((row, i) => [...row, areWritten ? position(`VALUES:${i + 1}`) : nothing]);
  return { ...plan, schema: [...plan.schema, lineageField], rows };
}
