import { rowsOf, type RecordBatch } from '../../src/data/batch.ts';
import { cell } from '../../src/data/cell.ts';
import { decoder, type FormatName } from '../../src/data/format/catalog.ts';
import type { DecodeRequest, Fault, Mark } from '../../src/data/format/format.ts';
import type { Schema, Type } from '../../src/data/types.ts';
import type { Value } from '../../src/data/value.ts';

/** `a b:INTEGER` as a schema; TEXT where no type is written. */
export const schemaOf = (text: string): Schema =>
  text
    .split(' ')
    .filter((word) => word !== '')
    .map((word) => ({ name: word.split(':')[0]!, type: (word.split(':')[1] ?? 'TEXT') as Type }));

/** What to ask of a decoder: columns wanted, options, and all columns where they are more than those wanted. */
export const requestOf = (schema: string, options: object = {}, columns = schema) => ({
  schema: schemaOf(schema),
  columns: schemaOf(columns).map((field) => field.name),
  options: options as Record<string, unknown>,
});

export const valuesOf = (batches: readonly RecordBatch[]): Value[][] =>
  batches.flatMap((batch) =>
    [...rowsOf(batch)].map((row) => batch.schema.map(({ type }, c) => cell(batch.columns[c]!, type, row))),
  );

export interface Decoded {
  readonly rows: Value[][];
  readonly batches: readonly RecordBatch[];
  readonly marks: readonly Mark[];
  readonly faults: readonly Fault[];
  readonly consumed: number;
  readonly line: number;
}

/** Decodes bytes given in pieces of the sizes that `sizes` yields (once round, then again). */
export function decodeAll(
  format: FormatName,
  request: Partial<DecodeRequest> & Pick<DecodeRequest, 'schema'>,
  bytes: Uint8Array,
  sizes: readonly number[] = [bytes.length || 1],
  onFault: 'skip' | 'null' = 'skip',
): Decoded {
  const faults: Fault[] = [];
  const decode = decoder(format, {
    columns: request.schema.map((field) => field.name),
    options: {},
    batchRows: 1000,
    maxRecord: 1 << 28,
    onFault: (fault) => {
      faults.push(fault);
      return onFault;
    },
    ...request,
  });
  const batches: RecordBatch[] = [];
  const marks: Mark[] = [];
  const keep = (some: readonly RecordBatch[]): void => {
    batches.push(...some);
    marks.push(...decode.marks);
  };
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const piece = bytes.subarray(at, at + sizes[i % sizes.length]!);
    decode.space(piece.length).set(piece);
    keep(decode.advance(piece.length));
    at += piece.length;
  }
  keep(decode.end());
  return { rows: valuesOf(batches), batches, marks, faults, consumed: decode.consumed, line: decode.line };
}
