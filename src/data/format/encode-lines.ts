import type { RecordBatch } from '../batch.ts';
import { rowCount, rowsOf } from '../batch.ts';
import { isNull, type Utf8Column } from '../column.ts';
import type { Schema } from '../types.ts';
import { ByteWriter } from './byte-writer.ts';
import { EncodeError, type Encoder } from './format.ts';
import { runOfLines } from './runs.ts';
import { textForms } from './text-form.ts';

/**
 * One column, a line a row, nothing quoted. Option `null`: the text that is written for NULL.
 * @throws EncodeError for another number of columns.
 */
export const linesEncoder = (schema: Schema, options: Options): Encoder => oneColumn('lines', schema, options, 10);

/** The same with a NUL byte behind each record, so that a record may have newlines. */
export const nulEncoder = (schema: Schema, options: Options): Encoder => oneColumn('nul', schema, options, 0);

type Options = { readonly [key: string]: unknown };

function oneColumn(format: string, schema: Schema, options: Options, terminator: number): Encoder {
  const [field, ...others] = schema;
  if (field === undefined || others.length > 0) {
    throw new EncodeError(0, field?.name ?? '', `format ${format} takes exactly one column, not ${schema.length}`);
  }
  const nullText = typeof options['null'] === 'string' ? Buffer.from(options['null']) : undefined;
  return {
    start: new Uint8Array(0),
    encode(batch) {
      const run = terminator === 10 ? runOfLines(batch, [], false) : undefined;
      if (run !== undefined) return run;
      const { bytes, starts, ends, nulls } = textForms(batch.columns[0]!, field.type, batch);
      const text = { kind: 'utf8', bytes, starts, ends, nulls } as const;
      return copyRecords(batch, text, field.name, nullText, terminator);
    },
  };
}

function copyRecords(
  batch: RecordBatch,
  column: Utf8Column,
  name: string,
  nullText: Uint8Array | undefined,
  terminator: number,
): Uint8Array {
  const [format, content] = terminator === 10 ? ['lines', 'newline'] : ['nul', 'NUL byte'];
  const { bytes, starts, ends, nulls } = column;
  const writer = new ByteWriter(rowCount(batch) * 32);
  let n = 0;
  for (const row of rowsOf(batch)) {
    if (isNull(nulls, row)) {
      if (nullText === undefined) throw new EncodeError(n, name, `NULL cannot be written in format ${format}`);
      writer.copy(nullText, 0, nullText.length);
    } else {
      const end = ends[row]!;
      for (let i = starts[row]!; i < end; i++) {
        if (bytes[i] === terminator)
          throw new EncodeError(n, name, `a text with a ${content} cannot be written in format ${format}`);
      }
      writer.copy(bytes, starts[row]!, end);
    }
    writer.byte(terminator);
    n++;
  }
  return writer.take();
}
