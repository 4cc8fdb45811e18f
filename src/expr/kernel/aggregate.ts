import type { RecordBatch } from '../../data/batch.ts';
import type { Column } from '../../data/column.ts';
import type { Rows } from '../../data/hash.ts';
import type { Collation, Schema, Type } from '../../data/types.ts';
import type { Expr, SortKey } from '../expr.ts';
import type { EvaluateContext } from '../functions/function.ts';
import { accumulatorsOf } from './aggregates/catalog.ts';
import { DistinctRows } from './aggregates/distinct.ts';
import { Ordered } from './aggregates/ordered.ts';
import { compileExpr, compilePredicate } from './compile.ts';

/** The call of an aggregate function, as `AggregateCall` of a plan has it. */
export interface AggregateExpr {
  readonly fn: string;
  readonly args: readonly Expr[];
  readonly distinct: boolean;
  readonly filter?: Expr;
  readonly orderBy?: readonly SortKey[];
  readonly type: Type;
}

/** One aggregate over any number of groups, which are numbered from 0. */
export interface VectorAggregate {
  /** From now on groups 0 .. groups - 1 may come; never fewer than before. Call before `update` and `finish`. */
  grow(groups: number): void;
  /** Takes in the selected rows. `ids` is the group of each, by physical row. */
  update(batch: RecordBatch, ids: Uint32Array): void;
  /**
   * The result of each group, or only of some in the order given; those without rows have that of no rows. More rows may
   * follow.
   *
   * @throws RowError (sum overflow)
   */
  finish(groups: number, only?: Uint32Array): Column;
  /** Forgets all groups but these, which get new numbers: their places in `groups`. */
  retain(groups: Uint32Array): void;
  /** About what the states take. */
  readonly bytes: number;
}

/** The states of one aggregate function, given columns of arguments instead of batches. */
export interface Accumulators {
  grow(groups: number): void;
  add(args: readonly Column[], rows: Rows, ids: Uint32Array): void;
  finish(groups: number, only?: Uint32Array): Column;
  /** As that of a `VectorAggregate`. */
  retain(groups: Uint32Array): void;
  readonly bytes: number;
}

/** Compiles an aggregate: FILTER, DISTINCT and ORDER BY here, the function itself by `accumulatorsOf`. */
export const compileAggregate = (call: AggregateExpr, schema: Schema, context?: EvaluateContext): VectorAggregate =>
  prepareAggregate(call, schema, context)();

/** The same for many sets of groups, one after the other or side by side: what is compiled is shared. */
export function prepareAggregate(
  call: AggregateExpr,
  schema: Schema,
  context: EvaluateContext = { now: Date.now() },
): () => VectorAggregate {
  const kernels = call.args.map((arg) => compileExpr(arg, schema, context));
  const types = call.args.map((arg) => arg.type);
  const collations = call.args.map((arg) => collationOf(arg, schema));
  const filter = call.filter && compilePredicate(call.filter, schema, context);
  const sorting = call.orderBy?.length ? call.orderBy : undefined;
  const sortKernels = sorting?.map((key) => compileExpr(key.expr, schema, context));
  const states = () => accumulatorsOf(call, collations[0] ?? 'BINARY');

  return () => {
    const distinct = call.distinct
      ? new DistinctRows(types.map((type, i) => ({ type, collation: collations[i] })))
      : undefined;
    const plain = states();
    const ordered = sorting && new Ordered(types, sorting);
    return {
      grow: (groups) => plain.grow(groups),
      update(batch, ids) {
        let rows: RecordBatch = filter === undefined ? batch : { ...batch, selection: filter(batch) };
        const args = kernels.map((kernel) => kernel(rows));
        if (distinct !== undefined) rows = { ...rows, selection: distinct.firstRows(args, rows, ids) };
        if (rows.selection?.length === 0) return;
        if (ordered === undefined) plain.add(args, rows, ids);
        else ordered.keep(args, sortKernels!.map((kernel) => kernel(rows)), rows, ids); // prettier-ignore
      },
      finish(groups, only) {
        if (ordered === undefined) return plain.finish(groups, only);
        const sorted = states();
        sorted.grow(groups);
        ordered.flush(sorted);
        return sorted.finish(groups, only);
      },
      retain(groups) {
        plain.retain(groups);
        distinct?.retain(groups);
        ordered?.retain(groups);
      },
      get bytes() {
        return plain.bytes + (distinct?.bytes ?? 0) + (ordered?.bytes ?? 0);
      },
    };
  };
}

function collationOf(arg: Expr, schema: Schema): Collation {
  const field = arg.kind === 'column' ? schema.find(({ name }) => name === arg.name) : undefined;
  return field?.collation ?? 'BINARY';
}
