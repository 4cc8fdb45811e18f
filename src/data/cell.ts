import { isNull, type Column, type Utf8Column } from './column.ts';
import { timestampText } from './timestamp.ts';
import type { Type } from './types.ts';
import type { Value } from './value.ts';

/**
 * One cell, boxed. `type` is the static type of the column: it tells INTEGER from REAL in an `f64` column, and makes a
 * TIMESTAMP its TEXT form. Any column may be of kind `any`; then the cell is what it holds.
 */
export function cell(column: Column, type: Type, row: number): Value {
  if (column.kind === 'any') return column.values[row] ?? null;
  if (isNull(column.nulls, row)) return null;
  switch (column.kind) {
    case 'f64': {
      const value = column.values[row]!;
      if (type === 'REAL') return value;
      return type === 'TIMESTAMP' ? timestampText(value) : BigInt(value);
    }
    case 'i64':
      return column.values[row]!;
    case 'bool':
      return column.values[row] === 0 ? 0n : 1n;
    case 'utf8':
      return asText(column, row);
  }
}

/** The text of a cell that is not NULL; bytes that are not UTF-8 come as U+FFFD. */
export const asText = (column: Utf8Column, row: number): string =>
  decode(column.bytes, column.starts[row]!, column.ends[row]!);

/** `bytes[start .. end)` as a JS string. */
export const decode = (bytes: Uint8Array, start: number, end: number): string =>
  bufferOf(bytes).toString('utf8', start, end);

/** The same memory as a Buffer. */
export const bufferOf = (bytes: Uint8Array): Buffer =>
  Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
