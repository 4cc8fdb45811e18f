import { Bug } from '../../base/errors.ts';
import type { Column } from '../../data/column.ts';
import { rowComparator } from '../../data/order.ts';
import type { Collation, Schema } from '../../data/types.ts';
import { jsonArgsOf } from '../../expr/evaluate.ts';
import { spreadOf } from '../../expr/functions/aggregate.ts';
import { aggregateFunctions } from '../../expr/functions/catalog.ts';
import { compileExpr, compilePredicate } from '../../expr/kernel/compile.ts';
import type { OverCall } from '../../plan/over.ts';
import { Boxed } from './over-boxed.ts';
import { Concatenation } from './over-concat.ts';
import { Count } from './over-count.ts';
import { DistinctCount } from './over-distinct.ts';
import { byKey, Chosen } from './over-extreme.ts';
import type { Frames } from './over-frame.ts';
import type { Partitions } from './over-partitions.ts';
import { isQuantile, Quantile } from './over-quantile.ts';
import { ntile, rankings } from './over-rank.ts';
import { slide, type Sliding } from './over-slide.ts';
import { Spread } from './over-spread.ts';
import { BoxedSum, IntegerSum, RealSum, type SumFunction } from './over-sum.ts';
import { placed, shifted, type Argument } from './over-value.ts';

/** Computes the column of a call. `frames` are those of the call; only what looks at them asks for them. */
export type OverFunction = (partitions: Partitions, frames: () => Frames) => Column;

export function overFunction(call: OverCall, schema: Schema): OverFunction {
  const kernels = call.args.map((arg) => compileExpr(arg, schema));
  const filter = call.filter && compilePredicate(call.filter, schema);
  const collation = collationOf(call, schema);
  return (partitions, frames) => {
    const args = kernels.map((kernel, i): Argument => ({ column: kernel(partitions.batch), type: call.args[i]!.type }));
    const own = windowColumn(call, args, partitions, frames);
    if (own !== undefined) return own;
    const passes = filter && flags(filter(partitions.batch), partitions.rows);
    const run = <A extends Sliding & { finish(): Column }>(aggregate: A): A => {
      slide(aggregate, partitions, frames(), passes);
      return aggregate;
    };
    if (call.fn === 'sum' || call.fn === 'total' || call.fn === 'avg') {
      return sumColumn(call.fn, args[0]!, call.type, partitions.rows, run);
    }
    return run(aggregateOf(call, args, partitions.rows, collation)).finish();
  };
}

/** Of the functions that are no aggregates. */
function windowColumn(
  { fn, type }: OverCall,
  args: readonly Argument[],
  partitions: Partitions,
  frames: () => Frames,
): Column | undefined {
  switch (fn) {
    case 'row_number':
    case 'rank':
    case 'dense_rank':
    case 'percent_rank':
    case 'cume_dist':
      return rankings[fn](partitions);
    case 'ntile':
      return ntile(partitions, args[0]!.column, args[0]!.type);
    case 'lag':
      return shifted(-1, args, partitions, type);
    case 'lead':
      return shifted(1, args, partitions, type);
    case 'first_value':
      return placed('first', args, partitions, frames());
    case 'last_value':
      return placed('last', args, partitions, frames());
    case 'nth_value':
      return placed('nth', args, partitions, frames());
    default:
      return undefined;
  }
}

/** The fastest sum for the column; once more, cell by cell, where INTEGERs get too large for it. */
function sumColumn(
  fn: SumFunction,
  arg: Argument,
  type: OverCall['type'],
  rows: number,
  run: <A extends Sliding & { finish(): Column }>(aggregate: A) => A,
): Column {
  const { column } = arg;
  if (column.kind === 'bool' || (column.kind === 'f64' && (arg.type === 'INTEGER' || arg.type === 'BOOLEAN'))) {
    const sum = run(new IntegerSum(fn, column, rows, type));
    if (!sum.unsafe) return sum.finish();
  }
  if (column.kind === 'f64' && arg.type === 'REAL') return run(new RealSum(fn, column, rows, type)).finish();
  return run(new BoxedSum(fn, arg, rows, type)).finish();
}

function aggregateOf(
  { fn, frame, type, args: exprs }: OverCall,
  args: readonly Argument[],
  rows: number,
  collation: Collation,
): Sliding & { finish(): Column } {
  const [first, second] = args;
  const key = (arg: Argument) => rowComparator([{ ...arg, descending: false, nullsFirst: true, collation }]);
  // Where rows leave the frame, SQLite finds the last of equal ones (they differ in case, or are 1 and 1.0).
  const ofEquals = frame.start.kind === 'unbounded preceding' || frame.exclude !== undefined ? 'first' : 'last';
  switch (fn) {
    case 'count':
      return new Count(rows, first?.column);
    case 'min':
    case 'max':
      return new Chosen(rows, first!.column, first!.column, byKey(key(first!), fn === 'min' ? 1 : -1, ofEquals));
    case 'arg_min':
    case 'arg_max':
      return new Chosen(rows, first!.column, second!.column, byKey(key(second!), fn === 'arg_min' ? 1 : -1, 'first'));
    case 'any_value':
      return new Chosen(rows, first!.column, first!.column, () => false);
    case 'first':
      return new Chosen(rows, first!.column, undefined, () => false);
    case 'last':
      return new Chosen(rows, first!.column, undefined, () => true);
    case 'group_concat':
    case 'string_agg':
      return new Concatenation(args, rows);
    case 'approx_count_distinct':
      return new DistinctCount(first!, rows);
    default: {
      if (isQuantile(fn)) return new Quantile(fn, args, rows);
      const spread = spreadOf[fn];
      if (spread !== undefined) return new Spread(spread, first!, rows);
      const known = aggregateFunctions.get(fn);
      if (known === undefined) throw new Bug(`no window function '${fn}'`);
      const jsonArgs = jsonArgsOf(exprs);
      return new Boxed(() => known.create(collation, jsonArgs), args, rows, type);
    }
  }
}

/** How texts compare: as the column does that the function compares. */
export function collationOf({ fn, args }: OverCall, schema: Schema): Collation {
  const compared = fn.startsWith('arg_') ? args[1] : args[0];
  const field = compared?.kind === 'column' ? schema.find((f) => f.name === compared.name) : undefined;
  return field?.collation ?? 'BINARY';
}

export function flags(rows: Uint32Array, n: number): Uint8Array {
  const passes = new Uint8Array(n);
  for (const row of rows) passes[row] = 1;
  return passes;
}
