import { rowRange } from './batch.ts';
import { cell } from './cell.ts';
import { isNull, type Column, type Utf8Column } from './column.ts';
import { compareValues } from './compare.ts';
import { radixSort, wordsOfNumber, wordsOfText } from './radix.ts';
import type { Collation, Type } from './types.ts';

/** One key of ORDER BY: its cells by row, and how they order. */
export interface SortColumn {
  readonly column: Column;
  readonly type: Type;
  readonly descending: boolean;
  readonly nullsFirst: boolean;
  readonly collation?: Collation | undefined;
}

/** Compares two rows; 0 where all keys are equal. */
export type RowComparator = (a: number, b: number) => number;

/** Texts that agree in so many bytes are compared: a pass for every eight more bytes would cost more. */
const DEEP = 256;

/** Below this many rows the passes of the radix sort cost more than comparing. */
const FEW = 256;

/**
 * Row numbers 0 .. n - 1 in the order of the keys, the first being the most significant. Stable: rows with equal keys
 * stay in the order of their numbers.
 */
export function sortRows(keys: readonly SortColumn[], n: number): Uint32Array {
  const order = rowRange(0, n);
  if (n < FEW || keys.some(({ column }) => column.kind === 'any' || column.kind === 'i64')) {
    return order.sort(rowComparator(keys));
  }
  // Stable sorts compose: the last key first, the most significant one last.
  for (const key of keys.toReversed()) sortByKey(order, key);
  return order;
}

/** The order of rows by several keys. For few rows, merges and heaps; `sortRows` is faster for many. */
export function rowComparator(keys: readonly SortColumn[]): RowComparator {
  const all = keys.map(keyComparator);
  const [only] = all;
  if (only !== undefined && all.length === 1) return only;
  return (a, b) => {
    for (const compare of all) {
      const order = compare(a, b);
      if (order !== 0) return order;
    }
    return 0;
  };
}

function keyComparator(key: SortColumn): RowComparator {
  const { column, type, descending, nullsFirst, collation = 'BINARY' } = key;
  const sign = descending ? -1 : 1;
  const compare = cellComparator(column, type, collation);
  const nullOf = column.kind === 'any' ? (row: number) => column.values[row] === null : nullTest(column.nulls);
  if (nullOf === undefined) return descending ? (a, b) => -compare(a, b) : compare;
  const first = nullsFirst ? -1 : 1;
  return (a, b) => {
    const none = nullOf(a);
    if (none || nullOf(b)) return none === nullOf(b) ? 0 : none ? first : -first;
    return sign * compare(a, b);
  };
}

const nullTest = (nulls: Uint8Array | undefined): ((row: number) => boolean) | undefined =>
  nulls === undefined ? undefined : (row) => isNull(nulls, row);

/** Order of two cells that are not NULL. */
function cellComparator(column: Column, type: Type, collation: Collation): RowComparator {
  if (column.kind === 'f64' || column.kind === 'bool') {
    const { values } = column;
    return (a, b) => values[a]! - values[b]! || (values[a]! < values[b]! ? -1 : values[a]! > values[b]! ? 1 : 0);
  }
  if (column.kind === 'utf8') {
    const { bytes, starts, ends } = canonicalText(column, collation);
    return (a, b) => compareBytes(bytes, starts[a]!, ends[a]!, bytes, starts[b]!, ends[b]!);
  }
  return (a, b) => compareValues(cell(column, type, a), cell(column, type, b), collation);
}

/** Order of two byte strings: that of BINARY text and of BLOBs. Negative, 0 or positive. */
export function compareBytes(
  a: Uint8Array,
  aStart: number,
  aEnd: number,
  b: Uint8Array,
  bStart: number,
  bEnd: number,
): number {
  const length = Math.min(aEnd - aStart, bEnd - bStart);
  for (let i = 0; i < length; i++) {
    const difference = a[aStart + i]! - b[bStart + i]!;
    if (difference !== 0) return difference;
  }
  return aEnd - aStart - (bEnd - bStart);
}

/** TEXT whose bytes compare as the collation wants it. */
export function canonicalText(column: Utf8Column, collation: Collation): Utf8Column {
  switch (collation) {
    case 'BINARY':
      return column;
    case 'NOCASE':
      return { ...column, bytes: column.bytes.map((byte) => (byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte)) };
    case 'RTRIM': {
      const { bytes, starts } = column;
      const ends = column.ends.map((end, row) => {
        while (end > starts[row]! && bytes[end - 1] === 0x20) end--;
        return end;
      });
      return { ...column, ends };
    }
  }
}

/** Sorts `order` by one key, stably. */
function sortByKey(order: Uint32Array, key: SortColumn): void {
  const { column, descending, nullsFirst, collation = 'BINARY' } = key;
  let from = 0;
  let to = order.length;
  if (column.kind !== 'any' && column.nulls !== undefined) {
    const { nulls } = column;
    const none = order.filter((row) => isNull(nulls, row));
    const some = order.filter((row) => !isNull(nulls, row));
    order.set(nullsFirst ? none : some);
    order.set(nullsFirst ? some : none, order.length - (nullsFirst ? some : none).length);
    if (nullsFirst) from = none.length;
    else to = some.length;
  }
  const rows = order.subarray(from, to);
  if (column.kind === 'f64' || column.kind === 'bool') {
    radixSort(rows, wordsOfNumber(column.values, rows), descending);
  } else if (column.kind === 'utf8') {
    sortByText(rows, canonicalText(column, collation), 0, descending);
  }
}

/** Eight bytes at a time from `depth` on; rows that agree in them go deeper, few rows are compared. */
function sortByText(rows: Uint32Array, text: Utf8Column, depth: number, descending: boolean): void {
  const { bytes, starts, ends } = text;
  const sign = descending ? -1 : 1;
  const words = wordsOfText(text, rows, depth);
  radixSort(rows, words, descending);
  const { high, low } = words;
  for (let from = 0, to; from < rows.length; from = to) {
    let longer = false;
    for (to = from; to < rows.length && high[to] === high[from] && low[to] === low[from]; to++) {
      longer ||= ends[rows[to]!]! - starts[rows[to]!]! > depth + 8;
    }
    if (to - from < 2) continue;
    const ties = rows.subarray(from, to);
    if (longer && ties.length > FEW && depth < DEEP) sortByText(ties, text, depth + 8, descending);
    else ties.sort((a, b) => sign * compareBytes(bytes, starts[a]!, ends[a]!, bytes, starts[b]!, ends[b]!));
  }
}
