import type { RecordBatch } from '../../data/batch.ts';
import { rowComparator, type RowComparator, type SortColumn } from '../../data/order.ts';
import type { SortKey } from '../../expr/expr.ts';
import { compileExpr } from '../../expr/kernel/compile.ts';
import type { Schema } from '../../data/types.ts';

/** Whole partitions, row by row in their order. Row numbers are those of the batch, which has no selection. */
export interface Partitions {
  readonly batch: RecordBatch;
  readonly rows: number;
  /** Where each partition begins, then `rows`. */
  readonly bounds: Uint32Array;
  /** Where each group of rows that ORDER BY holds equal begins, then `rows`. No group is in two partitions. */
  readonly groups: Uint32Array;
  /** Number of the group that a row is in. */
  readonly groupOf: Uint32Array;
  /** The keys of ORDER BY. */
  readonly order: readonly SortColumn[];
}

/** Gives the columns that sort a batch by some keys. */
export type KeyColumns = (batch: RecordBatch) => readonly SortColumn[];

export function keyColumns(keys: readonly SortKey[], schema: Schema): KeyColumns {
  const kernels = keys.map((key) => compileExpr(key.expr, schema));
  return (batch) =>
    keys.map(({ expr, descending, nullsFirst, collation }, k) => ({
      column: kernels[k]!(batch),
      type: expr.type,
      descending,
      nullsFirst,
      collation,
    }));
}

/** Rows at which one of the keys has another value than in the row before, then `rows`; row 0 is one of them. */
export function changes(keys: readonly SortColumn[], rows: number, from?: Uint32Array): Uint32Array {
  const compare: RowComparator | undefined = keys.length === 0 ? undefined : rowComparator(keys);
  const found = new Uint32Array(rows + 1);
  let n = 0;
  let known = 0;
  for (let row = 0; row < rows; row++) {
    while (from !== undefined && from[known]! < row) known++;
    if (row === 0 || from?.[known] === row || (compare !== undefined && compare(row - 1, row) !== 0)) found[n++] = row;
  }
  found[n++] = rows;
  return found.slice(0, n);
}

export function partitionsOf(batch: RecordBatch, bounds: Uint32Array, orderKeys: KeyColumns): Partitions {
  const rows = batch.length;
  const order = orderKeys(batch);
  const groups = order.length === 0 ? bounds : changes(order, rows, bounds);
  const groupOf = new Uint32Array(rows);
  for (let group = 0; group + 1 < groups.length; group++) groupOf.fill(group, groups[group], groups[group + 1]);
  return { batch, rows, bounds, groups, groupOf, order };
}
