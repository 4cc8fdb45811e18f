import { rowRange, rowsOf, type RecordBatch } from '../../data/batch.ts';
import type { Column } from '../../data/column.ts';
import { compact, NO_ROW, pick, slice } from '../../data/gather.ts';
import { KeyTable } from '../../data/hash.ts';
import type { Schema } from '../../data/types.ts';
import { compileAggregate, type VectorAggregate } from '../../expr/kernel/aggregate.ts';
import { grown } from '../../expr/kernel/aggregates/count.ts';
import { compileExpr } from '../../expr/kernel/compile.ts';
import type { Aggregate } from '../../plan/plan.ts';
import type { RunContext } from '../context.ts';
import { HeavyAggregate, isHeavy } from './aggregate-heavy.ts';
import { bareColumns, type BareColumns } from './bare-columns.ts';

/** A bounded set of groups with their running aggregates: numbers the groups of a batch, then runs each aggregate. */
export class AggregateGroups {
  readonly #keys: readonly ((batch: RecordBatch) => Column)[];
  readonly #table: KeyTable | undefined;
  /** By place in the plan: one whose states are small, or one that sees to its memory by itself. */
  readonly #aggregates: readonly (VectorAggregate | HeavyAggregate)[];
  readonly #heavy: readonly HeavyAggregate[];
  readonly #memory: RunContext['memory'];
  readonly #bare: BareColumns | undefined;
  /** Where the number of a row stands, if rows have one; and by group that of its first row. */
  readonly #ordinal: number | undefined;
  #first = new Float64Array(0);
  #oneGroup = new Uint32Array(0);

  /** @param ordinal column that says which row of all this was. */
  constructor(plan: Aggregate, context: RunContext, ordinal?: number) {
    const input = plan.input.schema;
    this.#memory = context.memory;
    this.#keys = plan.keys.map((key) => compileExpr(key.expr, input));
    this.#table = plan.keys.length > 0 ? new KeyTable(plan.schema.slice(0, plan.keys.length)) : undefined;
    this.#aggregates = plan.aggregates.map((call) =>
      isHeavy(call) ? new HeavyAggregate(call, input, context) : compileAggregate(call, input),
    );
    this.#heavy = this.#aggregates.filter((aggregate) => aggregate instanceof HeavyAggregate);
    this.#bare = plan.bare.length > 0 ? bareColumns(plan) : undefined;
    this.#ordinal = ordinal;
  }

  /** Without keys there is one group from the start. */
  get size(): number {
    return this.#table?.size ?? 1;
  }

  /** About what all of it takes; while results are made, half as much again. */
  get bytes(): number {
    let bytes = this.#table?.bytes ?? 0;
    for (const aggregate of this.#aggregates) bytes += aggregate.bytes;
    return bytes + (this.#bare?.bytes ?? 0);
  }

  /** What they will take on top for a moment, where they are about to grow. */
  get growth(): number {
    return this.#table?.growth ?? 0;
  }

  /** The keys of each row. */
  keysOf(batch: RecordBatch): Column[] {
    return this.#keys.map((key) => key(batch));
  }

  /** Takes all rows in. */
  add(batch: RecordBatch): void {
    const before = this.size;
    const ids = this.#groupsOf(batch);
    if (this.#ordinal !== undefined) this.#noteFirst(batch, ids, before, this.#ordinal);
    this.#update(batch, ids);
  }

  /** Takes in the rows of groups that are there. @returns the other rows, and the keys of all. */
  addKnown(batch: RecordBatch): { readonly others: Uint32Array; readonly keys: readonly Column[] } {
    const keys = this.keysOf(batch);
    const ids = this.#table!.find(keys, batch);
    const known: number[] = [];
    const others: number[] = [];
    for (const row of rowsOf(batch)) (ids[row] === NO_ROW ? others : known).push(row);
    if (known.length > 0) this.#update({ ...batch, selection: Uint32Array.from(known) }, ids);
    return { others: Uint32Array.from(others), keys };
  }

  /**
   * Keys, aggregates and bare columns of all groups; the numbers of their first rows behind, where rows have them. No more
   * rows may follow.
   *
   * @param most rows of one batch.
   */
  async *results(schema: Schema, most: number): AsyncGenerator<RecordBatch> {
    const n = this.size;
    for (const aggregate of this.#aggregates) aggregate.grow(n);
    for (const heavy of this.#heavy) await heavy.end();
    const step = this.#heavy.length === 0 ? n : Math.min(most, this.#atOnce);
    const first: Column = { kind: 'f64', values: this.#first.subarray(0, n), nulls: undefined };
    const keys = this.#table?.keys() ?? [];
    const behind = [...(this.#bare?.finish(n) ?? []), ...(this.#ordinal === undefined ? [] : [first])];
    for (let from = 0; from < n; from += step) {
      const to = Math.min(n, from + step);
      const only = from === 0 && to === n ? undefined : rowRange(from, to);
      const part = (column: Column): Column => (only === undefined ? column : pick(column, only));
      const columns = keys.map(part);
      for (const aggregate of this.#aggregates)
        columns.push(aggregate instanceof HeavyAggregate ? await aggregate.result(from, to) : aggregate.finish(n, only)); // prettier-ignore
      const batch = { schema, length: to - from, columns: [...columns, ...behind.map(part)] };
      // Whoever takes them computes with all cells of a batch, not only with those of its selection.
      for (let at = 0; at < batch.length; at += most) yield compact(slice(batch, at, at + most));
    }
  }

  close(): void {
    for (const heavy of this.#heavy) heavy.close();
  }

  /** Of so many groups the results are made at once: the larger groups are, the fewer. */
  get #atOnce(): number {
    const kept = this.#heavy.reduce((sum, heavy) => sum + heavy.keptBytes, 0);
    return Math.max(1, Math.floor(this.#memory.share / 8 / Math.max(1, kept / this.size)));
  }

  #update(batch: RecordBatch, ids: Uint32Array): void {
    const n = this.size;
    for (const aggregate of this.#aggregates) {
      aggregate.grow(n);
      aggregate.update(batch, ids);
    }
    this.#bare?.update(batch, ids, n);
  }

  /** Group of each row; all zero where there are no keys. */
  #groupsOf(batch: RecordBatch): Uint32Array {
    if (this.#table !== undefined) return this.#table.groupIds(this.keysOf(batch), batch);
    if (this.#oneGroup.length < batch.length) this.#oneGroup = new Uint32Array(batch.length);
    return this.#oneGroup;
  }

  #noteFirst(batch: RecordBatch, ids: Uint32Array, before: number, at: number): void {
    const { values } = batch.columns[at] as { readonly values: Float64Array };
    this.#first = grown(this.#first, this.size);
    // Groups are numbered in the order they come.
    let next = before;
    for (const row of rowsOf(batch)) if (ids[row] === next) this.#first[next++] = values[row]!;
  }
}
