import { parseInteger, parseReal } from '../number.ts';
import { decode } from '../cell.ts';
import type { Value } from '../value.ts';

const isBlank = (byte: number): boolean => byte === 32 || (byte >= 9 && byte <= 13);

/**
 * A field under NUMERIC affinity, as SQLite stores it (datatype3.html 3.1): INTEGER or REAL where the whole field, but
 * for blanks around it, is a number; a REAL without fraction becomes INTEGER; else the text as it is.
 */
export function numericCell(bytes: Uint8Array, start: number, end: number): Value {
  let from = start;
  let to = end;
  while (from < to && isBlank(bytes[from]!)) from++;
  while (to > from && isBlank(bytes[to - 1]!)) to--;
  const first = from < to ? bytes[from]! : 0;
  const starts = (first >= 48 && first <= 57) || first === 43 || first === 45 || first === 46;
  if (!starts) return decode(bytes, start, end);
  const integer = parseInteger(bytes, from, to);
  if (integer !== undefined) return BigInt(integer);
  // `-Inf` is a word to SQLite, not a number; so is every other letter before a digit.
  const real = bytes[to - 1]! > 57 ? NaN : parseReal(bytes, from, to);
  if (Number.isNaN(real)) return decode(bytes, start, end);
  // Up to here SQLite takes the REAL for an INTEGER; the outermost doubles may have lost what the text said.
  return Number.isInteger(real) && Math.abs(real) < 2 ** 63 ? BigInt(real) : real;
}
