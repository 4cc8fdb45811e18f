/**
 * What compiled expressions call on TEXT as bytes `b[s .. e)`, UTF-8. Results are numbers: offsets, orders, counts; so no
 * object is made per row.
 */

export { compareBytes as orderBytes } from '../../data/order.ts';

export function equalBytes(a: Uint8Array, aS: number, aE: number, b: Uint8Array, bS: number, bE: number): boolean {
  const length = aE - aS;
  if (bE - bS !== length) return false;
  for (let i = 0; i < length; i++) if (a[aS + i] !== b[bS + i]) return false;
  return true;
}

/** A-Z to a-z. */
export const lowerTable = Uint8Array.from({ length: 256 }, (_, c) => (c >= 0x41 && c <= 0x5a ? c + 32 : c));
/** a-z to A-Z. */
export const upperTable = Uint8Array.from({ length: 256 }, (_, c) => (c >= 0x61 && c <= 0x7a ? c - 32 : c));

export function equalNoCase(a: Uint8Array, aS: number, aE: number, b: Uint8Array, bS: number, bE: number): boolean {
  return aE - aS === bE - bS && compareNoCase(a, aS, aE, b, bS, bE) === 0;
}

export function compareNoCase(a: Uint8Array, aS: number, aE: number, b: Uint8Array, bS: number, bE: number): number {
  const length = Math.min(aE - aS, bE - bS);
  for (let i = 0; i < length; i++) {
    const difference = lowerTable[a[aS + i]!]! - lowerTable[b[bS + i]!]!;
    if (difference !== 0) return difference;
  }
  return aE - aS - (bE - bS);
}

/** Where the text ends without its trailing spaces. */
export function trimEnd(b: Uint8Array, s: number, e: number): number {
  while (e > s && b[e - 1] === 0x20) e--;
  return e;
}

/** As `trimEnd`, of the ASCII characters whose entry in `set` is 1. */
export function trimEndOf(b: Uint8Array, s: number, e: number, set: Uint8Array): number {
  while (e > s && set[b[e - 1]!] === 1) e--;
  return e;
}

export function trimStartOf(b: Uint8Array, s: number, e: number, set: Uint8Array): number {
  while (s < e && set[b[s]!] === 1) s++;
  return s;
}

/** Where the `nth` piece (from 1) between separators starts; -1 if there are fewer. */
export function pieceStart(b: Uint8Array, s: number, e: number, separator: number, nth: number): number {
  let at = s;
  let left = nth - 1;
  // Four bytes at a time, as long as they cannot hold the last separator: fewer branches that nobody can foresee.
  for (const stop = e - 4; left > 0 && at < stop; at += 4) {
    const found =
      (b[at] === separator ? 1 : 0) +
      (b[at + 1] === separator ? 1 : 0) +
      (b[at + 2] === separator ? 1 : 0) +
      (b[at + 3] === separator ? 1 : 0);
    if (found >= left) break;
    left -= found;
  }
  for (; left > 0; at++) {
    if (at >= e) return -1;
    if (b[at] === separator) left--;
  }
  return at;
}

/** Where the piece that starts at `s` ends. */
export function pieceEnd(b: Uint8Array, s: number, e: number, separator: number): number {
  while (s < e && b[s] !== separator) s++;
  return s;
}

/** The same for separators of several bytes. */
export function longPieceStart(b: Uint8Array, s: number, e: number, separator: Uint8Array, nth: number): number {
  let at = s;
  for (let piece = 1; piece < nth; piece++) {
    const found = indexOfBytes(b, at, e, separator, 0, separator.length);
    if (found < 0) return -1;
    at = found + separator.length;
  }
  return at;
}

export function longPieceEnd(b: Uint8Array, s: number, e: number, separator: Uint8Array): number {
  const found = indexOfBytes(b, s, e, separator, 0, separator.length);
  return found < 0 ? e : found;
}

/** Offset of the first place in `a[aS .. aE)` where `b[bS .. bE)` stands, or -1. */
export function indexOfBytes(a: Uint8Array, aS: number, aE: number, b: Uint8Array, bS: number, bE: number): number {
  const length = bE - bS;
  if (length === 0) return aS;
  const first = b[bS];
  const last = aE - length;
  for (let at = aS; at <= last; at++) {
    if (a[at] !== first) continue;
    let i = 1;
    while (i < length && a[at + i] === b[bS + i]) i++;
    if (i === length) return at;
  }
  return -1;
}

/** How many characters there are before the first NUL, where length() takes a text to end. */
export function countCharacters(b: Uint8Array, s: number, e: number): number {
  let count = 0;
  for (let at = s; at < e && b[at] !== 0; at++) if ((b[at]! & 0xc0) !== 0x80) count++;
  return count;
}

export const byteLength = (_: Uint8Array, s: number, e: number): number => e - s;

/** Offset of the first NUL, or `e`: where some functions of SQLite take a text to end. */
export function untilNul(b: Uint8Array, s: number, e: number): number {
  while (s < e && b[s] !== 0) s++;
  return s;
}

/** Offset of character `n` (from 0), or `e`. */
export function characterAt(b: Uint8Array, s: number, e: number, n: number): number {
  let at = s;
  for (let left = n; left > 0 && at < e; left--) {
    at++;
    while (at < e && (b[at]! & 0xc0) === 0x80) at++;
  }
  return at;
}

/** As `characterAt`, but a NUL ends the text. */
function characterBeforeNul(b: Uint8Array, s: number, e: number, n: number): number {
  let at = s;
  for (let left = n; left > 0 && at < e && b[at] !== 0; left--) {
    at++;
    while (at < e && (b[at]! & 0xc0) === 0x80) at++;
  }
  return at;
}

/** First character, from 0, of what substr() takes; `size` is the length of the text where `from` is negative. */
function firstOf(from: number, count: number, size: number): number {
  const first = from > 0 ? from - 1 : from < 0 ? Math.max(0, from + size) : 0;
  return count < 0 ? Math.max(0, first + count) : first;
}

/** Number of characters that substr() takes, and the quirks of SQLite: character 0 stands before the first. */
function lengthOf(from: number, count: number, size: number): number {
  if (from < 0 && from + size < 0) return count < 0 ? 0 : Math.max(0, count + from + size);
  if (count < 0) return Math.min(-count, from > 0 ? from - 1 : from < 0 ? from + size : 0);
  return from === 0 && count > 0 ? count - 1 : count;
}

const sizeFor = (from: number, b: Uint8Array, s: number, e: number): number =>
  from < 0 ? countCharacters(b, s, e) : 0;

export function substrStart(b: Uint8Array, s: number, e: number, from: number, count: number): number {
  return characterBeforeNul(b, s, e, firstOf(from, count, sizeFor(from, b, s, e)));
}

/** @param start what `substrStart` gave. */
export function substrEnd(b: Uint8Array, s: number, e: number, from: number, count: number, start: number): number {
  return characterBeforeNul(b, start, e, lengthOf(from, count, sizeFor(from, b, s, e)));
}

/** 1-based number of the first character where the other text stands, or 0. */
export function instr(a: Uint8Array, aS: number, aE: number, b: Uint8Array, bS: number, bE: number): number {
  const at = indexOfBytes(a, aS, aE, b, bS, bE);
  if (at < 0) return 0;
  let count = 1;
  for (let i = aS; i < at; i++) if ((a[i]! & 0xc0) !== 0x80) count++;
  return count;
}

export const contains = (a: Uint8Array, aS: number, aE: number, b: Uint8Array, bS: number, bE: number): boolean =>
  indexOfBytes(a, aS, aE, b, bS, bE) >= 0;

export const startsWith = (a: Uint8Array, aS: number, aE: number, b: Uint8Array, bS: number, bE: number): boolean =>
  aE - aS >= bE - bS && equalBytes(a, aS, aS + bE - bS, b, bS, bE);

export const endsWith = (a: Uint8Array, aS: number, aE: number, b: Uint8Array, bS: number, bE: number): boolean =>
  aE - aS >= bE - bS && equalBytes(a, aE - (bE - bS), aE, b, bS, bE);

const isSpace = (c: number): boolean => c === 0x20 || (c >= 0x09 && c <= 0x0d);

/** CAST to INTEGER of a text of at most 15 digits; NaN where it takes more care than that. */
export function integerOfBytes(b: Uint8Array, s: number, e: number): number {
  let at = s;
  while (at < e && isSpace(b[at]!)) at++;
  const sign = b[at];
  if (at < e && (sign === 0x2d || sign === 0x2b)) at++;
  const most = at + 15;
  let value = 0;
  for (; at < e; at++) {
    const digit = b[at]! - 0x30;
    if (digit < 0 || digit > 9) break;
    if (at >= most) return NaN;
    value = value * 10 + digit;
  }
  return sign === 0x2d ? 0 - value : value;
}

/** TRY_CAST to INTEGER of a text that is nothing but 1 to 15 digits and maybe a sign; else NaN. */
export function wholeIntegerOfBytes(b: Uint8Array, s: number, e: number): number {
  let at = s;
  if (at < e && (b[at] === 0x2d || b[at] === 0x2b)) at++;
  if (at === e || e - at > 15) return NaN;
  let value = 0;
  for (; at < e; at++) {
    const digit = b[at]! - 0x30;
    if (digit < 0 || digit > 9) return NaN;
    value = value * 10 + digit;
  }
  return b[s] === 0x2d ? 0 - value : value;
}

const tens = Array.from({ length: 16 }, (_, n) => 10 ** n);

/**
 * CAST to REAL of a text of at most 15 digits without exponent; NaN where it takes more care. Both the digits and the
 * power of ten are exact doubles, so the one division rounds correctly.
 *
 * @param whole nothing may stand before or behind the number (TRY_CAST).
 */
export function realOfBytes(b: Uint8Array, s: number, e: number, whole: boolean): number {
  let at = s;
  if (!whole) while (at < e && isSpace(b[at]!)) at++;
  const sign = b[at];
  if (at < e && (sign === 0x2d || sign === 0x2b)) at++;
  let value = 0;
  let digits = 0;
  let fraction = -1;
  for (; at < e; at++) {
    const c = b[at]!;
    if (c === 0x2e && fraction < 0) fraction = digits;
    else if (c >= 0x30 && c <= 0x39) {
      if (++digits > 15) return NaN;
      value = value * 10 + c - 0x30;
    } else if (whole || c === 0x65 || c === 0x45) return NaN;
    else break;
  }
  if (digits === 0) return whole ? NaN : 0;
  const size = fraction < 0 ? value : value / tens[digits - fraction]!;
  return sign === 0x2d ? -size : size;
}
