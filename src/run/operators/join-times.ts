import { rowsOf, type RecordBatch } from '../../data/batch.ts';
import { cell } from '../../data/cell.ts';
import { timestampOf } from '../../data/timestamp.ts';
import { column, type Expr } from '../../expr/expr.ts';
import type { Schema } from '../../data/types.ts';
import { compileExpr } from '../../expr/kernel/compile.ts';
import type { Horizon } from '../../plan/joins.ts';
import type { RowTimes } from './join-side.ts';

export type TimesOf = (batch: RecordBatch) => RowTimes;

/**
 * What a streaming join has to know of the times of its rows; all in us, by physical row. Where a side has no event
 * time, nothing is late and nothing is held back. A NULL `until` is before all times: the row meets none.
 */
export function rowTimes(schema: Schema, { until, eventTime }: Horizon, ttl: number | undefined): TimesOf {
  const timeOf = (name: string | undefined, otherwise: number) =>
    name === undefined ? constant(otherwise) : timeColumn(column(name, 'TIMESTAMP'), schema);
  const untilOf = until === undefined ? constant(Infinity) : timeColumn(until, schema);
  const time = timeOf(eventTime?.time, Infinity);
  const mark = timeOf(ttl === undefined ? eventTime?.mark : undefined, -Infinity);
  return (batch) => ({
    until: ttl === undefined ? untilOf(batch) : constant((Date.now() + ttl) * 1000)(batch),
    time: time(batch),
    mark: mark(batch),
  });
}

const constant =
  (value: number) =>
  (batch: RecordBatch): Float64Array =>
    new Float64Array(batch.length).fill(value);

/** An expression of type TIMESTAMP as numbers; NULL is before all times. */
export function timeColumn(e: Expr, schema: Schema): (batch: RecordBatch) => Float64Array {
  const kernel = compileExpr(e, schema);
  return (batch) => {
    const found = kernel(batch);
    if (found.kind === 'f64' && found.nulls === undefined) return found.values;
    const values = new Float64Array(batch.length).fill(-Infinity);
    for (const row of rowsOf(batch)) {
      const value = cell(found, 'TIMESTAMP', row);
      if (typeof value === 'string') values[row] = timestampOf(value) ?? -Infinity;
    }
    return values;
  };
}
