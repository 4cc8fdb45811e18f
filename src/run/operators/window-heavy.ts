import { rowCount, rowNumbers, rowRange, type RecordBatch } from '../../data/batch.ts';
import type { Column } from '../../data/column.ts';
import { rowBytes } from '../../data/footprint.ts';
import { concat, gather, NO_ROW } from '../../data/gather.ts';
import type { Field, Schema } from '../../data/types.ts';
import type { Accumulators } from '../../expr/kernel/aggregate.ts';
import { accumulatorsOf, isSmall } from '../../expr/kernel/aggregates/catalog.ts';
import { DistinctRows } from '../../expr/kernel/aggregates/distinct.ts';
import { compileExpr, compilePredicate, type Kernel, type Predicate } from '../../expr/kernel/compile.ts';
import type { AggregateCall } from '../../plan/plan.ts';
import type { RunContext } from '../context.ts';
import type { ScratchSegments, SegmentFrame } from '../scratch-segments.ts';
import { HeavyAggregate, keptSchema } from './aggregate-heavy.ts';

/** Most rows that are written in one piece. */
const PIECE = 16_384;

/** Whether all that is to be known of the rows of a group are the values that its rows have. */
export const isOfValues = ({ distinct, fn, orderBy }: AggregateCall): boolean =>
  distinct && isSmall(fn) && !orderBy?.length;

/** What is compiled of a call, for all sets of groups. */
interface Compiled {
  readonly call: AggregateCall;
  readonly input: Schema;
  readonly context: RunContext;
  readonly segments: ScratchSegments;
  /** The arguments, then the keys of ORDER BY. */
  readonly kernels: readonly Kernel[];
  readonly filter: Predicate | undefined;
  /** The group, then as `kernels`. */
  readonly schema: Schema;
}

/** @returns a maker of states of an aggregate that grow with its rows, for sets of groups that close by themselves. */
export function prepareHeavy(
  call: AggregateCall,
  input: Schema,
  context: RunContext,
  segments: ScratchSegments,
): () => WindowHeavy {
  const exprs = [...call.args, ...(call.orderBy ?? []).map((key) => key.expr)];
  const kernels = exprs.map((e) => compileExpr(e, input));
  const filter = call.filter && compilePredicate(call.filter, input);
  const schema = keptSchema(call, input);
  return () => new WindowHeavy({ call, input, context, segments, kernels, filter, schema });
}

/**
 * What one aggregate knows of its groups: for DISTINCT which values there were, else its rows. When there is no more room
 * all of it goes to a scratch file, and it begins anew; the states are made of that when the groups are complete.
 */
export class WindowHeavy {
  readonly #with: Compiled;
  #first: DistinctRows | undefined;
  /** Of a function of distinct values whose state is small, as long as nothing is in the file. */
  #plain: Accumulators | undefined;
  #kept: RecordBatch[] = [];
  #keptBytes = 0;
  #frames: SegmentFrame[] = [];
  #groups = 0;

  constructor(compiled: Compiled) {
    this.#with = compiled;
    const { call, schema } = compiled;
    const field: Field | undefined = schema[1];
    this.#first = call.distinct ? this.#noRows() : undefined;
    if (isOfValues(call)) this.#plain = accumulatorsOf(call, field?.collation ?? 'BINARY');
  }

  /** About what it takes in memory. */
  get bytes(): number {
    return (this.#first?.bytes ?? 0) + (this.#plain?.bytes ?? 0) + this.#keptBytes;
  }

  grow(groups: number): void {
    this.#groups = groups;
    this.#plain?.grow(groups);
  }

  update(batch: RecordBatch, ids: Uint32Array): void {
    const { call, kernels, filter } = this.#with;
    let rows: RecordBatch = filter === undefined ? batch : { ...batch, selection: filter(batch) };
    const columns = kernels.map((kernel) => kernel(rows));
    const args = columns.slice(0, call.args.length);
    if (this.#first !== undefined) rows = { ...rows, selection: this.#first.firstRows(args, rows, ids) };
    if (rowCount(rows) === 0) return;
    if (this.#plain !== undefined) this.#plain.add(args, rows, ids);
    // The values of all rows are in the table of those that were there.
    else if (!isOfValues(call)) this.#keep(columns, rows, ids);
  }

  /** Goes on in the file, where there is something to be gained by it. @throws RunError E0701 */
  spill(): void {
    const all = this.#all();
    const { segments } = this.#with;
    for (let from = 0; from < all.length; from += PIECE) {
      const rows = rowRange(from, Math.min(from + PIECE, all.length));
      this.#frames.push(segments.write(all, rows));
    }
    if (this.#first !== undefined) this.#first = this.#noRows();
    this.#plain = undefined;
    this.#kept = [];
    this.#keptBytes = 0;
  }

  /** The results of these groups, to be had part by part; close it afterwards. */
  async results(ids: Uint32Array): Promise<HeavyResults> {
    const plain = this.#plain;
    if (plain !== undefined)
      return {
        keptBytes: 0,
        part: (from, to) => Promise.resolve(plain.finish(this.#groups, ids.subarray(from, to))),
        close: () => undefined,
      };
    const { call, input, context, segments, schema } = this.#with;
    const own = new Uint32Array(this.#groups).fill(NO_ROW);
    ids.forEach((id, i) => (own[id] = i));
    const heavy = new HeavyAggregate(call, input, context, 'kept');
    heavy.grow(ids.length);
    const take = (batch: RecordBatch): void => {
      const { values } = batch.columns[0] as { readonly values: Float64Array };
      const groups = Uint32Array.from(values, (id) => own[id]!);
      const selection = rowRange(0, batch.length).filter((row) => groups[row] !== NO_ROW); // prettier-ignore
      if (selection.length > 0) heavy.update({ ...batch, selection }, groups);
    };
    for (const frame of this.#frames) take(segments.read(frame, schema));
    take(this.#all());
    await heavy.end();
    return {
      keptBytes: heavy.keptBytes,
      part: (from, to) => heavy.result(from, to),
      close: () => heavy.close(),
    };
  }

  /** Its groups are not wanted any more. */
  release(): void {
    for (const frame of this.#frames) this.#with.segments.release(frame);
    this.#frames = [];
  }

  #noRows(): DistinctRows {
    return new DistinctRows(this.#with.schema.slice(1, 1 + this.#with.call.args.length));
  }

  #keep(columns: readonly Column[], rows: RecordBatch, ids: Uint32Array): void {
    const groups: Column = { kind: 'f64', values: Float64Array.from(ids), nulls: undefined };
    const selection = rowNumbers(rows);
    const kept: RecordBatch = {
      schema: this.#with.schema,
      length: selection.length,
      columns: [groups, ...columns].map((column) => gather(column, selection)),
    };
    this.#kept.push(kept);
    this.#keptBytes += rowBytes(kept);
  }

  /** All that is in memory, as rows. */
  #all(): RecordBatch {
    const { call, schema } = this.#with;
    return isOfValues(call) ? { schema, ...this.#first!.rows() } : concat(schema, this.#kept);
  }
}

/** Results of some groups, numbered from 0. */
export interface HeavyResults {
  /** Of all rows that they are made from. */
  readonly keptBytes: number;
  /** Those of groups `from .. to`, which follow those that were asked for before. */
  part(from: number, to: number): Promise<Column>;
  close(): void;
}
