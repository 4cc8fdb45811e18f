import { rowNumbers, type RecordBatch } from '../../data/batch.ts';
import type { Schema } from '../../data/types.ts';
import { grown, retained } from '../../expr/kernel/aggregates/count.ts';
import type { StateTtl } from '../../plan/state-ttl.ts';
import { hiddenColumn, placeOf } from './window-times.ts';

/** What is known of keys, which are numbered as they come. */
export interface Keyed {
  readonly size: number;
  /** The key of each row, by physical row; new ones get numbers. */
  number(batch: RecordBatch): Uint32Array;
  /** Takes in rows whose keys have been numbered. @param before how many keys there were before that. */
  take(rows: RecordBatch, ids: Uint32Array, before: number): void | Promise<void>;
  /** Forgets all keys but these, which get new numbers: their places in `ids`. */
  retain(ids: Uint32Array): void | Promise<void>;
}

/** A key of which no row has been taken in. */
const NEVER = -Infinity;

/**
 * Forgets keys of which no row has come for some time. A row finds its key forgotten by its own time, or watermark: so it
 * does not matter how rows are batched, nor when the memory is given back.
 */
export class KeyTtl {
  /** us */
  readonly #ttl: number;
  readonly #timeAt: number | undefined;
  readonly #markAt: number | undefined;
  readonly #keyed: Keyed;
  /** By key: when its last row came or, by event time, happened; us. */
  #last = new Float64Array(16);
  /** When keys were looked through, and when they are to be next. */
  #next = -Infinity;

  /** @param schema of the rows. */
  constructor({ ms, eventTime }: StateTtl, schema: Schema, keyed: Keyed) {
    this.#ttl = ms * 1000;
    this.#timeAt = eventTime && placeOf(schema, eventTime.time);
    this.#markAt = eventTime && placeOf(schema, eventTime.mark);
    this.#keyed = keyed;
  }

  /** About what it takes. */
  get bytes(): number {
    return this.#last.byteLength;
  }

  /** Takes in the rows of a batch. */
  async take(batch: RecordBatch): Promise<void> {
    const now = Date.now() * 1000;
    const of = (at: number | undefined): Float64Array =>
      at === undefined ? new Float64Array(batch.length).fill(now) : hiddenColumn(batch, at);
    const [times, clocks] = [of(this.#timeAt), of(this.#markAt)];
    let rows = rowNumbers(batch);
    while (rows.length > 0) {
      const before = this.#keyed.size;
      const ids = this.#keyed.number({ ...batch, selection: rows });
      this.#last = grown(this.#last, this.#keyed.size);
      this.#last.fill(NEVER, before, this.#keyed.size);
      const n = this.#touch(rows, ids, times, clocks);
      if (n > 0) await this.#keyed.take({ ...batch, selection: rows.subarray(0, n) }, ids, before);
      if (n < rows.length) await this.#forget(clocks[rows[n]!]!);
      rows = rows.subarray(n);
    }
    if (this.#markAt === undefined) await this.watermark(now);
  }

  /** Gives memory back, now and then. @param time no row before it will come, or the time it is; us. */
  async watermark(time: number): Promise<void> {
    if (time < this.#next) return;
    this.#next = time + this.#ttl / 4;
    await this.#forget(time);
  }

  /** Notes when rows came. @returns how many can be taken in before a key has to be forgotten. */
  #touch(rows: Uint32Array, ids: Uint32Array, times: Float64Array, clocks: Float64Array): number {
    for (let k = 0; k < rows.length; k++) {
      const row = rows[k]!;
      const id = ids[row]!;
      const last = this.#last[id]!;
      if (last !== NEVER && last + this.#ttl < clocks[row]!) return k;
      this.#last[id] = Math.max(last, times[row]!);
    }
    return rows.length;
  }

  async #forget(clock: number): Promise<void> {
    const { size } = this.#keyed;
    const ids = new Uint32Array(size);
    let n = 0;
    // Keys that have never been taken in were numbered for rows that come later.
    for (let id = 0; id < size; id++) if (this.#last[id]! + this.#ttl >= clock) ids[n++] = id;
    if (n === size) return;
    const living = ids.subarray(0, n);
    await this.#keyed.retain(living);
    this.#last = retained(this.#last, living);
  }
}
