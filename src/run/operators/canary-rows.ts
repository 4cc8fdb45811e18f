import { rowsOf, type RecordBatch } from '../../data/batch.ts';
import { cell } from '../../data/cell.ts';
import type { Schema } from '../../data/types.ts';
import type { Value } from '../../data/value.ts';

/** A row by its cells, and as text that is the same for the same cells. */
export interface Row {
  readonly cells: readonly Value[];
  readonly text: string;
}

export const byText = (a: Row, b: Row): number => (a.text < b.text ? -1 : a.text > b.text ? 1 : 0);

/** @param schema columns by name, in this order. */
export function rowsIn(schema: Schema, batches: readonly RecordBatch[]): readonly Row[] {
  return batches.flatMap((batch) => {
    const places = schema.map(({ name }) => batch.schema.findIndex((f) => f.name === name));
    return Array.from(rowsOf(batch), (row) => {
      const cells = places.map((c) => cell(batch.columns[c]!, batch.schema[c]!.type, row));
      return { cells, text: cells.map(textOf).join('\0') };
    });
  });
}

function textOf(value: Value): string {
  if (value === null) return 'NULL';
  return value instanceof Uint8Array ? `x${Buffer.from(value).toString('hex')}` : `${typeof value} ${String(value)}`;
}
