import { MAX_INT64, MIN_INT64 } from '../data/value.ts';

/** What the start of a text says as a number, read as SQLite's sqlite3AtoF does. */
export interface NumberPrefix {
  /** 0 where the text does not start like a number. */
  readonly value: number;
  /** Some prefix is a number. */
  readonly any: boolean;
  /** Nothing but white space follows the number. */
  readonly whole: boolean;
  /** Written with a point or an exponent. */
  readonly real: boolean;
}

const none: NumberPrefix = { value: 0, any: false, whole: false, real: false };

// White space is that of C, never a no-break space; NUL ends a text.
const pattern = /^[\t-\r ]*([+-]?)(?:(\d+)(\.\d*)?|(\.\d+))(?:[eE]([+-]?\d+))?/;
const restIsBlank = /^[\t-\r ]*(?:\0|$)/;

/** Digits beyond this mantissa are dropped, not rounded: (2^64 - 10) / 10. */
const MANTISSA_LIMIT = 1844674407370955160n;

/** Reads a leading number: '12abc' is 12, ' .5' is 0.5, '1e' is 1, '0x1F' is 0. */
export function numberPrefix(text: string): NumberPrefix {
  const found = pattern.exec(text);
  if (found === null) return none;
  const whole = found[2] ?? '';
  const fraction = (found[3] ?? found[4] ?? '.').slice(1);
  const exponent = found[5] === undefined ? 0 : exponentOf(found[5]);
  const digits = whole.length + fraction.length;
  const magnitude =
    digits <= 18 ? Number(`${whole}${fraction}e${exponent - fraction.length}`) : clipped(whole, fraction, exponent);
  const end = found[0].length;
  return {
    value: found[1] === '-' ? -magnitude : magnitude,
    any: true,
    whole: end === text.length || restIsBlank.test(text.slice(end)),
    real: found[5] !== undefined || found[3] !== undefined || found[4] !== undefined,
  };
}

/** An exponent of more than five digits counts as 10000: far beyond any double, and safe to add to. */
function exponentOf(text: string): number {
  const exponent = Number(text);
  return Math.abs(exponent) <= 99999 ? exponent : 10000 * Math.sign(exponent);
}

function clipped(whole: string, fraction: string, exponent: number): number {
  const digits = (whole + fraction).replace(/^0+/, '');
  let kept = digits.slice(0, 19);
  if (digits.length > 19 && BigInt(kept) < MANTISSA_LIMIT) kept = digits.slice(0, 20);
  return kept === '' ? 0 : Number(`${kept}e${exponent - fraction.length + digits.length - kept.length}`);
}

/** How a text ended that was read as a 64-bit integer. */
export type IntegerEnd = 'none' | 'whole' | 'more' | 'overflow';

/** Reads a leading decimal integer, clamped to 64 bits; `value` is 0 where there is none. */
export function integerPrefix(text: string): { readonly value: bigint; readonly end: IntegerEnd } {
  const found = /^[\t-\r ]*([+-]?\d+)/.exec(text);
  if (found === null) return { value: 0n, end: 'none' };
  const value = BigInt(found[1]!);
  if (value > MAX_INT64) return { value: MAX_INT64, end: 'overflow' };
  if (value < MIN_INT64) return { value: MIN_INT64, end: 'overflow' };
  return { value, end: /^[\t-\r ]*$/.test(text.slice(found[0].length)) ? 'whole' : 'more' };
}

/** Towards zero; beyond 64 bits the nearest limit. */
export function realToInteger(r: number): bigint {
  if (r < -9223372036854774784) return MIN_INT64;
  if (r > 9223372036854774784) return MAX_INT64;
  return BigInt(Math.trunc(r));
}

/** `r` as INTEGER where that loses nothing and is not at the limit of 64 bits; what INTEGER affinity does to a REAL. */
export function integerIfExact(r: number): bigint | number {
  if (!Number.isInteger(r)) return r;
  const i = realToInteger(r);
  return Number(i) === r && i > MIN_INT64 && i < MAX_INT64 ? i : r;
}

/** |i| < 2^51 and exactly `r`: the range in which SQLite lets a REAL and an INTEGER stand for each other. */
export function smallInteger(r: number): bigint | undefined {
  if (!Number.isInteger(r) || r < -2251799813685248 || r >= 2251799813685248) return undefined;
  return BigInt(r);
}

export const isInt64 = (i: bigint): boolean => i >= MIN_INT64 && i <= MAX_INT64;
