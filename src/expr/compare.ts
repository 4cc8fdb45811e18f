import { formatReal } from '../data/number.ts';
import type { Affinity } from '../data/types.ts';
import type { Value } from '../data/value.ts';
import { integerIfExact, integerPrefix, numberPrefix, realToInteger, smallInteger } from './number.ts';

/** What a column of this affinity stores for a value (https://sqlite.org/datatype3.html section 3). */
export function applyAffinity(v: Value, affinity: Affinity): Value {
  switch (affinity) {
    case 'BLOB':
      return v;
    case 'TEXT':
      return typeof v === 'bigint' ? String(v) : typeof v === 'number' ? formatReal(v) : v;
    case 'REAL': {
      const number = typeof v === 'string' ? numberOfText(v) : v;
      return typeof number === 'bigint' ? Number(number) : number;
    }
    case 'INTEGER':
    case 'NUMERIC': {
      const number = typeof v === 'string' ? numberOfText(v) : v;
      return typeof number === 'number' ? integerIfExact(number) : number;
    }
  }
}

/** A side of a comparison after the affinity of the comparison: TEXT may become a number, or a number TEXT. */
export function forComparison(v: Value, affinity: Affinity): Value {
  if (affinity === 'BLOB') return v;
  if (affinity === 'TEXT') return applyAffinity(v, 'TEXT');
  return typeof v === 'string' ? numberOfText(v) : v;
}

/** A text that is wholly a number, as INTEGER or REAL; any other text as it is (applyNumericAffinity). */
export function numberOfText(text: string): string | bigint | number {
  const found = numberPrefix(text);
  if (!found.whole) return text;
  if (found.real) return found.value;
  const small = smallInteger(found.value);
  if (small !== undefined) return small;
  const integer = integerPrefix(text);
  return integer.end === 'whole' ? integer.value : found.value;
}

/** The number that arithmetic takes a cell for: of TEXT and BLOB the longest prefix that is one, else 0. */
export function numericValue(v: Value): null | bigint | number {
  if (v === null || typeof v === 'bigint' || typeof v === 'number') return v;
  const text = textOf(v);
  const found = numberPrefix(text);
  if (!found.any) return 0n;
  if (found.real) return found.value;
  const integer = integerPrefix(text);
  const fits = integer.end === 'whole' || (integer.end === 'more' && !found.whole);
  return fits ? integer.value : found.value;
}

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

/** A cell that is not NULL as TEXT; a BLOB is taken for UTF-8. */
export function textOf(v: NonNullable<Value>): string {
  switch (typeof v) {
    case 'string':
      return v;
    case 'bigint':
      return String(v);
    case 'number':
      return formatReal(v);
    default:
      return utf8.decode(v);
  }
}

/** A cell as a 64-bit integer: REAL cut towards zero and clamped, TEXT by its leading digits, NULL 0. */
export function integerOf(v: Value): bigint {
  if (v === null) return 0n;
  if (typeof v === 'bigint') return v;
  return typeof v === 'number' ? realToInteger(v) : integerPrefix(textOf(v)).value;
}

/** A cell as a double; NULL and text that is no number are 0. */
export function realOf(v: Value): number {
  if (v === null) return 0;
  if (typeof v === 'number') return v;
  return typeof v === 'bigint' ? Number(v) : numberPrefix(textOf(v)).value;
}

/** Whether a cell counts as true; null where it is NULL. */
export function truthOf(v: Value): boolean | null {
  if (v === null) return null;
  return typeof v === 'bigint' ? v !== 0n : realOf(v) !== 0;
}

/** SQLite has no NaN: it is NULL. */
export const realOrNull = (r: number): number | null => (Number.isNaN(r) ? null : r);
