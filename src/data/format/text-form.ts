import type { RecordBatch } from '../batch.ts';
import { rowCount, rowsOf } from '../batch.ts';
import { isNull, newNulls, setNull, type Column, type Utf8Column } from '../column.ts';
import { formatReal } from '../number.ts';
import { timestampText } from '../timestamp.ts';
import type { Type } from '../types.ts';
import type { Value } from '../value.ts';
import { ByteWriter } from './byte-writer.ts';

/**
 * A column as the bytes that text formats write: numbers as SQLite prints them, BOOLEAN as 1 and 0, a BLOB as its bytes.
 * Only rows that exist are made; a TEXT column comes as it is.
 */
export function textForms(column: Column, type: Type, batch: RecordBatch): Utf8Column {
  if (column.kind === 'utf8') return column;
  const writer = new ByteWriter(rowCount(batch) * 8);
  const starts = new Uint32Array(batch.length);
  const ends = new Uint32Array(batch.length);
  let nulls = column.kind === 'any' ? undefined : column.nulls;
  const boxedNulls = column.kind === 'any' ? newNulls(batch.length) : undefined;
  for (const row of rowsOf(batch)) {
    starts[row] = writer.length;
    if (column.kind === 'any') {
      const value = column.values[row] ?? null;
      if (value === null) setNull((nulls = boxedNulls!), row);
      else writeValue(writer, value);
    } else if (!isNull(nulls, row)) {
      const value = column.values[row]!;
      if (column.kind !== 'f64') writer.ascii(String(value));
      else if (type === 'INTEGER') writeInteger(writer, value as number);
      else writer.ascii(type === 'TIMESTAMP' ? timestampText(value as number) : formatReal(value as number));
    }
    ends[row] = writer.length;
  }
  return { kind: 'utf8', bytes: writer.take(), starts, ends, nulls };
}

function writeValue(writer: ByteWriter, value: NonNullable<Value>): void {
  if (typeof value === 'string') writer.text(value);
  else if (typeof value === 'bigint') writer.ascii(String(value));
  else if (typeof value === 'number') writer.ascii(formatReal(value));
  else writer.copy(value, 0, value.length);
}

/** @param value an integer up to 2^53. */
export function writeInteger(writer: ByteWriter, value: number): void {
  if (value < 0 || value >= 1e9) return writer.ascii(String(value));
  let left = value | 0;
  let digits = 1;
  for (let power = 10; digits < 9 && left >= power; power *= 10) digits++;
  writer.reserve(digits);
  for (let at = writer.length + digits - 1; at >= writer.length; at--) {
    const rest = (left / 10) | 0;
    writer.bytes[at] = 48 + left - rest * 10;
    left = rest;
  }
  writer.length += digits;
}
