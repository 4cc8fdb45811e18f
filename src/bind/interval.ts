import { parseDuration } from '../expr/duration.ts';
import { integer, type Expr } from '../expr/expr.ts';
import { call } from './call.ts';
import { fieldRef, projectPlan } from './plans.ts';
import { visible, type Relation, type ScopeColumn } from './scope.ts';

/**
 * An INTERVAL that is a value: `interval_text` over its microseconds. Whoever does not ask sees its text; who reckons
 * with it, compares it or stores it in a column takes the microseconds.
 */
export const intervalOf = (us: Expr): Expr => call('interval_text', [us]);

/** The microseconds of an INTERVAL; undefined for any other expression. */
export const lengthIn = (e: Expr): Expr | undefined =>
  e.kind === 'call' && e.fn === 'interval_text' ? e.args[0] : undefined;

/** What a column, a sort key or a key of groups has of an expression. */
export const stored = (e: Expr): Expr => lengthIn(e) ?? e;

/** An INTERVAL as the text that everybody else sees. */
export const shown = (e: Expr): Expr => (lengthIn(e) ? { kind: 'cast', arg: e, to: 'TEXT', type: 'TEXT' } : e);

/** Both as microseconds where an INTERVAL meets another one, or text that may be one. */
export function alignLengths(a: Expr, b: Expr): readonly [Expr, Expr] | undefined {
  const [x, y] = [lengthIn(a), lengthIn(b)];
  if (x !== undefined) return y !== undefined ? [x, y] : b.type === 'TEXT' ? [x, written(b)] : undefined;
  return y !== undefined && a.type === 'TEXT' ? [written(a), y] : undefined;
}

/** The microseconds that a text stands for. */
export function written(e: Expr): Expr {
  const length = e.kind === 'literal' && e.type === 'TEXT' ? parseDuration(String(e.value).trim()) : undefined;
  return length === undefined || length.months !== 0 ? call('interval_us', [e]) : integer(length.us);
}

/**
 * Columns that are INTERVALs as text: for what takes columns as they are.
 *
 * @param keep names of fields that stay what they are
 */
export function lengthsAsText(relation: Relation, keep: ReadonlySet<string> = new Set()): Relation {
  const isText = ({ field }: ScopeColumn): boolean => field.interval === true && !keep.has(field.name);
  if (!relation.columns.some(isText)) return relation;
  const { schema } = relation.plan;
  const names = new Set(relation.columns.flatMap((c) => (isText(c) ? [c.field.name] : [])));
  const fields = schema.map((f) => (names.has(f.name) ? { name: f.name, type: 'TEXT' as const } : f));
  const exprs = schema.map((f) => (names.has(f.name) ? intervalOf(fieldRef(f)) : fieldRef(f)));
  const byName = new Map(fields.map((f) => [f.name, f]));
  return {
    ...relation,
    plan: projectPlan(relation.plan, fields, exprs),
    columns: relation.columns.map((c) => (isText(c) ? { ...c, field: byName.get(c.field.name)! } : c)),
  };
}

/** Two relations whose columns go below each other: only where both have INTERVALs do these stay lengths. */
export function alikeLengths(left: Relation, right: Relation): readonly [Relation, Relation] {
  const [a, b] = [visible(left.columns), visible(right.columns)];
  const both = a.flatMap((c, i) => (c.field.interval && b[i]?.field.interval ? [i] : []));
  const names = (columns: readonly ScopeColumn[]) => new Set(both.map((i) => columns[i]!.field.name));
  return [lengthsAsText(left, names(a)), lengthsAsText(right, names(b))];
}
