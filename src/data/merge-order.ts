import type { RecordBatch } from './batch.ts';
import { cell } from './cell.ts';
import { isNull, type Column, type Nulls, type Utf8Column } from './column.ts';
import { compareValues } from './compare.ts';
import { canonicalText, compareBytes } from './order.ts';
import type { Collation, Type } from './types.ts';

/** A column by which rows of several batches are ordered, by its place in each of them. */
export interface MergeKey {
  readonly at: number;
  readonly type: Type;
  readonly descending: boolean;
  readonly nullsFirst: boolean;
  readonly collation?: Collation | undefined;
}

/** The keys of one batch, ready to be compared with those of another. */
export type MergeColumns = readonly KeyView[];

/** One form for all kinds of columns, so that the comparison is compiled once. */
interface KeyView {
  readonly column: Column;
  readonly numbers: Float64Array | Uint8Array | undefined;
  readonly text: Utf8Column | undefined;
  readonly nulls: Nulls;
}

export const mergeColumns = (keys: readonly MergeKey[], batch: RecordBatch): MergeColumns =>
  keys.map(({ at, collation = 'BINARY' }): KeyView => {
    const column = batch.columns[at]!;
    return {
      column,
      numbers: column.kind === 'f64' || column.kind === 'bool' ? column.values : undefined,
      text: column.kind === 'utf8' ? canonicalText(column, collation) : undefined,
      nulls: column.kind === 'any' ? undefined : column.nulls,
    };
  });

/** Order of row `i` of one batch and row `j` of another: negative, 0 or positive; as `rowComparator` orders one batch. */
export function compareAcross(
  keys: readonly MergeKey[],
  a: MergeColumns,
  i: number,
  b: MergeColumns,
  j: number,
): number {
  for (let k = 0; k < keys.length; k++) {
    const order = compareKey(keys[k]!, a[k]!, i, b[k]!, j);
    if (order !== 0) return order;
  }
  return 0;
}

function compareKey(key: MergeKey, a: KeyView, i: number, b: KeyView, j: number): number {
  const gone = isGone(a, i);
  if (gone || isGone(b, j)) {
    if (gone && isGone(b, j)) return 0;
    return gone === key.nullsFirst ? -1 : 1;
  }
  const order = compareCells(key, a, i, b, j);
  return key.descending ? -order : order;
}

const isGone = ({ column, nulls }: KeyView, row: number): boolean =>
  column.kind === 'any' ? (column.values[row] ?? null) === null : isNull(nulls, row);

function compareCells({ type, collation }: MergeKey, a: KeyView, i: number, b: KeyView, j: number): number {
  if (a.numbers !== undefined && b.numbers !== undefined) {
    const [x, y] = [a.numbers[i]!, b.numbers[j]!];
    return x < y ? -1 : x > y ? 1 : 0;
  }
  if (a.text !== undefined && b.text !== undefined)
    return compareBytes(
      a.text.bytes,
      a.text.starts[i]!,
      a.text.ends[i]!,
      b.text.bytes,
      b.text.starts[j]!,
      b.text.ends[j]!,
    );
  return compareValues(cell(a.column, type, i), cell(b.column, type, j), collation);
}
