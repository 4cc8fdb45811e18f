import type { RecordBatch } from '../../data/batch.ts';
import { rowsOf } from '../../data/batch.ts';
import { cell } from '../../data/cell.ts';
import type { Column } from '../../data/column.ts';
import type { Schema, Type } from '../../data/types.ts';
import type { Value } from '../../data/value.ts';

/**
 * The column as one of type `to`, where rows of several inputs meet under one schema. A wider type is ANY (boxed) or a
 * type of the same form (BOOLEAN as INTEGER, JSON as TEXT); see `unify`.
 */
export function widenColumn(column: Column, from: Type, to: Type, batch: RecordBatch): Column {
  if (from === to || (from === 'JSON' && to === 'TEXT') || (from === 'TEXT' && to === 'JSON')) return column;
  if (to === 'INTEGER' && column.kind === 'bool') {
    return { kind: 'f64', values: Float64Array.from(column.values), nulls: column.nulls };
  }
  const values = new Array<Value>(batch.length).fill(null);
  for (const row of rowsOf(batch)) values[row] = cell(column, from, row);
  return { kind: 'any', values };
}

/** The rows of `batch` under another schema of as many columns, each as wide as needed. */
export function widen(batch: RecordBatch, schema: Schema): RecordBatch {
  const columns = batch.columns.map((c, i) => widenColumn(c, batch.schema[i]!.type, schema[i]!.type, batch));
  return { ...batch, schema, columns };
}
