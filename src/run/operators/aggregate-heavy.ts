import { rowRange, type RecordBatch } from '../../data/batch.ts';
import type { Column } from '../../data/column.ts';
import type { MergeKey } from '../../data/merge-order.ts';
import type { Field, Schema } from '../../data/types.ts';
import { RowError } from '../../expr/functions/function.ts';
import type { Accumulators } from '../../expr/kernel/aggregate.ts';
import { accumulatorsOf, isSmall } from '../../expr/kernel/aggregates/catalog.ts';
import { compileExpr, compilePredicate, type Kernel, type Predicate } from '../../expr/kernel/compile.ts';
import type { AggregateCall } from '../../plan/plan.ts';
import type { RunContext } from '../context.ts';
import { Pause } from '../pause.ts';
import { FirstRows } from './aggregate-first-rows.ts';
import { groupField, KeptRows } from './aggregate-kept.ts';
import { SortedQuantiles } from './aggregate-quantile.ts';
import { isQuantile } from './over-quantile.ts';

/** Whether what is known of a group grows with its rows. */
export const isHeavy = ({ fn, distinct, orderBy }: AggregateCall): boolean =>
  distinct || !isSmall(fn) || (orderBy ?? []).length > 0;

/** Of what is kept of a row: its group, the arguments, and the keys of ORDER BY. */
export function keptSchema({ args, orderBy = [] }: AggregateCall, input: Schema): Schema {
  const fields = args.map((arg, i): Field => {
    const field = arg.kind === 'column' ? input.find((f) => f.name === arg.name) : undefined;
    return { name: `$${i}`, type: arg.type, ...(field?.collation && { collation: field.collation }) };
  });
  return [groupField, ...fields, ...orderBy.map(({ expr }, k): Field => ({ name: `$by${k}`, type: expr.type }))];
}

/**
 * One aggregate whose groups may be larger than the memory. DISTINCT lets first rows pass; a function whose state grows
 * with its rows has none while they come: they are kept, and the states are made at the end, group by group.
 */
export class HeavyAggregate {
  readonly #call: AggregateCall;
  readonly #context: RunContext;
  /** The arguments, then the keys of ORDER BY. */
  readonly #kernels: readonly Kernel[];
  readonly #filter: Predicate | undefined;
  readonly #first: FirstRows | undefined;
  readonly #kept: KeptRows | undefined;
  readonly #quantiles: SortedQuantiles | undefined;
  /** Of a function whose state is small, and which sees its rows as they come. */
  readonly #plain: Accumulators | undefined;
  readonly #states: () => Accumulators;
  #groups = 0;
  #rows: AsyncGenerator<RecordBatch> | undefined;
  /** What `#rows` gave last, and how much of it is done. */
  #batch: RecordBatch | undefined;
  #done = 0;

  /** @param form of the rows: 'kept' if they are those of `keptSchema`, and FILTER has been applied. */
  constructor(call: AggregateCall, input: Schema, context: RunContext, form: 'input' | 'kept' = 'input') {
    const { fn, args, distinct, filter, orderBy = [] } = call;
    this.#call = call;
    this.#context = context;
    const exprs = [...args, ...orderBy.map((key) => key.expr)];
    const schema = keptSchema(call, input);
    if (form === 'input') this.#kernels = exprs.map((e) => compileExpr(e, input));
    else this.#kernels = exprs.map((_, i) => (batch) => batch.columns[1 + i]!);
    this.#filter = form === 'input' && filter ? compilePredicate(filter, input) : undefined;
    this.#states = () => accumulatorsOf(call, (args.length > 0 && schema[1]?.collation) || 'BINARY');
    if (distinct) this.#first = new FirstRows(schema, args.length, context);
    if (isSmall(fn) && orderBy.length === 0) this.#plain = this.#states();
    else {
      if (isQuantile(fn)) this.#quantiles = new SortedQuantiles(fn, args.map((arg) => arg.type)); // prettier-ignore
      const byValue: MergeKey = { at: 1, type: args[0]?.type ?? 'ANY', descending: false, nullsFirst: true };
      const byKeys = orderBy.map(({ expr, ...order }, k): MergeKey => ({ at: 1 + args.length + k, type: expr.type, ...order })); // prettier-ignore
      this.#kept = new KeptRows(schema, this.#quantiles === undefined ? byKeys : [byValue], context);
    }
  }

  /** About what the states take; rows that are kept are seen to here. */
  get bytes(): number {
    return (this.#plain?.bytes ?? 0) + (this.#quantiles?.bytes ?? 0);
  }

  /** Of all rows that are kept, in memory or not. */
  get keptBytes(): number {
    return this.#kept?.bytes ?? 0;
  }

  grow(groups: number): void {
    this.#groups = groups;
    this.#plain?.grow(groups);
  }

  update(batch: RecordBatch, ids: Uint32Array): void {
    const rows = this.#filter === undefined ? batch : { ...batch, selection: this.#filter(batch) };
    const groups: Column = { kind: 'f64', values: Float64Array.from(ids), nulls: undefined };
    const columns = [groups, ...this.#kernels.map((kernel) => kernel(rows))];
    if (this.#first === undefined) this.#take(columns, rows, ids);
    else this.#take(columns, { ...rows, selection: this.#first.of(columns, rows, ids) }, ids);
  }

  /** All rows have come; now `result` may be asked for. */
  async end(): Promise<void> {
    await this.#first?.end((batch) => {
      const { values } = batch.columns[0] as { readonly values: Float64Array };
      this.#take(batch.columns.slice(0, this.#kernels.length + 1), batch, Uint32Array.from(values));
    });
    this.#rows = this.#kept?.sorted(new Pause(this.#context.signal));
  }

  /** Of groups `from .. to`, which follow those that were asked for before. @throws RowError, RunError E0509 */
  async result(from: number, to: number): Promise<Column> {
    if (this.#plain !== undefined) {
      return this.#plain.finish(this.#groups, rowRange(from, to));
    }
    return this.#quantiles === undefined ? this.#made(from, to) : this.#picked(this.#quantiles, from, to);
  }

  close(): void {
    this.#first?.close();
    this.#kept?.close();
  }

  #take(columns: readonly Column[], rows: Omit<RecordBatch, 'columns'>, ids: Uint32Array): void {
    if (rows.selection?.length === 0) return;
    const args = columns.slice(1, 1 + this.#call.args.length);
    if (this.#plain !== undefined) return this.#plain.add(args, rows, ids);
    this.#quantiles?.announce(args, rows, ids, this.#groups);
    this.#kept!.add(columns, rows);
  }

  async #made(from: number, to: number): Promise<Column> {
    const states = this.#states();
    states.grow(to - from);
    for await (const { batch, selection } of this.#below(to)) {
      const { values } = batch.columns[0] as { readonly values: Float64Array };
      try {
        states.add(batch.columns.slice(1, 1 + this.#call.args.length), { length: batch.length, selection }, Uint32Array.from(values, (group) => group - from)); // prettier-ignore
      } catch (error) {
        // Its place in the order of groups is no row of any batch.
        if (error instanceof RowError) delete error.row;
        throw error;
      }
      this.#context.memory.refuse(states.bytes, `the result of ${this.#call.fn}()`, 'group by more, so that each group has fewer rows'); // prettier-ignore
    }
    return states.finish(to - from);
  }

  async #picked(quantiles: SortedQuantiles, from: number, to: number): Promise<Column> {
    const results = Array.from({ length: to - from }, (): number | null => null);
    for await (const { batch, selection } of this.#below(to)) {
      const { values } = batch.columns[0] as { readonly values: Float64Array };
      const args = batch.columns.slice(1);
      for (const row of selection) {
        const group = values[row]!;
        quantiles.add(group, args.slice(0, this.#call.args.length), row);
        results[group - from] = quantiles.result(group);
      }
    }
    return quantiles.column(results);
  }

  /** The next rows, as far as they are of groups below `to`. */
  async *#below(to: number): AsyncGenerator<{ readonly batch: RecordBatch; readonly selection: Uint32Array }> {
    for (;;) {
      if (this.#batch === undefined || this.#done === this.#batch.length) {
        const next = await this.#rows!.next();
        if (next.done === true) return;
        this.#batch = next.value;
        this.#done = 0;
      }
      const batch: RecordBatch = this.#batch;
      const { values } = batch.columns[0] as { readonly values: Float64Array };
      const from = this.#done;
      while (this.#done < batch.length && values[this.#done]! < to) this.#done++;
      if (this.#done > from) yield { batch, selection: rowRange(from, this.#done) }; // prettier-ignore
      if (this.#done < batch.length) return;
    }
  }
}
