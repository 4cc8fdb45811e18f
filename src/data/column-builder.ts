import type { Column } from './column.ts';
import type { Type } from './types.ts';
import type { Value } from './value.ts';

/**
 * Collects the cells of one column, whose number need not be known. A cell that the type cannot hold (TEXT in a column
 * of INTEGER) makes the whole column boxed, so nothing is ever converted or lost.
 */
export interface ColumnBuilder {
  /** Cells so far. */
  readonly length: number;
  append(value: Value): void;
  appendNull(): void;
  /** A cell of the type's own number form: INTEGER (safe), REAL, TIMESTAMP in us, BOOLEAN as 0 or 1. */
  appendNumber(value: number): void;
  /** UTF-8 of one TEXT cell; copied. */
  appendBytes(bytes: Uint8Array, start: number, end: number): void;
  /** One cell of another column, of static type `type`. */
  appendFrom(column: Column, type: Type, row: number): void;
  /** The column so far. Call once, at the end. */
  finish(): Column;
  /** About what the cells take. */
  readonly bytes: number;
}
