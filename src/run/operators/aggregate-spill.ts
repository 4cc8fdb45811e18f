import type { RecordBatch } from '../../data/batch.ts';
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
  /** Those of the part at hand. */
  #groups: AggregateGroups | undefined;
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
    this.#groups?.close();
    for (const partitions of [this.#top, ...this.#open]) partitions.close();
    this.#runs.close();
  }

  /** Aggregates the parts one after the other. @param level of the parts of a part. */
  async #aggregate(partitions: Partitions, level: number, pause: Pause): Promise<void> {
    for (const part of partitions.parts()) {
      const below = await this.#aggregatePart(part, partitions.deeper ? level : undefined, pause);
      if (below === undefined) continue;
      await this.#aggregate(below, level + 1, pause);
      this.#open.delete(below);
      below.close();
    }
  }

  /** @param level of what is divided once more, if that may be. @returns the rows of groups that did not fit. */
  async #aggregatePart(
    part: Iterable<RecordBatch>,
    level: number | undefined,
    pause: Pause,
  ): Promise<Partitions | undefined> {
    const groups = (this.#groups = new AggregateGroups(this.#plan, this.#context, this.#ordinal));
    let below: Partitions | undefined;
    for (const batch of part) {
      if (below === undefined) groups.add(batch);
      else {
        const { others, keys } = groups.addKnown(batch);
        below.add({ ...batch, selection: others }, this.#hasher.hash(keys, { ...batch, selection: others }));
      }
      const bytes = groups.bytes * 2;
      if (this.#account.hold(bytes + groups.growth) && below === undefined && level !== undefined) {
        below = new Partitions(this.#plan.input.schema, level, this.#context);
        this.#open.add(below);
      }
      if (level === undefined)
        this.#context.memory.refuse(bytes, 'the state of an aggregate', 'group by more, so that each group has fewer rows'); // prettier-ignore
      await pause.taken();
    }
    const run = this.#runs.builder();
    const schema = [...this.#plan.schema, ordinalField];
    for await (const batch of groups.results(schema, this.#context.settings.batchRows)) run.add(batch);
    run.end();
    groups.close();
    this.#groups = undefined;
    return below;
  }
}
