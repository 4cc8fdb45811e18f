import type { RecordBatch } from '../batch.ts';
import { rowsOf } from '../batch.ts';
import { isNull } from '../column.ts';
import type { Schema } from '../types.ts';
import { ByteWriter } from './byte-writer.ts';
import { EncodeError, type Encoder } from './format.ts';
import { RecordDecoder, type Cut } from './record-decoder.ts';
import { textForms } from './text-form.ts';

/** All bytes of the input are one field; of an input without bytes too. */
export class RawDecoder extends RecordDecoder {
  protected override readonly skipsByteOrderMark = false;
  protected override readonly terminator = undefined;

  protected cut(start: number, _soft: number, limit: number): Cut {
    if (limit - 1 - start > this.request.maxRecord) this.tooLong(this.line);
    this.recordAt[0] = start;
    this.linesBefore[0] = 0;
    this.slots.forEach(({ views }) => {
      views.starts[0] = start;
      views.ends[0] = limit - 1;
    });
    return { rows: 1, end: limit, lines: 0 };
  }
}

/** One column, its cells one behind the other with nothing between them; NULL is nothing. */
export function rawEncoder(schema: Schema): Encoder {
  const [field, ...others] = schema;
  if (field === undefined || others.length > 0) {
    throw new EncodeError(0, field?.name ?? '', `format raw takes exactly one column, not ${schema.length}`);
  }
  return { start: new Uint8Array(0), encode: (batch) => cells(batch, field.type) };
}

function cells(batch: RecordBatch, type: Schema[number]['type']): Uint8Array {
  const { bytes, starts, ends, nulls } = textForms(batch.columns[0]!, type, batch);
  const writer = new ByteWriter(batch.length * 32);
  for (const row of rowsOf(batch)) if (!isNull(nulls, row)) writer.copy(bytes, starts[row]!, ends[row]!);
  return writer.take();
}
