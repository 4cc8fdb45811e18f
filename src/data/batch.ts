import type { Column, F64Column } from './column.ts';
import type { Schema } from './types.ts';

/**
 * Some rows of a relation, column by column. Shared by whoever holds it: never changed after it was emitted.
 * `columns[c]` has at least `length` cells. With a `selection`, only the rows it lists exist, in its order; the other
 * cells hold anything. Row numbers ("physical") index columns, selection entries are such numbers, strictly ascending.
 */
export interface RecordBatch {
  readonly schema: Schema;
  readonly length: number;
  readonly columns: readonly Column[];
  readonly selection?: Uint32Array | undefined;
}

/** How many rows exist in it. */
export const rowCount = (batch: RecordBatch): number => batch.selection?.length ?? batch.length;

/** The values of a column that is known to be one of numbers. @param at its place; negative: from the end. */
export const numbersAt = ({ columns }: Pick<RecordBatch, 'columns'>, at: number): Float64Array =>
  (columns.at(at) as F64Column).values;

/** Rows `from .. to`; none if that is the wrong way round. */
export function rowRange(from: number, to: number): Uint32Array {
  const rows = new Uint32Array(Math.max(0, to - from));
  for (let i = 0; i < rows.length; i++) rows[i] = from + i;
  return rows;
}

/** Physical row numbers in order; not to be written to. */
export const rowNumbers = ({ selection, length }: Pick<RecordBatch, 'selection' | 'length'>): Uint32Array =>
  selection ?? rowRange(0, length);

/** Physical row numbers in order, for loops that need not be fast. */
export function* rowsOf(batch: RecordBatch): Generator<number> {
  const { selection, length } = batch;
  if (selection === undefined) for (let i = 0; i < length; i++) yield i;
  else yield* selection;
}
