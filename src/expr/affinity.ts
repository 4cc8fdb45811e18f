import type { Affinity, Schema, Type } from '../data/types.ts';
import { children, type Expr } from './expr.ts';

const isNumeric = (a: Affinity | undefined): boolean => a === 'INTEGER' || a === 'REAL' || a === 'NUMERIC';

/** The affinity that a comparison applies to both sides (https://sqlite.org/datatype3.html 4.2); undefined for none. */
export function comparisonAffinity(a: Affinity | undefined, b: Affinity | undefined): Affinity | undefined {
  // Both are columns (or casts): a number on one side makes the other numeric; else nothing is converted.
  const affinity =
    a !== undefined && b !== undefined ? (isNumeric(a) || isNumeric(b) ? 'NUMERIC' : undefined) : (a ?? b);
  return affinity === 'BLOB' ? undefined : affinity;
}

/** Whether applying the affinity can turn a cell of this type into one that compares otherwise. */
export function affinityChanges(affinity: Affinity, type: Type): boolean {
  switch (type) {
    case 'ANY':
      return affinity !== 'BLOB';
    case 'TEXT':
    case 'JSON':
    case 'TIMESTAMP':
      return isNumeric(affinity);
    case 'INTEGER':
    case 'REAL':
    case 'BOOLEAN':
      return affinity === 'TEXT';
    case 'NULL':
    case 'BLOB':
      return false;
  }
}

const comparisons: ReadonlySet<string> = new Set(['=', '<>', '<', '<=', '>', '>=', 'is', 'is not', 'in']);

/**
 * Whether SQLite, given this expression over columns of `schema`, converts in each comparison just what the expression
 * says. It need not: of `+a = '1'` only `a = '1'` is left here, and a predicate may have been written over other columns.
 */
export function hasOwnAffinities(e: Expr, schema: Schema): boolean {
  if (!children(e).every((child) => hasOwnAffinities(child, schema))) return false;
  if (e.kind !== 'call' || !comparisons.has(e.fn)) return true;
  const [left, right] = e.args.map((arg) => affinityIn(arg, schema));
  const derived = comparisonAffinity(left, e.fn === 'in' ? undefined : right);
  const used = derived !== undefined && e.args.some((arg) => affinityChanges(derived, arg.type)) ? derived : undefined;
  return used === e.affinity || (isNumeric(used) && isNumeric(e.affinity));
}

function affinityIn(e: Expr, schema: Schema): Affinity | undefined {
  if (e.kind === 'column') return schema.find((f) => f.name === e.name)?.affinity;
  return e.kind === 'cast' && e.to !== 'BOOLEAN' && e.to !== 'TIMESTAMP' ? e.to : undefined;
}
