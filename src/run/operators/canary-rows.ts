import { rowsOf, type RecordBatch } from '../../data/batch.ts';
import { cell } from '../../data/cell.ts';
import type { Schema } from '../../data/types.ts';
import type { Value } from '../../data/value.ts';
import type { Edge } from '../../plan/edge.ts';

/** A row by its cells, and as text that is the same for the same cells. */
export interface Row {
  readonly cells: readonly Value[];
  readonly text: string;
}

/** The rows, so that those that are the same under an edge stand in the same order. @param schema of the rows */
export function under(edge: Edge, rows: readonly Row[], schema: Schema): readonly Row[] {
  if (edge === 'list') return rows;
  if (edge === 'bag') return rows.toSorted(byText);
  const places = edge.perKey.map((name) => schema.findIndex((field) => field.name === name));
  const keyed = rows.map((row) => ({ row, text: places.map((place) => textOf(row.cells[place]!)).join('\0') }));
  return keyed.toSorted(byText).map(({ row }) => row);
}

const byText = (a: Pick<Row, 'text'>, b: Pick<Row, 'text'>): number => (a.text < b.text ? -1 : a.text > b.text ? 1 : 0);

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
