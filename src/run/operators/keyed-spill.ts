import type { RecordBatch } from '../../data/batch.ts';
import { RowHasher } from '../../data/hash/row-hash.ts';
import type { Schema } from '../../data/types.ts';
import type { RunContext } from '../context.ts';
import type { Account } from '../memory.ts';
import type { Output } from '../operator.ts';
import { Ordinals, ordinalField, ordinalKey } from '../ordinal.ts';
import { Partitions } from '../partitions.ts';
import { Pause } from '../pause.ts';
import { SortedRuns } from '../sorted-runs.ts';
import type { KeyedRows } from './keyed.ts';

/** The rows with keys that were not there when the memory was full, divided by their keys. */
export class KeyedSpill {
  readonly #context: RunContext;
  readonly #schema: Schema;
  readonly #kept: Schema;
  readonly #positions: readonly number[];
  readonly #make: () => KeyedRows;
  readonly #hasher: RowHasher;
  readonly #top: Partitions;
  readonly #runs: SortedRuns;
  readonly #account: Account;
  readonly #ordinals = new Ordinals();
  /** What is open below the top. */
  readonly #open = new Set<Partitions>();

  constructor(schema: Schema, positions: readonly number[], make: () => KeyedRows, context: RunContext) {
    this.#context = context;
    this.#schema = schema;
    this.#kept = [...schema, ordinalField];
    this.#positions = positions;
    this.#make = make;
    this.#hasher = new RowHasher(positions.map((p) => schema[p]!));
    this.#top = new Partitions(this.#kept, 0, context);
    this.#runs = new SortedRuns(this.#kept, [ordinalKey(schema.length)], context);
    this.#account = context.memory.open();
  }

  /** Looks at the rows whose keys are there, and keeps the others. @returns the rows that pass. */
  addTo(keyed: KeyedRows, batch: RecordBatch): Uint32Array {
    const { passing, others } = keyed.addKnown(batch);
    this.keep({ ...batch, selection: others });
    return passing;
  }

  /** Keeps rows whose keys are not there. */
  keep(batch: RecordBatch): void {
    this.#keep(this.#top, this.#ordinals.of(batch));
  }

  /** The rows that pass of those that were kept. */
  async emit(out: Output): Promise<void> {
    const pause = new Pause(this.#context.signal);
    await this.#look(this.#top, 1, pause);
    this.#account.close();
    for await (const { length, columns } of this.#runs.merged(pause)) {
      await out.emit({ schema: this.#schema, length, columns: columns.slice(0, this.#schema.length) });
      if (out.full) return;
    }
  }

  close(): void {
    this.#account.close();
    for (const partitions of [this.#top, ...this.#open]) partitions.close();
    this.#runs.close();
  }

  #keep(to: Partitions, batch: RecordBatch): void {
    const keys = this.#positions.map((p) => batch.columns[p]!);
    to.add({ ...batch, schema: this.#kept }, this.#hasher.hash(keys, batch));
  }

  /** Looks through the parts one after the other. @param level of the parts of a part. */
  async #look(partitions: Partitions, level: number, pause: Pause): Promise<void> {
    for (const part of partitions.parts()) {
      const keyed = this.#make();
      const run = this.#runs.builder();
      let below: Partitions | undefined;
      for (const batch of part) {
        let passing: Uint32Array;
        if (below === undefined) passing = keyed.add(batch);
        else {
          const found = keyed.addKnown(batch);
          passing = found.passing;
          this.#keep(below, { ...batch, selection: found.others });
        }
        if (passing.length > 0) run.add({ ...batch, selection: passing });
        if (this.#account.hold(keyed.bytes + keyed.growth) && below === undefined && partitions.deeper) {
          below = new Partitions(this.#kept, level, this.#context);
          this.#open.add(below);
        }
        await pause.taken();
      }
      run.end();
      if (below === undefined) continue;
      await this.#look(below, level + 1, pause);
      this.#open.delete(below);
      below.close();
    }
  }
}
