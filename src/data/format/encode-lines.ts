import type { RecordBatch } from '../batch.ts';
import { rowsOf } from '../batch.ts';
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
export function linesEncoder(schema: Schema, options: { readonly [key: string]: unknown }): Encoder {
  const [field, ...others] = schema;
  if (field === undefined || others.length > 0) {
    throw new EncodeError(0, field?.name ?? '', `format lines takes exactly one column, not ${schema.length}`);
  }
  const nullText = typeof options['null'] === 'string' ? Buffer.from(options['null']) : undefined;
  return {
    start: new Uint8Array(0),
    encode(batch) {
      const run = runOfLines(batch, [], false);
      if (run !== undefined) return run;
      const { bytes, starts, ends, nulls } = textForms(batch.columns[0]!, field.type, batch);
      const text = { kind: 'utf8', bytes, starts, ends, nulls } as const;
      return copyLines(batch, text, field.name, nullText);
    },
  };
}

function copyLines(batch: RecordBatch, column: Utf8Column, name: string, nullText: Uint8Array | undefined): Uint8Array {
  const { bytes, starts, ends, nulls } = column;
  const writer = new ByteWriter(batch.length * 32);
  let n = 0;
  for (const row of rowsOf(batch)) {
    if (isNull(nulls, row)) {
      if (nullText === undefined) throw new EncodeError(n, name, 'NULL cannot be written in format lines');
      writer.copy(nullText, 0, nullText.length);
    } else {
      const end = ends[row]!;
      for (let i = starts[row]!; i < end; i++) {
        if (bytes[i] === 10) throw new EncodeError(n, name, 'a text with a newline cannot be written in format lines');
      }
      writer.copy(bytes, starts[row]!, end);
    }
    writer.byte(10);
    n++;
  }
  return writer.take();
}
