import type { Utf8Column } from './column.ts';

/** Sort keys of 64 bits, unsigned, in two words each. Entry i belongs to the i-th row of the list that is sorted. */
export interface Words {
  high: Uint32Array;
  low: Uint32Array;
}

/** Keys that order as the numbers do; -0 as 0. */
export function wordsOfNumber(values: Float64Array | Uint8Array, rows: Uint32Array): Words {
  const n = rows.length;
  const floats = new Float64Array(n);
  for (let i = 0; i < n; i++) floats[i] = values[rows[i]!]! + 0;
  const bits = new Uint32Array(floats.buffer);
  const words = { high: new Uint32Array(n), low: new Uint32Array(n) };
  for (let i = 0; i < n; i++) {
    const high = bits[2 * i + 1]!;
    // Negative doubles order backwards in their bits.
    const flip = high >>> 31 === 1;
    words.high[i] = flip ? ~high : high | 0x80000000;
    words.low[i] = flip ? ~bits[2 * i]! : bits[2 * i]!;
  }
  return words;
}

/** The eight bytes of each text from its byte `depth` on; zeros behind its end. */
export function wordsOfText({ bytes, starts, ends }: Utf8Column, rows: Uint32Array, depth: number): Words {
  const n = rows.length;
  const words = { high: new Uint32Array(n), low: new Uint32Array(n) };
  for (let i = 0; i < n; i++) {
    const row = rows[i]!;
    const at = starts[row]! + depth;
    const rest = ends[row]! - at;
    let high = 0;
    let low = 0;
    for (let j = 0; j < 4 && j < rest; j++) high |= bytes[at + j]! << (24 - 8 * j);
    for (let j = 4; j < 8 && j < rest; j++) low |= bytes[at + j]! << (56 - 8 * j);
    words.high[i] = high;
    words.low[i] = low;
  }
  return words;
}

/**
 * Sorts `rows` by their keys, stably, least significant byte first; `words` is sorted along. Bytes in which all keys
 * agree cost no pass, so small integers and texts with a common prefix are cheap.
 */
export function radixSort(rows: Uint32Array, words: Words, descending: boolean): void {
  const n = rows.length;
  if (n < 2) return;
  const counts = countBytes(words, n);
  let from: Words & { rows: Uint32Array } = { rows, ...words };
  let to: Words & { rows: Uint32Array } = {
    rows: new Uint32Array(n),
    high: new Uint32Array(n),
    low: new Uint32Array(n),
  };
  for (let digit = 0; digit < 8; digit++) {
    const count = counts.subarray(digit * 256, digit * 256 + 256);
    if (count.includes(n)) continue;
    startsOf(count, descending);
    const keys = digit < 4 ? from.low : from.high;
    const shift = (digit & 3) * 8;
    for (let i = 0; i < n; i++) {
      const at = count[(keys[i]! >>> shift) & 255]!++;
      to.rows[at] = from.rows[i]!;
      to.high[at] = from.high[i]!;
      to.low[at] = from.low[i]!;
    }
    [from, to] = [to, from];
  }
  words.high = from.high;
  words.low = from.low;
  if (from.rows !== rows) rows.set(from.rows);
}

/** How often each byte value occurs at each of the eight places, least significant first. */
function countBytes({ high, low }: Words, n: number): Uint32Array {
  const counts = new Uint32Array(8 * 256);
  for (let i = 0; i < n; i++) {
    const l = low[i]!;
    const h = high[i]!;
    counts[l & 255]!++;
    counts[256 + ((l >>> 8) & 255)]!++;
    counts[512 + ((l >>> 16) & 255)]!++;
    counts[768 + (l >>> 24)]!++;
    counts[1024 + (h & 255)]!++;
    counts[1280 + ((h >>> 8) & 255)]!++;
    counts[1536 + ((h >>> 16) & 255)]!++;
    counts[1792 + (h >>> 24)]!++;
  }
  return counts;
}

/** Turns counts into the places where each byte value begins. */
function startsOf(count: Uint32Array, descending: boolean): void {
  let sum = 0;
  for (let i = 0; i < 256; i++) {
    const value = descending ? 255 - i : i;
    const here = count[value]!;
    count[value] = sum;
    sum += here;
  }
}
