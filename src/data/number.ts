import { decimalOf } from './decimal.ts';
import { MAX_INT64, MIN_INT64 } from './value.ts';

/** REAL as TEXT, exactly as SQLite prints it (`%!.17g`): `1.0`, `0.1`, `1.0e+21`, `Inf`. @param x not NaN. */
export function formatReal(x: number): string {
  if (x === 0) return '0.0';
  if (!Number.isFinite(x)) return x < 0 ? '-Inf' : 'Inf';
  const sign = x < 0 ? '-' : '';
  const { digits, point } = decimalOf(Math.abs(x));
  if (point < -3 || point > 17) {
    const exponent = String(Math.abs(point - 1)).padStart(2, '0');
    return `${sign}${digits[0]!}.${digits.slice(1) || '0'}e${point < 1 ? '-' : '+'}${exponent}`;
  }
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  return `${sign}${digits.slice(0, point).padEnd(point, '0')}.${digits.slice(point) || '0'}`;
}

const PLUS = 43;
const MINUS = 45;
const DOT = 46;
const ZERO = 48;

/**
 * The integer that `bytes[start .. end)` is: `[+-]digits`, nothing else. A bigint where it is beyond 2^53 - 1.
 * Undefined if it is none, or beyond 64 bits.
 */
export function parseInteger(bytes: Uint8Array, start: number, end: number): number | bigint | undefined {
  const first = bytes[start];
  const from = first === MINUS || first === PLUS ? start + 1 : start;
  if (from >= end) return undefined;
  if (end - from > 15) return parseWide(bytes, start, end, from);
  let value = 0;
  for (let i = from; i < end; i++) {
    const digit = bytes[i]! - ZERO;
    if (digit < 0 || digit > 9) return undefined;
    value = value * 10 + digit;
  }
  // `0 -` rather than a sign change: there is no INTEGER -0.
  return first === MINUS ? 0 - value : value;
}

function parseWide(bytes: Uint8Array, start: number, end: number, from: number): number | bigint | undefined {
  for (let i = from; i < end; i++) if (bytes[i]! < ZERO || bytes[i]! > 57) return undefined;
  while (from < end - 1 && bytes[from] === ZERO) from++;
  // Longer than any 64-bit integer: not even looked at, so that a long run of digits costs nothing.
  if (end - from > 19) return undefined;
  const magnitude = BigInt(latin1(bytes, from, end));
  const value = bytes[start] === MINUS ? -magnitude : magnitude;
  if (value > MAX_INT64 || value < MIN_INT64) return undefined;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** Powers of ten that are doubles exactly. */
const exactPowers = Array.from({ length: 23 }, (_, i) => 10 ** i);

/**
 * The number that `bytes[start .. end)` is: `[+-]digits[.digits][e[+-]digits]` with a digit before or after the point,
 * or `Inf`, `-Inf` as we print them. NaN if it is none. At most 20 digits count, as in SQLite.
 */
export function parseReal(bytes: Uint8Array, start: number, end: number): number {
  let i = start;
  const first = bytes[i];
  if (first === MINUS || first === PLUS) i++;
  let value = 0;
  let digits = 0;
  let scale = 0;
  for (; i < end; i++, digits++) {
    const digit = bytes[i]! - ZERO;
    if (digit < 0 || digit > 9) break;
    value = value * 10 + digit;
  }
  if (i < end && bytes[i] === DOT) {
    for (i++; i < end; i++, digits++, scale++) {
      const digit = bytes[i]! - ZERO;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
    }
  }
  if (digits === 0) return infinity(bytes, start, end);
  // Both the digits and the power are doubles without error, so the quotient is the nearest double.
  if (i === end && digits <= 15 && scale <= 22) return (first === MINUS ? -value : value) / exactPowers[scale]!;
  return slowReal(latin1(bytes, start, end));
}

const real = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/;

function slowReal(text: string): number {
  const found = real.exec(text);
  if (found === null) return NaN;
  const whole = (found[2]! + (found[3] ?? '')).replace(/^0+/, '');
  if (whole === '') return found[1] === '-' ? -0 : 0;
  // SQLite takes digits in as long as the number read so far stays below a tenth of 2^64.
  const kept = whole.slice(0, 19);
  const digits = whole.length > 19 && BigInt(kept) < 1844674407370955160n ? whole.slice(0, 20) : kept;
  const exponent = Number(found[4] ?? 0) + whole.length - digits.length - (found[3]?.length ?? 0);
  return Number(`${found[1]!}${digits}e${exponent}`);
}

function infinity(bytes: Uint8Array, start: number, end: number): number {
  if (end - start > 4) return NaN;
  const text = latin1(bytes, start, end);
  return text === 'Inf' || text === '+Inf' ? Infinity : text === '-Inf' ? -Infinity : NaN;
}

function latin1(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1');
}
