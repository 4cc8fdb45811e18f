import { rowCount, rowsOf } from '../batch.ts';
import { isNull, type Utf8Column } from '../column.ts';
import type { Schema } from '../types.ts';
import { ByteWriter } from './byte-writer.ts';
import { dialectOf } from './dialect.ts';
import type { Encoder } from './format.ts';
import { runOfLines } from './runs.ts';
import { textForms } from './text-form.ts';

type Options = { readonly [key: string]: unknown };
type WriteCell = (writer: ByteWriter, column: Utf8Column, row: number) => void;

/**
 * RFC 4180 with plain newlines. NULL is the text of option `null` (default: nothing), quoted where a TEXT is the same; so
 * an empty TEXT is `""`.
 */
export function csvEncoder(schema: Schema, options: Options): Encoder {
  const { delimiter, quote } = dialectOf(options);
  const nullText = Buffer.from(typeof options['null'] === 'string' ? options['null'] : '');
  const specials = [delimiter, quote, 13].filter((byte) => byte >= 0);
  const quoted = (writer: ByteWriter, bytes: Uint8Array, start: number, end: number): void => {
    writer.reserve((end - start) * 2 + 2);
    writer.byte(quote);
    for (let i = start; i < end; i++) {
      if (bytes[i] === quote) writer.byte(quote);
      writer.byte(bytes[i]!);
    }
    writer.byte(quote);
  };
  const cell: WriteCell = (writer, { bytes, starts, ends, nulls }, row) => {
    if (isNull(nulls, row)) return writer.copy(nullText, 0, nullText.length);
    const start = starts[row]!;
    const end = ends[row]!;
    let plain = quote < 0 || !same(bytes, start, end, nullText);
    for (let i = start; plain && i < end; i++) {
      const byte = bytes[i]!;
      if (byte === delimiter || byte === quote || byte === 10 || byte === 13) plain = quote < 0;
    }
    if (plain) writer.copy(bytes, start, end);
    else quoted(writer, bytes, start, end);
  };
  // A batch that passes as it is must not hold the text for NULL either, which only an empty one makes sure of.
  return separatedEncoder(schema, options, delimiter, cell, nullText.length > 0 ? undefined : specials, true);
}

/** The text format of PostgreSQL's COPY. */
export function tsvEncoder(schema: Schema, options: Options): Encoder {
  const escapes = new Map([
    [8, 98],
    [9, 116],
    [10, 110],
    [11, 118],
    [12, 102],
    [13, 114],
    [92, 92],
  ]);
  const nullText = Buffer.from(typeof options['null'] === 'string' ? options['null'] : '\\N');
  const cell: WriteCell = (writer, { bytes, starts, ends, nulls }, row) => {
    if (isNull(nulls, row)) return writer.copy(nullText, 0, nullText.length);
    const end = ends[row]!;
    let from = starts[row]!;
    for (let i = from; i < end; i++) {
      const byte = bytes[i]!;
      if (byte !== 92 && (byte > 13 || byte < 8)) continue;
      writer.copy(bytes, from, i);
      writer.byte(92);
      writer.byte(escapes.get(byte)!);
      from = i + 1;
    }
    writer.copy(bytes, from, end);
  };
  return separatedEncoder(schema, options, 9, cell, [8, 9, 11, 12, 13, 92], false);
}

/** @param specials bytes without which a cell is written as it is; undefined where that cannot be told. */
function separatedEncoder(
  schema: Schema,
  options: Options,
  delimiter: number,
  cell: WriteCell,
  specials: readonly number[] | undefined,
  emptyIsSpecial: boolean,
): Encoder {
  return {
    start: options['header'] === true ? header(schema, delimiter, cell) : new Uint8Array(0),
    encode(batch) {
      const run = specials === undefined ? undefined : runOfLines(batch, specials, emptyIsSpecial);
      if (run !== undefined) return run;
      const columns = batch.columns.map((column, c) => textForms(column, schema[c]!.type, batch));
      const writer = new ByteWriter(rowCount(batch) * columns.length * 12);
      for (const row of rowsOf(batch)) {
        for (let c = 0; c < columns.length; c++) {
          if (c > 0) writer.byte(delimiter);
          cell(writer, columns[c]!, row);
        }
        writer.byte(10);
      }
      return writer.take();
    },
  };
}

function header(schema: Schema, delimiter: number, cell: WriteCell): Uint8Array {
  const writer = new ByteWriter();
  schema.forEach(({ name }, c) => {
    const bytes = Buffer.from(name);
    if (c > 0) writer.byte(delimiter);
    const ends = Uint32Array.of(bytes.length);
    cell(writer, { kind: 'utf8', bytes, starts: Uint32Array.of(0), ends, nulls: undefined }, 0);
  });
  writer.byte(10);
  return writer.take();
}

function same(bytes: Uint8Array, start: number, end: number, text: Uint8Array): boolean {
  if (end - start !== text.length) return false;
  for (let i = 0; i < text.length; i++) if (bytes[start + i] !== text[i]) return false;
  return true;
}
