import { rowsOf, type RecordBatch } from '../../data/batch.ts';
import { columnBuilder } from '../../data/builder.ts';
import { cell } from '../../data/cell.ts';
import type { Column } from '../../data/column.ts';
import type { Schema } from '../../data/types.ts';
import type { Value } from '../../data/value.ts';
import { truthOf } from '../compare.ts';
import { evaluate } from '../evaluate.ts';
import { columnsOf, type Expr } from '../expr.ts';
import type { EvaluateContext } from '../functions/function.ts';
import { atRow } from './loop.ts';

/** The reference on each row, as a column. For batches whose values typed code cannot hold. */
export function boxedColumn(e: Expr, schema: Schema, context: EvaluateContext): (batch: RecordBatch) => Column {
  const run = rowEvaluator(e, schema, context);
  return (batch) => {
    const builder = columnBuilder(e.type, batch.length);
    for (const row of rowsOf(batch)) {
      while (builder.length < row) builder.appendNull();
      builder.append(run(batch, row));
    }
    while (builder.length < batch.length) builder.appendNull();
    return builder.finish();
  };
}

/** The rows on which the reference says true. */
export function boxedSelection(e: Expr, schema: Schema, context: EvaluateContext): (batch: RecordBatch) => Uint32Array {
  const run = rowEvaluator(e, schema, context);
  return (batch) => Uint32Array.from([...rowsOf(batch)].filter((row) => truthOf(run(batch, row)) === true));
}

function rowEvaluator(e: Expr, schema: Schema, context: EvaluateContext): (batch: RecordBatch, row: number) => Value {
  const places = new Map([...columnsOf(e)].map((name) => [name, schema.findIndex((field) => field.name === name)]));
  return (batch, row) => {
    try {
      return evaluate(e, (name) => cellAt(batch, schema, places.get(name)!, row), context);
    } catch (error) {
      atRow(error, row);
      throw error;
    }
  };
}

const cellAt = (batch: RecordBatch, schema: Schema, index: number, row: number): Value =>
  cell(batch.columns[index]!, schema[index]!.type, row);
