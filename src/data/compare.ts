import type { Collation } from './types.ts';
import type { Value } from './value.ts';

/**
 * The order of boxed cells, as SQLite has it: NULL < numbers < TEXT < BLOB (https://sqlite.org/datatype3.html 4.1).
 * INTEGER and REAL compare by their exact mathematical value.
 *
 * @returns negative, 0 or positive. Two NULLs are equal here, as in ORDER BY and GROUP BY.
 */
export function compareValues(a: Value, b: Value, collation: Collation = 'BINARY'): number {
  const rank = classRank(a);
  const other = classRank(b);
  if (rank !== other) return rank - other;
  switch (rank) {
    case 0:
      return 0;
    case 1:
      // `<` of JS compares a bigint with a number exactly, unlike a conversion of either.
      return a! < b! ? -1 : a! > b! ? 1 : 0;
    case 2:
      return compareText(a as string, b as string, collation);
    default:
      return Buffer.compare(a as Uint8Array, b as Uint8Array);
  }
}

/** Whether two cells are one group: NULL with NULL, 1 with 1.0, 0.0 with -0.0. */
export const equalValues = (a: Value, b: Value, collation: Collation = 'BINARY'): boolean =>
  compareValues(a, b, collation) === 0;

/** BINARY is the order of the UTF-8 bytes; NOCASE folds A-Z only; RTRIM ignores trailing spaces. */
export function compareText(a: string, b: string, collation: Collation = 'BINARY'): number {
  switch (collation) {
    case 'BINARY':
      return compareCodePoints(a, b);
    case 'NOCASE':
      return compareCodePoints(foldCase(a), foldCase(b));
    case 'RTRIM':
      return compareCodePoints(trimSpaces(a), trimSpaces(b));
  }
}

/** ASCII letters to lower case, all else as it is: what NOCASE, LIKE and lower() of SQLite do. */
export const foldCase = (text: string): string => text.replace(/[A-Z]+/g, (run) => run.toLowerCase());

const trimSpaces = (text: string): string => text.replace(/ +$/, '');

function compareCodePoints(a: string, b: string): number {
  if (a === b) return 0;
  const least = Math.min(a.length, b.length);
  for (let i = 0; i < least; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return fixSurrogate(x) - fixSurrogate(y);
  }
  return a.length - b.length;
}

/** UTF-16 units in the order of the code points they start: surrogates stand for U+10000 and above. */
const fixSurrogate = (unit: number): number => (unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit);

/** NULL 0, numbers 1, TEXT 2, BLOB 3. */
function classRank(value: Value): number {
  if (value === null) return 0;
  if (typeof value === 'string') return 2;
  return typeof value === 'object' ? 3 : 1;
}
