import { isAscii, isUtf8 } from 'node:buffer';
import { rowCount, rowsOf } from '../batch.ts';
import { decode } from '../cell.ts';
import { isNull, type Column, type Utf8Column } from '../column.ts';
import { formatReal } from '../number.ts';
import { timestampText } from '../timestamp.ts';
import type { Schema, Type } from '../types.ts';
import type { Value } from '../value.ts';
import { ByteWriter } from './byte-writer.ts';
import type { Encoder } from './format.ts';
import { skipBlanks, skipValue } from './json-scan.ts';
import { writeInteger } from './text-form.ts';

/**
 * One JSON object a row. BOOLEAN is true or false, an INTEGER beyond 2^53 - 1 a string of its digits, a BLOB a string of
 * hex digits, TIMESTAMP `2024-01-31T12:00:00Z`, JSON embedded as it is; bytes that are no UTF-8 become U+FFFD.
 */
export function jsonlEncoder(schema: Schema): Encoder {
  const keys = schema.map(({ name }, c) => Buffer.from(`${c === 0 ? '{' : ','}${JSON.stringify(name)}:`));
  return {
    start: new Uint8Array(0),
    encode(batch) {
      const { columns } = batch;
      const writer = new ByteWriter(rowCount(batch) * columns.length * 24);
      for (const row of rowsOf(batch)) {
        if (columns.length === 0) writer.byte(123);
        for (let c = 0; c < columns.length; c++) {
          const key = keys[c]!;
          writer.copy(key, 0, key.length);
          writeCell(writer, columns[c]!, schema[c]!.type, row);
        }
        writer.ascii('}\n');
      }
      return writer.take();
    },
  };
}

function writeCell(writer: ByteWriter, column: Column, type: Type, row: number): void {
  if (column.kind === 'any') return writeValue(writer, column.values[row] ?? null);
  if (isNull(column.nulls, row)) return writer.ascii('null');
  switch (column.kind) {
    case 'f64': {
      const value = column.values[row]!;
      if (type === 'INTEGER') writeInteger(writer, value);
      else if (type === 'TIMESTAMP') writer.ascii(`"${timestampText(value).replace(' ', 'T')}Z"`);
      else writer.ascii(real(value));
      return;
    }
    case 'i64':
      return writeValue(writer, column.values[row]!);
    case 'bool':
      return writer.ascii(column.values[row] === 0 ? 'false' : 'true');
    case 'utf8':
      if (type !== 'JSON' || !writeJson(writer, column, row)) {
        writeText(writer, column.bytes, column.starts[row]!, column.ends[row]!);
      }
  }
}

function writeValue(writer: ByteWriter, value: Value): void {
  if (value === null) writer.ascii('null');
  else if (typeof value === 'bigint') {
    const isSafe = value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER;
    writer.ascii(isSafe ? String(value) : `"${value}"`);
  } else if (typeof value === 'number') writer.ascii(real(value));
  else if (typeof value === 'string') writer.text(JSON.stringify(value));
  else writer.ascii(`"${Buffer.from(value).toString('hex')}"`);
}

/** JSON knows no infinity; SQLite writes a number that overflows when it is read. */
const real = (value: number): string =>
  Number.isFinite(value) ? formatReal(value) : value < 0 ? '-9.0e+999' : '9.0e+999';

function writeText(writer: ByteWriter, bytes: Uint8Array, start: number, end: number): void {
  let plain = true;
  for (let i = start; plain && i < end; i++) {
    const byte = bytes[i]!;
    plain = byte >= 32 && byte !== 34 && byte !== 92;
  }
  const view = bytes.subarray(start, end);
  if (plain && (isAscii(view) || isUtf8(view))) {
    writer.reserve(end - start + 2);
    writer.byte(34);
    writer.copy(bytes, start, end);
    writer.byte(34);
  } else writer.text(JSON.stringify(decode(bytes, start, end)));
}

/** Embeds JSON text, its line breaks as blanks; false if it is not valid. */
function writeJson(writer: ByteWriter, { bytes, starts, ends }: Utf8Column, row: number): boolean {
  const end = ends[row]!;
  const start = skipBlanks(bytes, starts[row]!, end);
  const stop = skipValue(bytes, start, end);
  if (stop < 0 || skipBlanks(bytes, stop, end) !== end || !isUtf8(bytes.subarray(start, stop))) return false;
  writer.reserve(stop - start);
  for (let i = start; i < stop; i++) writer.byte(bytes[i] === 10 || bytes[i] === 13 ? 32 : bytes[i]!);
  return true;
}
