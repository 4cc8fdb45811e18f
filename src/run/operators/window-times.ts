import { Bug, RunError } from '../../base/errors.ts';
import { rowsOf, type RecordBatch } from '../../data/batch.ts';
import { cell } from '../../data/cell.ts';
import { isNull, type Column } from '../../data/column.ts';
import { NO_MARK } from '../../data/event-time.ts';
import type { Schema } from '../../data/types.ts';
import { timestampOf } from '../../expr/cast.ts';
import { column as columnRef, substitute, type Expr } from '../../expr/expr.ts';
import { compileExpr, type Kernel } from '../../expr/kernel/compile.ts';
import { printExpr } from '../../expr/print.ts';
import type { Window } from '../../plan/windows.ts';

/**
 * The time of each row of a batch, us by physical row.
 *
 * @throws RunError E0702, from the function, where a row has none: it is in no window.
 */
export function timesOf(plan: Pick<Window, 'name' | 'input'>, time: Expr): (batch: RecordBatch) => Float64Array {
  const kernel = compileExpr(time, plan.input.schema);
  let rows = 0;
  return (batch) => {
    const column = kernel(batch);
    const before = rows;
    rows += batch.selection?.length ?? batch.length;
    if (column.kind === 'f64' && column.nulls === undefined) return column.values;
    const values = new Float64Array(batch.length);
    let n = before;
    for (const row of rowsOf(batch)) {
      n++;
      const us = usOf(column, row);
      if (us === null)
        throw new RunError({
          code: 'E0702',
          message: `${plan.name.toUpperCase()}: row ${n} has no time: ${printExpr(time)} is NULL or no time`,
          help: [`leave such rows out before: ${plan.name.toUpperCase()}(TABLE (SELECT .. WHERE ..), ..)`],
        });
      values[row] = us;
    }
    return values;
  };
}

/** A column of times may hold other values where its table does. */
function usOf(column: Column, row: number): number | null {
  if (column.kind === 'f64') return isNull(column.nulls, row) ? null : column.values[row]!;
  return timestampOf(cell(column, 'TIMESTAMP', row));
}

/** A hidden column: us, never NULL. */
export function hiddenColumn(batch: RecordBatch, at: number): Float64Array {
  const column = batch.columns[at];
  if (column?.kind !== 'f64') throw new Bug(`event time in a column of kind ${column?.kind}`);
  return column.values;
}

export function placeOf(schema: Schema, name: string): number {
  const at = schema.findIndex((f) => f.name === name);
  if (at < 0) throw new Bug(`there is no column ${name}`);
  return at;
}

/** Another time as a function of event time; `NO_MARK` stays what it is. */
export type Clock = (us: number) => number;

/** @param clock over the column `time`; absent: the same time. */
export function clockFunction(clock: Expr | undefined, time: string): Clock {
  if (clock === undefined) return (us) => us;
  const value = clockValues(clock, time);
  return (us) => {
    if (us === NO_MARK) return NO_MARK;
    const column = value(Float64Array.of(us));
    return usOf(column, 0) ?? NO_MARK;
  };
}

/** A clock at several times. */
export function clockValues(clock: Expr, time: string): (times: Float64Array) => Column {
  const kernel: Kernel = compileExpr(substitute(clock, new Map([[time, columnRef('time', 'TIMESTAMP')]])), [
    { name: 'time', type: 'TIMESTAMP', notNull: true },
  ]);
  return (values) =>
    kernel({
      schema: [{ name: 'time', type: 'TIMESTAMP', notNull: true }],
      length: values.length,
      columns: [{ kind: 'f64', values, nulls: undefined }],
    });
}
