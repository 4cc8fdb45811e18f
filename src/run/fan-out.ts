import { Bug } from '../base/errors.ts';
import { rowCount, type RecordBatch } from '../data/batch.ts';
import type { Schema } from '../data/types.ts';
import type { Edge } from './edge.ts';
import type { Operator, OperatorStats } from './operator.ts';

/** One `shared` leaf: which columns it reads, and where it hands them on. */
interface Reader {
  readonly edge: Edge;
  readonly stats: OperatorStats;
  readonly schema: Schema;
  /** Places of its columns in the batches of the sub-plan. Undefined: all of them, as they are. */
  readonly places: readonly number[] | undefined;
  readonly over: () => void;
}

/**
 * The end of a shared sub-plan: hands each batch to all readers. The slowest gives the back-pressure; one that wants no
 * more rows is let go, and when none is left the sub-plan is full.
 */
export class FanOut implements Operator {
  readonly #schema: Schema;
  readonly #fail: (error: unknown) => void;
  #awaited: number;
  readonly #readers = new Set<Reader>();
  /** Ends of readers that were let go. */
  readonly #endings: Promise<void>[] = [];

  /** @param awaited readers that will come; the sub-plan must not be started before. */
  constructor(schema: Schema, awaited: number, fail: (error: unknown) => void) {
    this.#schema = schema;
    this.#awaited = awaited;
    this.#fail = fail;
  }

  /** Whether all readers have come. */
  get isComplete(): boolean {
    return this.#awaited === 0;
  }

  /** @returns a promise that settles when this reader has got all its rows, or all that it wants. */
  attach(edge: Edge, schema: Schema, stats: OperatorStats): Promise<void> {
    this.#awaited--;
    const places = schema.map(({ name }) => {
      const place = this.#schema.findIndex((field) => field.name === name);
      if (place < 0) throw new Bug(`a shared sub-plan has no column ${name}`);
      return place;
    });
    const isAll = places.length === this.#schema.length && places.every((place, i) => place === i);
    return new Promise((over) => this.#readers.add({ edge, stats, schema, places: isAll ? undefined : places, over }));
  }

  wants(): boolean {
    for (const { edge } of this.#readers) if (!edge.full) return true;
    return false;
  }

  onBatch(batch: RecordBatch): void | Promise<void> {
    const rows = rowCount(batch);
    return this.#toEach(({ edge, stats, schema, places }) => {
      if (edge.full) return undefined;
      stats.rowsIn += rows;
      return edge.emit(
        places === undefined ? batch : { ...batch, schema, columns: places.map((p) => batch.columns[p]!) },
      );
    });
  }

  onWatermark(time: number): void | Promise<void> {
    return this.#toEach(({ edge }) => edge.watermark(time));
  }

  onBarrier(): void | Promise<void> {
    return this.#toEach(({ edge }) => edge.barrier());
  }

  async onEnd(): Promise<void> {
    for (const reader of [...this.#readers]) this.#end(reader);
    await this.#settled(this.#endings);
  }

  /** Lets go of readers that want no more, so that what is below them can come to its end. */
  letGo(): void {
    if (this.isComplete) for (const reader of [...this.#readers]) if (reader.edge.full) this.#end(reader);
  }

  #end(reader: Reader): void {
    this.#readers.delete(reader);
    const ending = reader.edge.end().then(reader.over);
    ending.catch(this.#fail);
    this.#endings.push(ending);
  }

  /** Does it for all readers at once, and waits for the slowest. A failure ends the run, so that no other waits for ever. */
  #toEach(work: (reader: Reader) => void | Promise<void>): void | Promise<void> {
    const pending: Promise<void>[] = [];
    let failure: { readonly error: unknown } | undefined;
    for (const reader of this.#readers) {
      try {
        const done = work(reader);
        if (done !== undefined) pending.push(done);
      } catch (error) {
        failure ??= { error };
      }
    }
    if (failure !== undefined) return this.#failed(failure.error, pending);
    if (pending.length === 0) return undefined;
    return pending.length === 1 ? pending[0] : this.#settled(pending);
  }

  async #failed(error: unknown, pending: readonly Promise<void>[]): Promise<void> {
    this.#fail(error);
    await Promise.allSettled(pending);
    throw error;
  }

  async #settled(pending: readonly Promise<void>[]): Promise<void> {
    for (const one of pending) one.catch(this.#fail);
    for (const outcome of await Promise.allSettled(pending)) if (outcome.status === 'rejected') throw outcome.reason;
  }
}
