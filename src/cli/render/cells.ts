import stringWidth from 'string-width';
import type { RecordBatch } from '../../data/batch.ts';
import { rowsOf } from '../../data/batch.ts';
import { cell } from '../../data/cell.ts';
import { formatReal } from '../../data/number.ts';
import type { Field } from '../../data/types.ts';
import type { Value } from '../../data/value.ts';

/** What a person reads for a cell: NULL is undefined, control characters are made visible, blobs are `x'..'`. */
export function shown(value: Value): string | undefined {
  if (value === null) return undefined;
  if (typeof value === 'number') return formatReal(value);
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'string') return visible(value);
  return `x'${Buffer.from(value).toString('hex')}'`;
}

/** The rows of a batch as text cells, row by row. */
export function* textRows(batch: RecordBatch): Generator<(string | undefined)[]> {
  for (const row of rowsOf(batch)) {
    yield batch.schema.map((field, c) => shown(cell(batch.columns[c]!, field.type, row)));
  }
}

const names: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** Terminals obey control characters: a log line could move the cursor or change colours. */
function visible(text: string): string {
  return text.replace(
    /[\u0000-\u001f\u007f-\u009f]/g,
    (c) => names[c] ?? `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}

/** Columns on a terminal that `text` takes. Plain ASCII, the common case, is its length. */
export const widthOf = (text: string): number => (/^[\u0020-\u007e]*$/.test(text) ? text.length : stringWidth(text));

export const isNumeric = (field: Field): boolean =>
  field.type === 'INTEGER' || field.type === 'REAL' || field.type === 'BOOLEAN';
