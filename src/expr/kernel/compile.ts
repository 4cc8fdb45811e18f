import { Bug } from '../../base/errors.ts';
import type { RecordBatch } from '../../data/batch.ts';
import { newNulls, type Column } from '../../data/column.ts';
import type { Schema } from '../../data/types.ts';
import { columnsOf, type Expr } from '../expr.ts';
import type { EvaluateContext } from '../functions/function.ts';
import { boxedColumn, boxedSelection } from './boxed.ts';
import { Emitter, type ColumnShape } from './emit.ts';
import { columnFunction, selectionFunction } from './loop.ts';
import { BAIL } from './operand.ts';

/** Computes a column from a batch, for its selected rows; other cells of the result hold anything. */
export type Kernel = (batch: RecordBatch) => Column;
/** Physical numbers, ascending, of the selected rows on which a predicate is true. */
export type Predicate = (batch: RecordBatch) => Uint32Array;

/**
 * Compiles an expression into loops over columns, which mean on every row what `evaluate` means. A column reference is
 * passed on as it is.
 *
 * There is one loop per shape of the batch (kinds of the columns that are read, which have NULLs, whether there is a
 * selection), made when such a batch first comes. In it INTEGERs are doubles and TEXT is bytes; a batch that has a value
 * beyond what that can hold is done by the reference instead, cell by cell.
 *
 * @param schema columns of the batches, by position.
 * @param context what 'now' means; default: the present, once for all rows.
 * @throws RowError from the kernel, with `row` set, where a function fails on a row.
 */
export function compileExpr(e: Expr, schema: Schema, context: EvaluateContext = { now: Date.now() }): Kernel {
  if (e.kind === 'column') {
    const index = placeOf(e.name, schema);
    return (batch) => batch.columns[index]!;
  }
  return byShape(e, schema, context, columnFunction, boxedColumn(e, schema, context));
}

/** Compiles a predicate; see `compileExpr`. */
export function compilePredicate(e: Expr, schema: Schema, context: EvaluateContext = { now: Date.now() }): Predicate {
  return byShape(e, schema, context, selectionFunction, boxedSelection(e, schema, context));
}

/** A generated loop over `n` cells of some columns, or those of them that a selection lists. */
export type Loop<R> = (columns: readonly Column[], n: number, selection: Uint32Array | undefined) => R;

/** More shapes than this are not told apart by which columns have NULLs. */
const MOST_SHAPES = 16;
/** A loop that has given up so often is not tried any more. */
const MOST_BAILS = 3;

function byShape<R>(
  e: Expr,
  schema: Schema,
  context: EvaluateContext,
  make: (e: Expr, emitter: Emitter, selected: boolean) => Loop<R>,
  boxed: (batch: RecordBatch) => R,
): (batch: RecordBatch) => R {
  const used = [...columnsOf(e)].map((name) => placeOf(name, schema));
  const loops = new Map<string, { readonly run: Loop<R>; bails: number }>();
  return (batch) => {
    const { length, selection } = batch;
    const columns = loops.size < MOST_SHAPES ? batch.columns : withBitmaps(batch.columns, used, length);
    let signature = selection === undefined ? '' : '*';
    for (const index of used) {
      const column = columns[index]!;
      if (column.kind === 'i64') return boxed(batch);
      signature += column.kind === 'any' ? 'a' : column.kind[0]! + (column.nulls === undefined ? '-' : '+');
    }
    let loop = loops.get(signature);
    if (loop === undefined) {
      const shapes = new Map(used.map((index) => [index, shapeOf(columns[index]!)]));
      loop = { run: make(e, new Emitter(schema, shapes, context), selection !== undefined), bails: 0 };
      loops.set(signature, loop);
    }
    if (loop.bails >= MOST_BAILS) return boxed(batch);
    try {
      return loop.run(columns, length, selection);
    } catch (error) {
      if (error !== BAIL) throw error;
      loop.bails++;
      return boxed(batch);
    }
  };
}

function placeOf(name: string, schema: Schema): number {
  const index = schema.findIndex((field) => field.name === name);
  if (index < 0) throw new Bug(`no column '${name}' among ${schema.map((field) => field.name).join(', ')}`);
  return index;
}

const shapeOf = (column: Column): ColumnShape => ({
  kind: column.kind as ColumnShape['kind'],
  nulls: column.kind !== 'any' && column.nulls !== undefined,
});

/** The columns in use get a bitmap if they have none. */
const withBitmaps = (columns: readonly Column[], used: readonly number[], n: number): Column[] =>
  columns.map((column, index) =>
    column.kind === 'any' || column.nulls !== undefined || !used.includes(index)
      ? column
      : { ...column, nulls: newNulls(n) },
  );
