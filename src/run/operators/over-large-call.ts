import { rowRange, type RecordBatch } from '../../data/batch.ts';
import { columnBuilder } from '../../data/builder.ts';
import { cell } from '../../data/cell.ts';
import type { Column } from '../../data/column.ts';
import { pick } from '../../data/gather.ts';
import type { Schema } from '../../data/types.ts';
import type { Value } from '../../data/value.ts';
import type { Accumulator } from '../../expr/functions/function.ts';
import { compileExpr, compilePredicate, type Kernel, type Predicate } from '../../expr/kernel/compile.ts';
import type { OverCall } from '../../plan/over.ts';
import { collationOf, flags, overFunction, type OverFunction } from './over-functions.ts';
import type { Piece } from './over-large-around.ts';
import type { Large } from './over-large-calls.ts';
import { MovingSum } from './over-large-sum.ts';
import { partOf, partsOf } from './over-rank.ts';

/** Where rows stand in their partition, by physical row of a batch. Rows and groups of equals count from 0. */
export interface Standing {
  /** Of all rows of the partition: how many there are, and which one the first of the batch is. */
  readonly rows: number;
  readonly first: number;
  readonly group: Float64Array;
  readonly groupStart: Float64Array;
  readonly groupEnd: Float64Array;
}

/** One call over a partition that is looked at twice: when its rows come, and when all of them have come. */
export class LargeCall {
  readonly how: Large;
  readonly call: OverCall;
  readonly #kernels: readonly Kernel[];
  readonly #filter: Predicate | undefined;
  readonly #near: OverFunction;
  readonly #create: (() => Accumulator) | undefined;
  #state: Accumulator | undefined;
  #moving: MovingSum | undefined;
  /** Of `ntile`: the argument in the first row. */
  #given: Value | undefined;
  #args: readonly Column[] = [];
  #passes: Uint8Array | undefined;

  constructor(call: OverCall, how: Large, schema: Schema) {
    this.call = call;
    this.how = how;
    this.#kernels = call.args.map((arg) => compileExpr(arg, schema));
    this.#filter = call.filter && compilePredicate(call.filter, schema);
    this.#near = overFunction(call, schema);
    if ('create' in how) this.#create = () => how.create(collationOf(call, schema));
  }

  /** A partition begins, or is gone through once more. */
  reset(): void {
    this.#state = this.#create?.();
    this.#given = undefined;
    this.#moving = undefined;
  }

  /** The rows that `step` is about. */
  open(batch: RecordBatch): void {
    this.#args = this.#kernels.map((kernel) => kernel(batch));
    this.#passes = this.#filter && flags(this.#filter(batch), batch.length);
    if (this.call.fn === 'ntile' && this.#given === undefined) this.#given = this.#cells(0)[0]!;
  }

  /** Takes a row in. @throws RowError (sum overflow) */
  step(row: number): void {
    if (this.#passes === undefined || this.#passes[row] === 1) this.#state!.add(this.#cells(row));
  }

  result(): Value {
    return this.#state!.result();
  }

  /** The results of a call that takes in its rows one by one. */
  stepped(rows: number): Column {
    const builder = columnBuilder(this.call.type, rows);
    for (let row = 0; row < rows; row++) {
      this.step(row);
      builder.append(this.result());
    }
    return builder.finish();
  }

  /** The results of a call that only asks for the place of a row. @throws RowError */
  placed(at: Standing): Column {
    const parts = this.call.fn === 'ntile' ? partsOf(this.#given!) : 1;
    const of = places[this.call.fn]!;
    const values = Float64Array.from(at.group, (_, row) => of(at, row, parts));
    return { kind: 'f64', values, nulls: undefined };
  }

  /** The results for the rows of a piece, from those around them. @throws RowError */
  near({ around, from, to, frames }: Piece): Column {
    const column = this.#near(around, () => frames(this.call.frame));
    return pick(column, rowRange(from, to));
  }

  /** The results for the rows of a piece of a sum that moves. @throws RowError */
  moved(piece: Piece): Column {
    const { batch } = piece.around;
    const arg = { column: this.#kernels[0]!(batch), type: this.call.args[0]!.type };
    this.#moving ??= new MovingSum(this.call);
    return this.#moving.of(piece, arg, this.#filter && flags(this.#filter(batch), batch.length));
  }

  #cells(row: number): Value[] {
    return this.#args.map((column, i) => cell(column, this.call.args[i]!.type, row));
  }
}

const places: Readonly<Record<string, (at: Standing, row: number, parts: number) => number>> = {
  row_number: ({ first }, row) => first + row + 1,
  rank: ({ groupStart }, row) => groupStart[row]! + 1,
  dense_rank: ({ group }, row) => group[row]! + 1,
  percent_rank: ({ rows, groupStart }, row) => (rows > 1 ? groupStart[row]! / (rows - 1) : 0),
  cume_dist: ({ rows, groupEnd }, row) => groupEnd[row]! / rows,
  ntile: ({ rows, first }, row, parts) => partOf(first + row, rows, parts),
};
