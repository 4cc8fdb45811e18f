import { RunError } from '../../base/errors.ts';
import type { RecordBatch } from '../../data/batch.ts';
import { encoder, type FormatName } from '../../data/format/catalog.ts';
import { EncodeError, type Encoder } from '../../data/format/format.ts';
import type { SinkRequest } from '../connector.ts';

/** Rows as the bytes of a file. @param isNew nothing stands before them, so a header may be due. */
export function encoderOf({ options, schema, columns }: SinkRequest, isNew: boolean): Encoder {
  const fields = columns.map((name, i) => ({ ...schema[i]!, name }));
  return encoder(options['format'] as FormatName, fields, { ...options, header: options['header'] !== false && isNew });
}

/** Rows as bytes. @throws RunError E0405 naming row and column of a value that the format cannot hold. */
export function encoded(encode: Encoder, batch: RecordBatch, rowsBefore: number, target: string): Uint8Array {
  try {
    return encode.encode(batch);
  } catch (error) {
    if (!(error instanceof EncodeError)) throw error;
    const message = `${target} row ${rowsBefore + error.row + 1}, column ${error.column}: ${error.message}`;
    throw new RunError(
      { code: 'E0405', message, help: ["format = 'jsonl', 'csv' or 'tsv' can hold it"] },
      { cause: error },
    );
  }
}
