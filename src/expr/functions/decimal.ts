import { decimalOf, powerOfTen } from '../../data/decimal.ts';

/** Significant digits of |r|: 0.`digits` * 10^`point`, without trailing zeros. */
export interface Digits {
  readonly negative: boolean;
  readonly digits: string;
  readonly point: number;
}

const bytes = new DataView(new ArrayBuffer(8));

/**
 * Digits of a finite `r`, rounded as sqlite3FpDecode rounds them for printf and round().
 *
 * @param round more than 0: that many significant digits; else -round digits behind the point.
 * @param most never more significant digits than this.
 */
export function digitsOf(r: number, round: number, most: number): Digits {
  const negative = r < 0;
  if (r === 0) return { negative, digits: '0', point: 1 };
  const size = Math.abs(r);
  const found = raw(size, round <= 0 || round >= 18 ? 18 : round + 1);
  let { digits } = found;
  let point = digits.length + found.exponent;
  let keep = round;
  if (round <= 0) {
    keep = point - round;
    if (keep === 0 && digits >= '5') {
      // 0.07 to one place: room for the digit that the rounding makes
      keep = 1;
      digits = `0${digits}`;
      point++;
    }
  }
  if (keep > 0 && (keep < digits.length || digits.length > most)) {
    keep = Math.min(keep, most);
    // the one precision at which SQLite looks for a shorter text of the same double
    if (keep === 17) return { negative, ...decimalOf(size) };
    const up = (digits[keep] ?? '0') >= '5';
    digits = digits.slice(0, keep);
    if (up) {
      const rounded = (BigInt(digits) + 1n).toString().padStart(keep, '0');
      point += rounded.length - keep;
      digits = rounded;
    }
  }
  return { negative, digits: digits.replace(/(?!^)0+$/, ''), point };
}

/** digits * 10^exponent with at least `count` (1 .. 18) significant digits (sqlite3Fp2Convert10). */
function raw(r: number, count: number): { digits: string; exponent: number } {
  bytes.setFloat64(0, r);
  const bits = bytes.getBigUint64(0);
  const biased = Number(bits >> 52n);
  let mantissa = bits & 0xfffffffffffffn;
  let e: number;
  if (biased === 0) {
    const zeros = 64 - mantissa.toString(2).length;
    mantissa <<= BigInt(zeros);
    e = -1074 - zeros;
  } else {
    mantissa = (mantissa << 11n) | (1n << 63n);
    e = biased - 1086;
  }
  const p = count - 1 - (((e + 63) * 78913) >> 18);
  const shift = -(e + ((p * 108853) >> 15) + 1);
  const high = (mantissa * (powerOfTen(p) >> 32n)) >> 64n;
  if (count < 18) return { digits: String(high >> BigInt(shift)), exponent: -p };
  const h = high >> BigInt(shift - 1);
  return { digits: String((h + ((h << 1n) & 2n)) >> 1n), exponent: -p };
}
