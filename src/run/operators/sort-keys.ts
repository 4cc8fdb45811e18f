import type { RecordBatch } from '../../data/batch.ts';
import type { Column } from '../../data/column.ts';
import type { SortColumn } from '../../data/order.ts';
import type { SortKey } from '../../expr/expr.ts';

/** The keys of the rows of a batch. @param kernels those of the keys, in their order. */
export const keysOf = (
  keys: readonly SortKey[],
  kernels: readonly ((batch: RecordBatch) => Column)[],
  batch: RecordBatch,
): SortColumn[] =>
  keys.map((key, k) => ({
    column: kernels[k]!(batch),
    type: key.expr.type,
    descending: key.descending,
    nullsFirst: key.nullsFirst,
    collation: key.collation ?? 'BINARY',
  }));
