import { rowsOf, type RecordBatch } from '../../data/batch.ts';
import { RowHasher } from '../../data/hash/row-hash.ts';
import type { Field } from '../../data/types.ts';
import type { Aggregate } from '../../plan/plan.ts';
import type { RunContext } from '../context.ts';
import type { Account } from '../memory.ts';
import type { Output } from '../operator.ts';
import { Ordinals, ordinalField, ordinalKey } from '../ordinal.ts';
import { Partitions } from '../partitions.ts';
import { Pause } from '../pause.ts';
import { SortedRuns } from '../sorted-runs.ts';
import { AggregateGroups } from './aggregate-groups.ts';

/**
 * The rows of groups that were not there when the memory was full. They are divided by their keys, then each part is
 * aggregated by itself, in the same way; the groups of all parts come out in the order of their first rows.
 */
export class AggregateSpill {
  readonly #context: RunContext;
  /** The aggregation of the rows as they are kept: with their keys, which are computed once, and their numbers. */
  readonly #plan: Aggregate;
  readonly #ordinal: number;
  readonly #hasher: RowHasher;
  readonly #top: Partitions;
  readonly #runs: SortedRuns;
  readonly #account: Account;
  readonly #ordinals = new Ordinals();
  /** What is open below the top. */
  readonly #open = new Set<Partitions>();

  constructor(plan: Aggregate, context: RunContext) {
    this.#context = context;
    const keys = plan.keys.map(({ name, expr }, k): Field => ({
      ...plan.schema[k]!,
      name: `$${name}`,
      type: expr.type,
    }));
    const schema = [...plan.input.schema, ...keys, ordinalField];
    this.#plan = {
      ...plan,
      input: { op: 'values', schema, rows: [] },
      keys: keys.map(({ name, type }, k) => ({ name: plan.keys[k]!.name, expr: { kind: 'column', name, type } })),
    };
    this.#ordinal = schema.length - 1;
    this.#hasher = new RowHasher(plan.schema.slice(0, keys.length));
    this.#top = new Partitions(schema, 0, context);
    this.#runs = new SortedRuns([...plan.schema, ordinalField], [ordinalKey(plan.schema.length)], context);
    this.#account = context.memory.open();
  }

  /** Takes in the rows of groups that are there, and keeps the others. */
  addTo(groups: AggregateGroups, batch: RecordBatch): void {
    const { others, keys } = groups.addKnown(batch);
    if (others.length === 0) return;
    const { schema } = this.#plan.input;
    const withKeys = { ...batch, columns: [...batch.columns, ...keys], selection: others };
    const kept = { ...this.#ordinals.of(withKeys), schema };
    this.#top.add(kept, this.#hasher.hash(keys, kept));
  }

  async emit(out: Output): Promise<void> {
    const pause = new Pause(this.#context.signal);
    await this.#aggregate(this.#top, 1, pause);
    this.#account.close();
    const { schema } = this.#plan;
    for await (const { length, columns } of this.#runs.merged(pause)) {
      await out.emit({ schema, length, columns: columns.slice(0, schema.length) });
      if (out.full) return;
    }
  }

  close(): void {
    this.#account.close();
    for (const partitions of [this.#top, ...this.#open]) partitions.close();
    this.#runs.close();
  }

  /** Aggregates the parts one after the other. @param level of the parts of a part. */
  async #aggregate(partitions: Partitions, level: number, pause: Pause): Promise<void> {
    for (const part of partitions.parts()) {
      let groups: AggregateGroups | undefined = new AggregateGroups(this.#plan, this.#ordinal);
      let below: Partitions | undefined;
      for (const batch of part) {
        if (below === undefined) groups.add(batch);
        else {
          const { others, keys } = groups.addKnown(batch);
          below.add({ ...batch, selection: others }, this.#hasher.hash(keys, { ...batch, selection: others }));
        }
        const bytes = groups.bytes * 2;
        if (this.#account.hold(bytes) && below === undefined && partitions.deeper) {
          below = new Partitions(this.#plan.input.schema, level, this.#context);
          this.#open.add(below);
        }
        this.#context.memory.refuse(bytes, 'the state of an aggregate', 'group by more, so that each group has fewer rows'); // prettier-ignore
        await pause.taken();
      }
      const schema = [...this.#plan.schema, ordinalField];
      const result: RecordBatch = { schema, length: groups.size, columns: groups.columns() };
      groups = undefined;
      this.#runs.add(result, Uint32Array.from(rowsOf(result)));
      if (below === undefined) continue;
      await this.#aggregate(below, level + 1, pause);
      this.#open.delete(below);
      below.close();
    }
  }
}
