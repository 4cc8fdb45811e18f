import type { RecordBatch } from '../../data/batch.ts';
import { rowsOf } from '../../data/batch.ts';
import type { Column } from '../../data/column.ts';
import { gather } from '../../data/gather.ts';
import { KeyTable, type Rows } from '../../data/hash.ts';
import { prepareAggregate, type VectorAggregate } from '../../expr/kernel/aggregate.ts';
import { compileExpr, type Kernel } from '../../expr/kernel/compile.ts';
import type { Aggregate } from '../../plan/plan.ts';
import type { RunContext } from '../context.ts';
import type { ScratchSegments } from '../scratch-segments.ts';
import { isHeavy } from './aggregate-heavy.ts';
import { bareColumns, type BareColumns } from './bare-columns.ts';
import { prepareHeavy, WindowHeavy, type HeavyResults } from './window-heavy.ts';

/** Groups with what is known of them, numbered as they come. */
export interface GroupSet {
  /** How many groups there are. Without keys there is one from the start. */
  readonly size: number;
  /** About what all of it takes. */
  readonly bytes: number;
  /** The group of each row, by physical row; new ones get numbers. `add` must follow. */
  number(batch: RecordBatch): Uint32Array;
  /** By physical row of some rows with these keys: their groups, `NO_ROW` where there is none. */
  find(keys: readonly Column[], rows: Rows): Uint32Array;
  /** Takes the rows in. */
  add(batch: RecordBatch, ids: Uint32Array): void;
}

/** Groups with their running aggregates. Their results can be had at any time. */
export interface Groups extends GroupSet {
  /** Keys, aggregates and bare columns of these groups, in that order. @throws RowError (sum overflow) */
  results(ids: Uint32Array): Column[];
  /** Forgets all groups but these, which get new numbers: their places in `ids`. */
  retain(ids: Uint32Array): void;
}

/** Groups whose results are wanted once, when they are complete: what grows with their rows may go to a scratch file. */
export interface SpillingGroups extends GroupSet {
  /** Those of the bytes that `spill` frees. */
  readonly heavyBytes: number;
  spill(): void;
  /** As `results` of `Groups`, some of the groups at a time. */
  parts(ids: Uint32Array): AsyncIterable<{ readonly ids: Uint32Array; readonly columns: readonly Column[] }>;
  /** The groups are not wanted any more. */
  release(): void;
}

/** @returns a maker of empty sets of groups, which share what is compiled. */
export function prepareGroups(plan: Aggregate): () => Groups {
  const kernels = plan.keys.map((key) => compileExpr(key.expr, plan.input.schema));
  const prepared = plan.aggregates.map((call) => prepareAggregate(call, plan.input.schema));
  return () => new RunningGroups(plan, kernels, prepared.map((make) => make())); // prettier-ignore
}

/** The same of groups that close by themselves. @param segments for all sets. */
export function prepareSpilling(plan: Aggregate, context: RunContext, segments: ScratchSegments): () => SpillingGroups {
  const input = plan.input.schema;
  const kernels = plan.keys.map((key) => compileExpr(key.expr, input));
  const prepared = plan.aggregates.map((call) =>
    isHeavy(call) ? prepareHeavy(call, input, context, segments) : prepareAggregate(call, input),
  );
  return () => new HeavyGroups(plan, kernels, prepared.map((make) => make()), context); // prettier-ignore
}

/** Sets of groups by the values of the keys. */
class KeyedGroups<A extends Pick<VectorAggregate, 'grow' | 'update' | 'bytes'>> implements GroupSet {
  protected readonly aggregates: readonly A[];
  readonly #kernels: readonly Kernel[];
  #table: KeyTable | undefined;
  readonly #bare: BareColumns | undefined;

  constructor(plan: Aggregate, kernels: readonly Kernel[], aggregates: readonly A[]) {
    this.#kernels = kernels;
    this.aggregates = aggregates;
    this.#table = kernels.length > 0 ? new KeyTable(plan.schema.slice(0, kernels.length)) : undefined;
    this.#bare = plan.bare.length > 0 ? bareColumns(plan) : undefined;
  }

  get size(): number {
    return this.#table?.size ?? 1;
  }

  get bytes(): number {
    const own = (this.#table?.bytes ?? 0) + (this.#bare?.bytes ?? 0);
    return this.aggregates.reduce((sum, { bytes }) => sum + bytes, own);
  }

  number(batch: RecordBatch): Uint32Array {
    if (this.#table === undefined) return new Uint32Array(batch.length);
    return this.#table.groupIds(
      this.#kernels.map((kernel) => kernel(batch)),
      batch,
    );
  }

  find(keys: readonly Column[], rows: Rows): Uint32Array {
    return this.#table?.find(keys, rows) ?? new Uint32Array(rows.length);
  }

  add(batch: RecordBatch, ids: Uint32Array): void {
    for (const aggregate of this.aggregates) {
      aggregate.grow(this.size);
      aggregate.update(batch, ids);
    }
    this.#bare?.update(batch, ids, this.size);
  }

  /** Keeps these keys and bare columns alone. */
  protected retainBeside(ids: Uint32Array): void {
    this.#table = this.#table?.retained(ids);
    this.#bare?.retain(ids);
  }

  /** Keys and bare columns of all groups; the aggregates know how many there are then. */
  protected beside(): { readonly keys: readonly Column[]; readonly bare: readonly Column[] } {
    for (const aggregate of this.aggregates) aggregate.grow(this.size);
    return { keys: this.#table?.keys() ?? [], bare: this.#bare?.finish(this.size) ?? [] };
  }
}

class RunningGroups extends KeyedGroups<VectorAggregate> implements Groups {
  results(ids: Uint32Array): Column[] {
    const { keys, bare } = this.beside();
    const results = this.aggregates.map((aggregate) => aggregate.finish(this.size, ids));
    return [...keys.map((column) => gather(column, ids)), ...results, ...bare.map((column) => gather(column, ids))];
  }

  retain(ids: Uint32Array): void {
    for (const aggregate of this.aggregates) {
      aggregate.grow(this.size);
      aggregate.retain(ids);
    }
    this.retainBeside(ids);
  }
}

class HeavyGroups extends KeyedGroups<VectorAggregate | WindowHeavy> implements SpillingGroups {
  readonly #context: RunContext;
  readonly #heavy: readonly WindowHeavy[];

  constructor(
    plan: Aggregate,
    kernels: readonly Kernel[],
    aggregates: readonly (VectorAggregate | WindowHeavy)[],
    context: RunContext,
  ) {
    super(plan, kernels, aggregates);
    this.#context = context;
    this.#heavy = aggregates.filter((aggregate) => aggregate instanceof WindowHeavy);
  }

  get heavyBytes(): number {
    return this.#heavy.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  spill(): void {
    for (const heavy of this.#heavy) heavy.spill();
  }

  async *parts(ids: Uint32Array): AsyncGenerator<{ readonly ids: Uint32Array; readonly columns: readonly Column[] }> {
    const { keys, bare } = this.beside();
    const running = new Map<WindowHeavy, HeavyResults>();
    try {
      for (const heavy of this.#heavy) running.set(heavy, await heavy.results(ids));
      const kept = [...running.values()].reduce((sum, { keptBytes }) => sum + keptBytes, 0);
      // The larger the groups are, the fewer are made at once.
      const atOnce = Math.max(1, Math.floor(this.#context.memory.share / 8 / Math.max(1, kept / ids.length)));
      const step = kept === 0 ? ids.length : Math.min(this.#context.settings.batchRows, atOnce);
      for (let from = 0; from < ids.length; from += step) {
        const only = ids.subarray(from, from + step);
        const results: Column[] = [];
        for (const aggregate of this.aggregates) {
          if (aggregate instanceof WindowHeavy)
            results.push(await running.get(aggregate)!.part(from, from + only.length));
          else results.push(aggregate.finish(this.size, only));
        }
        const own = (columns: readonly Column[]): Column[] => columns.map((column) => gather(column, only));
        yield { ids: only, columns: [...own(keys), ...results, ...own(bare)] };
      }
    } finally {
      for (const results of running.values()) results.close();
    }
  }

  release(): void {
    for (const heavy of this.#heavy) heavy.release();
  }
}

/** Physical numbers of the rows with which a group from `next` on comes for the first time, in the order of the groups. */
export function firstRows(batch: RecordBatch, ids: Uint32Array, next: number): number[] {
  const first: number[] = [];
  for (const row of rowsOf(batch)) if (ids[row] === next + first.length) first.push(row);
  return first;
}
