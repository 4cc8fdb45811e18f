import { bufferOf } from '../../data/cell.ts';
import { newNulls, setNull, type Column, type Utf8Column } from '../../data/column.ts';

const COMMA = 44;
const MINUS = 45;
const ZERO = 48;
/** As many decimal digits are always safe in a JS number. */
const SAFE_DIGITS = 15;

/**
 * Integers that SQLite has put into one text, parted by commas; nothing between two commas is NULL. That is several
 * times faster than taking cells one by one.
 *
 * @param count how many there are, at least 1.
 * @returns undefined where the text holds anything but integers.
 */
export function unpackIntegers(text: Uint8Array, count: number): Column | undefined {
  const values = new Float64Array(count);
  let nulls: Uint8Array | undefined;
  let wide: BigInt64Array | undefined;
  let at = 0;
  for (let row = 0; row < count; row++) {
    const start = at;
    const negative = text[at] === MINUS;
    if (negative) at++;
    const first = at;
    let value = 0;
    for (; at < text.length; at++) {
      const digit = text[at]! - ZERO;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
    }
    if (at < text.length && text[at] !== COMMA) return undefined;
    if (at === start) setNull((nulls ??= newNulls(count)), row);
    else if (at - first > SAFE_DIGITS) {
      const exact = BigInt(bufferOf(text).toString('latin1', start, at));
      if (wide === undefined && !Number.isSafeInteger(Number(exact))) wide = widened(values, row);
      if (wide !== undefined) wide[row] = exact;
      else values[row] = Number(exact);
    } else {
      if (negative && value !== 0) value = -value;
      if (wide !== undefined) wide[row] = BigInt(value);
      else values[row] = value;
    }
    at++;
  }
  if (at !== text.length + 1) return undefined;
  return wide === undefined ? { kind: 'f64', values, nulls } : { kind: 'i64', values: wide, nulls };
}

/** The first `rows` of the values as 64-bit integers, with room for the others. */
function widened(values: Float64Array, rows: number): BigInt64Array {
  const wide = new BigInt64Array(values.length);
  for (let i = 0; i < rows; i++) wide[i] = BigInt(values[i]!);
  return wide;
}

/**
 * Texts that SQLite has put one behind the other, as views: nothing is copied.
 *
 * @param lengths bytes of each text, parted by commas as above; nothing stands for NULL.
 */
export function unpackTexts(bytes: Uint8Array, lengths: Uint8Array, count: number): Utf8Column | undefined {
  const sizes = unpackIntegers(lengths, count);
  if (sizes?.kind !== 'f64') return undefined;
  const starts = new Uint32Array(count);
  const ends = new Uint32Array(count);
  let at = 0;
  for (let row = 0; row < count; row++) {
    starts[row] = at;
    // A NULL has length 0 there.
    at += sizes.values[row]!;
    ends[row] = at;
  }
  return at === bytes.length ? { kind: 'utf8', bytes, starts, ends, nulls: sizes.nulls } : undefined;
}
