/**
 * The decimal digits that SQLite shows for a double: 17 significant ones, fewer where a shorter text reads back as the
 * same double. A transcription of sqlite3FpDecode and powerOfTen (SQLite 3.53, util.c) with the same truncated powers of
 * ten, because the last digit of SQLite's text is not always the nearest one.
 */

/** 0.d1d2d3.. times 10 to the `point`; no trailing zeros, at least one digit. */
export interface Decimal {
  readonly digits: string;
  readonly point: number;
}

/** @param x finite and above zero. */
export function decimalOf(x: number): Decimal {
  return (x >= SMALLEST_NORMAL ? shortDecimal(x) : undefined) ?? exactDecimal(x);
}

/** Below it a double has fewer bits, and its shortest text says too little. */
const SMALLEST_NORMAL = 2 ** -1022;

const shortest = /^(\d)(?:\.(\d+))?e([+-]\d+)$/;

/**
 * Where the shortest decimal of a double has at most 13 digits, SQLite finds it too: its 18 digits then go on with
 * zeros or nines. (With a leading 9 the error can reach the digit that it looks at.)
 */
function shortDecimal(x: number): Decimal | undefined {
  const found = shortest.exec(x.toExponential())!;
  const digits = found[1]! + (found[2] ?? '');
  if (digits.length > 13 || digits.startsWith('9')) return undefined;
  return { digits, point: Number(found[3]) + 1 };
}

const double = new DataView(new ArrayBuffer(8));

function exactDecimal(x: number): Decimal {
  double.setFloat64(0, x);
  const bits = double.getBigUint64(0);
  const biased = Number(bits >> 52n);
  let mantissa = bits & 0xfffffffffffffn;
  let exponent: number;
  if (biased === 0) {
    const shift = 64 - mantissa.toString(2).length;
    mantissa <<= BigInt(shift);
    exponent = -1074 - shift;
  } else {
    mantissa = (mantissa << 11n) | (1n << 63n);
    exponent = biased - 1086;
  }
  const power = 17 - (((exponent + 63) * 78913) >> 18);
  const high = ((mantissa * (powerOfTen(power) >> 32n)) >> 64n) >> BigInt(-(exponent + pow10to2(power) + 2));
  const z = ((high + ((high << 1n) & 2n)) >> 1n).toString();
  return rounded(z, z.length - power, x);
}

/** 18 or 19 digits cut to 17, or to fewer that stand for the same double. */
function rounded(z: string, point: number, x: number): Decimal {
  let keep = 17;
  const shorter = (length: number, digits: bigint): void => {
    if (Number(`${digits}e${point - length}`) === x) keep = length + 1;
  };
  if (z[15] === '9' && z[14] === '9') {
    let length = 14;
    while (length > 0 && z[length - 1] === '9') length--;
    shorter(length, BigInt(z.slice(0, length) || '0') + 1n);
  } else if (point >= z.length || z.slice(13, 16) === '000') {
    let length = 13;
    while (z[length - 1] === '0') length--;
    shorter(length, BigInt(z.slice(0, length)));
  }
  let digits = z.slice(0, keep);
  if (z[keep]! >= '5') {
    const up = (BigInt(digits) + 1n).toString();
    if (up.length > digits.length) point++;
    digits = up;
  }
  return { digits: digits.replace(/0+$/, ''), point };
}

const pow10to2 = (p: number): number => (p * 108853) >> 15;

const powers = new Map<number, bigint>();

/** The top 96 bits of 10^p, as SQLite has them: a product of two table entries, not rounded. */
export function powerOfTen(p: number): bigint {
  let power = powers.get(p);
  if (power === undefined) powers.set(p, (power = makePower(p)));
  return power;
}

function makePower(p: number): bigint {
  if (p === -1) return BigInt('0x' + 'c'.repeat(24));
  if (p >= 0 && p < 27) return top96(10n ** BigInt(p), 1n);
  const coarse = Math.floor(p / 27);
  const fine = p - coarse * 27;
  const scale = coarse < 0 ? top96(1n, 10n ** BigInt(-coarse * 27)) : top96(10n ** BigInt(coarse * 27), 1n);
  if (fine === 0) return scale;
  const base = top96(10n ** BigInt(fine), 1n) >> 32n;
  const product = (scale >> 32n) * base + (((scale & 0xffffffffn) * base) >> 32n);
  const power = product >> 32n;
  return power >> 95n === 1n ? power : (power << 1n) | 1n;
}

/** a / b scaled to exactly 96 bits, rounded to nearest. */
function top96(a: bigint, b: bigint): bigint {
  const shift = 98 - a.toString(2).length + b.toString(2).length;
  let scaled = (a << BigInt(Math.max(shift, 0))) / (b << BigInt(Math.max(-shift, 0)));
  const extra = BigInt(scaled.toString(2).length - 96);
  scaled = (scaled + (1n << (extra - 1n))) >> extra;
  return scaled;
}
