import type { Span } from '../base/span.ts';
import type { Field } from '../data/types.ts';
import { column, integer, nullLiteral, type ColumnRef, type Expr } from '../expr/expr.ts';
import { bounded } from '../plan/facts.ts';
import type { Plan } from '../plan/plan.ts';
import type { GroupKey } from './aggregate.ts';
import { call } from './call.ts';
import { originOf } from './fault.ts';
import type { Names } from './names.ts';
import { fieldRef, projectPlan } from './plans.ts';
import { nullable } from './without.ts';

/** The sets of keys of one GROUP BY, and the column that says of a row which of them it is for. */
export interface Sets {
  readonly number: ColumnRef;
  /** By the numbers of the keys. */
  readonly sets: readonly (readonly number[])[];
  /** True of the rows themselves, where there are others: each empty set has a group though there is no row. */
  readonly isRow?: Expr;
}

/** Keys that are the same are one; each set is told by the first of them. */
export function distinctKeys(keys: readonly GroupKey[], sets: Sets['sets']): [readonly GroupKey[], Sets['sets']] {
  const texts = keys.map((key) => JSON.stringify(key.typed.expr));
  const kept = texts.flatMap((text, i) => (texts.indexOf(text) === i ? [i] : []));
  const at = texts.map((text) => kept.indexOf(texts.indexOf(text)));
  return [kept.map((i) => keys[i]!), sets.map((set) => [...new Set(set.map((i) => at[i]!))])];
}

/**
 * Each row once for each set, with the number of the set. A key is NULL in the sets that lack it, and the number is a key,
 * too: so one aggregation makes the groups of all sets, and each row is read once.
 */
export function overSets(
  input: Plan,
  keys: readonly GroupKey[],
  sets: Sets['sets'],
  names: Names,
  span: Span,
): { readonly plan: Plan; readonly keys: readonly GroupKey[]; readonly sets: Sets } {
  const field: Field = { name: names.fresh('$set'), type: 'INTEGER' };
  const number = column(field.name, 'INTEGER');
  const expanded: Plan = {
    op: 'expand',
    kind: 'inner',
    schema: [...input.schema, field],
    input,
    fn: 'generate_series',
    args: [integer(0), integer(sets.length - 1)],
    columns: [{ column: 'value', field }],
    origin: originOf(span),
  };
  const told = keys.map((key, i): GroupKey => {
    const has = sets.flatMap((set, at) => (set.includes(i) ? [integer(at)] : []));
    if (has.length === sets.length) return key;
    const { expr } = key.typed;
    const branches = [{ when: call('in', [number, ...has]), then: expr }];
    return { ...key, by: { kind: 'case', branches, otherwise: nullLiteral, type: expr.type } };
  });
  const all = [...told, { name: field.name, typed: { expr: number } }];
  const empty = sets.flatMap((set, at) => (set.length === 0 ? [at] : []));
  if (empty.length === 0 || !bounded(input)) return { plan: expanded, keys: all, sets: { number, sets } };
  const isRow: Field = { name: names.fresh('$row'), type: 'INTEGER' };
  const schema = [...expanded.schema.map(nullable), isRow];
  const plan: Plan = {
    op: 'union',
    schema,
    inputs: [
      projectPlan(expanded, schema, [...expanded.schema.map(fieldRef), integer(1)]),
      { op: 'values', schema, rows: empty.map((at) => [...input.schema.map(nullOf), integer(at), integer(0)]) },
    ],
    origin: originOf(span),
  };
  return { plan, keys: all, sets: { number, sets, isRow: fieldRef(isRow) } };
}

const nullOf = ({ type }: Field): Expr => ({ ...nullLiteral, type });

/** `grouping(a, b)` of a row of groups: a bit for each key, the last one the lowest, which is 1 where its set lacks the key. */
export function groupingMask({ number, sets }: Sets, keys: readonly number[]): Expr {
  const masks = sets.map((set) => keys.reduce((mask, key) => mask * 2 + (set.includes(key) ? 0 : 1), 0));
  const branches = masks.map((mask, at) => ({ when: call('=', [number, integer(at)]), then: integer(mask) }));
  return { kind: 'case', branches, otherwise: nullLiteral, type: 'INTEGER' };
}
