import type { Value } from './value.ts';

/** Bit i set: cell i is NULL. Absent: no cell is. Length in bytes is at least ceil(rows / 8). */
export type Nulls = Uint8Array | undefined;

/** REAL, TIMESTAMP (us since epoch), and INTEGER while every value of the batch is safe. Never NaN. */
export interface F64Column {
  readonly kind: 'f64';
  readonly values: Float64Array;
  readonly nulls: Nulls;
}
/** INTEGER of a batch that has a value beyond 2^53 - 1. */
export interface I64Column {
  readonly kind: 'i64';
  readonly values: BigInt64Array;
  readonly nulls: Nulls;
}
/** BOOLEAN, a byte a cell: 0 or 1. */
export interface BoolColumn {
  readonly kind: 'bool';
  readonly values: Uint8Array;
  readonly nulls: Nulls;
}
/**
 * TEXT (and JSON) as views: cell i is `bytes[starts[i] .. ends[i])`, UTF-8 that need not be valid. Several columns and
 * batches may share one buffer; nobody may write to it.
 */
export interface Utf8Column {
  readonly kind: 'utf8';
  readonly bytes: Uint8Array;
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
  readonly nulls: Nulls;
  /** No cell holds a newline, so a run of adjacent cells is a run of lines. A hint; absent where it is not known. */
  readonly oneLine?: true;
}
/** Cells of any class (ANY, BLOB), boxed; NULL is `null`. */
export interface AnyColumn {
  readonly kind: 'any';
  readonly values: readonly Value[];
}
export type Column = F64Column | I64Column | BoolColumn | Utf8Column | AnyColumn;

export const isNull = (nulls: Nulls, row: number): boolean =>
  nulls !== undefined && (nulls[row >> 3]! & (1 << (row & 7))) !== 0;

/** Whether a cell is NULL, in a column of any kind. */
export const isNullAt = (column: Column, row: number): boolean =>
  column.kind === 'any' ? (column.values[row] ?? null) === null : isNull(column.nulls, row);

/** Whether there may be such a cell. */
export const mayHoldNull = (column: Column): boolean => column.kind === 'any' || column.nulls !== undefined;

/** Numbers as a column, none of them NULL. */
export const numberColumn = (values: Float64Array): F64Column => ({ kind: 'f64', values, nulls: undefined });

/** A bitmap for `rows` cells, none of them NULL yet. */
export const newNulls = (rows: number): Uint8Array => new Uint8Array((rows + 7) >> 3);

export const setNull = (nulls: Uint8Array, row: number): void => {
  nulls[row >> 3]! |= 1 << (row & 7);
};
