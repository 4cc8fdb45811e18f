import { rowsOf, type RecordBatch } from '../../data/batch.ts';
import type { Column } from '../../data/column.ts';
import { NO_ROW } from '../../data/gather.ts';
import { KeyTable } from '../../data/hash.ts';
import { compileAggregate, type VectorAggregate } from '../../expr/kernel/aggregate.ts';
import { grown } from '../../expr/kernel/aggregates/count.ts';
import { compileExpr } from '../../expr/kernel/compile.ts';
import type { Aggregate } from '../../plan/plan.ts';
import { bareColumns, type BareColumns } from './bare-columns.ts';

/** A bounded set of groups with their running aggregates: numbers the groups of a batch, then runs each aggregate. */
export class AggregateGroups {
  readonly #keys: readonly ((batch: RecordBatch) => Column)[];
  readonly #table: KeyTable | undefined;
  readonly #aggregates: readonly VectorAggregate[];
  readonly #bare: BareColumns | undefined;
  /** Where the number of a row stands, if rows have one; and by group that of its first row. */
  readonly #ordinal: number | undefined;
  #first = new Float64Array(0);
  #oneGroup = new Uint32Array(0);

  /** @param ordinal column that says which row of all this was. */
  constructor(plan: Aggregate, ordinal?: number) {
    const input = plan.input.schema;
    this.#keys = plan.keys.map((key) => compileExpr(key.expr, input));
    this.#table = plan.keys.length > 0 ? new KeyTable(plan.schema.slice(0, plan.keys.length)) : undefined;
    this.#aggregates = plan.aggregates.map((call) => compileAggregate(call, input));
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

  /** Keys, aggregates and bare columns of all groups; the numbers of their first rows behind, where rows have them. */
  columns(): Column[] {
    const n = this.size;
    for (const aggregate of this.#aggregates) aggregate.grow(n);
    const first: Column = { kind: 'f64', values: this.#first.subarray(0, n), nulls: undefined };
    return [
      ...(this.#table?.keys() ?? []),
      ...this.#aggregates.map((aggregate) => aggregate.finish(n)),
      ...(this.#bare?.finish(n) ?? []),
      ...(this.#ordinal === undefined ? [] : [first]),
    ];
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
