import { rowNumbers, type RecordBatch } from '../data/batch.ts';
import type { MergeKey } from '../data/merge-order.ts';
import type { Schema } from '../data/types.ts';
import type { RunContext } from './context.ts';
import type { Pause } from './pause.ts';
import { mergeRuns, RunCursor } from './run-cursor.ts';
import { Scratch, type Frame } from './scratch.ts';

/** Rows in order, as frames of a scratch file. */
type Run = readonly Frame[];

const LEAST_FRAME = 1 << 12;
const MOST_FRAME = 1 << 18;
const LEAST_FAN_IN = 8;
const MOST_FAN_IN = 256;

/** Sorted runs in a scratch file, which are merged when all are there: rows of equal keys in the order of their runs. */
export class SortedRuns {
  readonly #schema: Schema;
  readonly #keys: readonly MergeKey[];
  readonly #context: RunContext;
  readonly #scratch: Scratch;
  #runs: Run[] = [];

  constructor(schema: Schema, keys: readonly MergeKey[], context: RunContext) {
    this.#schema = schema;
    this.#keys = keys;
    this.#context = context;
    this.#scratch = new Scratch(context);
  }

  get isEmpty(): boolean {
    return this.#runs.length === 0;
  }

  /** A run of the rows of one batch, in that order, which is that of the keys. */
  add(batch: RecordBatch, order: Uint32Array): void {
    if (order.length > 0) this.#runs.push(this.#written(batch, order));
  }

  /** A run of rows that come in several batches. */
  builder(): { add(batch: RecordBatch): void; end(): void } {
    const frames: Frame[] = [];
    return {
      add: (batch) => {
        frames.push(...this.#written(batch, rowNumbers(batch)));
      },
      end: () => {
        if (frames.length > 0) this.#runs.push(frames);
      },
    };
  }

  /** All rows in order. The runs are used up. */
  async *merged(pause: Pause): AsyncGenerator<RecordBatch> {
    const fanIn = Math.max(LEAST_FAN_IN, Math.min(MOST_FAN_IN, Math.floor(this.#share / (8 * this.#frameBytes))));
    while (this.#runs.length > fanIn) {
      const before = this.#runs;
      this.#runs = [];
      for (let from = 0; from < before.length; from += fanIn) {
        const run = this.builder();
        for (const batch of this.#merge(before.slice(from, from + fanIn))) {
          run.add(batch);
          await pause.taken();
        }
        run.end();
      }
    }
    for (const batch of this.#merge(this.#runs)) {
      yield batch;
      await pause.taken();
    }
  }

  close(): void {
    this.#runs = [];
    this.#scratch.close();
  }

  get #share(): number {
    return this.#context.memory.share;
  }

  get #frameBytes(): number {
    return Math.max(LEAST_FRAME, Math.min(MOST_FRAME, this.#share / 1024));
  }

  #written(batch: RecordBatch, order: Uint32Array): Frame[] {
    const frames: Frame[] = [];
    let rows = 64;
    for (let from = 0; from < order.length; from += frames.at(-1)!.rows) {
      const frame = this.#scratch.write(batch, order.subarray(from, from + rows));
      frames.push(frame);
      rows = Math.max(1, Math.floor((this.#frameBytes * frame.rows) / frame.bytes));
    }
    return frames;
  }

  #merge(runs: readonly Run[]): Generator<RecordBatch> {
    const cursors = runs.map(
      (run, i) => new RunCursor(i, run.length, (piece) => this.#scratch.read(run[piece]!, this.#schema), this.#keys),
    );
    return mergeRuns(this.#schema, cursors, this.#keys, this.#context.settings.batchRows);
  }
}
