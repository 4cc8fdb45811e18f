import type { Value } from '../../data/value.ts';
import { textOf } from '../compare.ts';

/** Text as SQLite counts it: characters are code points, and many functions take NUL for the end. */

const surrogate = /[\ud800-\udfff]/;

/** The text before its first NUL. */
export function untilNul(text: string): string {
  const at = text.indexOf('\0');
  return at < 0 ? text : text.slice(0, at);
}

/** Whether offsets in UTF-16 units are offsets in characters. */
export const isBasic = (text: string): boolean => !surrogate.test(text);

export const countCharacters = (text: string): number => (isBasic(text) ? text.length : Array.from(text).length);

/** Characters `[start, end)`. */
export const sliceCharacters = (text: string, start: number, end: number): string =>
  isBasic(text) ? text.slice(start, end) : Array.from(text).slice(start, end).join('');

/** `n` characters of the repeated `fill`. */
export function padding(fill: string, n: number): string {
  if (n <= 0 || fill === '') return '';
  return sliceCharacters(fill.repeat(Math.ceil(n / countCharacters(fill))), 0, n);
}

/** Those of a BLOB, or the UTF-8 of any other cell as text. */
export const bytesOf = (v: NonNullable<Value>): Uint8Array => (v instanceof Uint8Array ? v : Buffer.from(textOf(v)));

/** Longest text or blob, as in SQLite. */
export const MOST_BYTES = 1_000_000_000;
