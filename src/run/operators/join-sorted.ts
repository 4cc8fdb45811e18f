import type { RecordBatch } from '../../data/batch.ts';
import { cell } from '../../data/cell.ts';
import { type Column } from '../../data/column.ts';
import { compareValues } from '../../data/compare.ts';
import { NO_ROW } from '../../data/gather.ts';
import { dropNulls, KeyTable } from '../../data/hash.ts';
import { compareBytes, sortRows } from '../../data/order.ts';
import type { Collation, Type } from '../../data/types.ts';
import type { JoinKeys } from './join-keys.ts';

/** A column with what is needed to compare its cells. */
export interface Values {
  readonly column: Column;
  readonly type: Type;
}

/**
 * Rows parted by equal keys, in each part ordered by a value, equal values in the order of the rows. Rows with a NULL
 * among key and value are in no part.
 */
export interface SortedParts {
  /** Row by position; part p is at `starts[p] .. starts[p + 1]`. */
  readonly rows: Uint32Array;
  readonly starts: Uint32Array;
  /** In every part the rows are in their own order, too. */
  readonly isPlain: boolean;
  /** By row of the left side: the part of its keys, `NO_ROW` where there is none. */
  find(left: RecordBatch): Uint32Array;
}

/** @param batch the right side, without a selection. */
export function sortedParts(
  keys: JoinKeys,
  { column, type }: Values,
  collation: Collation | undefined,
  batch: RecordBatch,
): SortedParts {
  const table = keys.fields.length > 0 ? new KeyTable(keys.fields) : undefined;
  const own = keys.right(batch);
  const ids = table === undefined ? new Uint32Array(batch.length) : table.groupIds(own, batch);
  dropNulls(ids, [...keys.strict(own), column], batch);
  const order = sortRows([{ column, type, descending: false, nullsFirst: true, collation }], batch.length);
  const starts = new Uint32Array((table?.size ?? 1) + 1);
  for (const id of ids) if (id !== NO_ROW) starts[id + 1]!++;
  for (let p = 1; p < starts.length; p++) starts[p]! += starts[p - 1]!;
  const next = starts.slice();
  const rows = new Uint32Array(starts.at(-1)!);
  for (const row of order) if (ids[row] !== NO_ROW) rows[next[ids[row]!]!++] = row;
  return {
    rows,
    starts,
    isPlain: rising(rows, starts),
    find(left) {
      if (table === undefined) return new Uint32Array(left.length);
      const found = keys.left(left);
      return dropNulls(table.find(found, left), keys.strict(found), left);
    },
  };
}

function rising(rows: Uint32Array, starts: Uint32Array): boolean {
  for (let p = 0; p + 1 < starts.length; p++) {
    for (let i = starts[p]! + 1; i < starts[p + 1]!; i++) if (rows[i]! < rows[i - 1]!) return false;
  }
  return true;
}

/** Order of a cell of one column and a cell of another: negative, 0 or positive. Neither is NULL. */
export type CrossOrder = (left: number, right: number) => number;

export function crossOrder(left: Values, right: Values, collation: Collation | undefined): CrossOrder {
  const [a, b] = [left.column, right.column];
  // The number of a TIMESTAMP is for another TIMESTAMP only: to all else it is a text.
  const asNumbers = left.type === right.type || (left.type !== 'TIMESTAMP' && right.type !== 'TIMESTAMP');
  if (asNumbers && (a.kind === 'f64' || a.kind === 'bool') && (b.kind === 'f64' || b.kind === 'bool')) {
    const [x, y] = [a.values, b.values];
    return (l, r) => (x[l]! < y[r]! ? -1 : x[l]! > y[r]! ? 1 : 0);
  }
  if (a.kind === 'utf8' && b.kind === 'utf8' && (collation ?? 'BINARY') === 'BINARY')
    return (l, r) => compareBytes(a.bytes, a.starts[l]!, a.ends[l]!, b.bytes, b.starts[r]!, b.ends[r]!);
  return (l, r) => compareValues(cell(a, left.type, l), cell(b, right.type, r), collation);
}

/** The first position in `from .. to` whose row passes `test`, which all behind it then pass too; `to` for none. */
export function firstPosition(rows: Uint32Array, from: number, to: number, test: (row: number) => boolean): number {
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (test(rows[middle]!)) to = middle;
    else from = middle + 1;
  }
  return from;
}
