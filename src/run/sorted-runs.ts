import { rowsOf, type RecordBatch } from '../data/batch.ts';
import { interleave } from '../data/interleave.ts';
import { compareAcross, mergeColumns, type MergeColumns, type MergeKey } from '../data/merge-order.ts';
import type { Schema } from '../data/types.ts';
import type { RunContext } from './context.ts';
import type { Pause } from './pause.ts';
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
        frames.push(...this.#written(batch, batch.selection ?? Uint32Array.from(rowsOf(batch))));
      },
      end: () => {
        if (frames.length > 0) this.#runs.push(frames);
      },
    };
  }

  /** All rows in order. The runs are used up. */
  async *merged(pause: Pause): AsyncGenerator<RecordBatch> {
    const fanIn = Math.max(LEAST_FAN_IN, Math.min(MOST_FAN_IN, Math.floor(this.#share / (4 * this.#frameBytes))));
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
    return Math.max(LEAST_FRAME, Math.min(MOST_FRAME, this.#share / 64));
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

  *#merge(runs: readonly Run[]): Generator<RecordBatch> {
    const cursors = runs.map((run, i) => new Cursor(run, i, (frame) => this.#scratch.read(frame, this.#schema), this.#keys)); // prettier-ignore
    const heap = new Heap(cursors, this.#keys);
    const most = this.#context.settings.batchRows;
    const which = new Uint32Array(most);
    const rows = new Uint32Array(most);
    while (heap.first !== undefined) {
      const sources: RecordBatch[] = [];
      let n = 0;
      for (const cursor of cursors) cursor.slot = -1;
      for (let first: Cursor | undefined; n < most && (first = heap.first) !== undefined; n++) {
        if (first.slot < 0) first.slot = sources.push(first.batch) - 1;
        which[n] = first.slot;
        rows[n] = first.row;
        first.next();
        heap.settle();
      }
      yield interleave(this.#schema, sources, which.subarray(0, n), rows.subarray(0, n));
    }
  }
}

/** A place in a run. */
class Cursor {
  readonly order: number;
  row = 0;
  /** Number of its batch among the sources of what is put together; -1: it is not among them. */
  slot = -1;
  batch!: RecordBatch;
  keys!: MergeColumns;
  done = false;
  readonly #run: Run;
  readonly #read: (frame: Frame) => RecordBatch;
  readonly #mergeKeys: readonly MergeKey[];
  #frame = 0;

  constructor(run: Run, order: number, read: (frame: Frame) => RecordBatch, keys: readonly MergeKey[]) {
    this.order = order;
    this.#run = run;
    this.#read = read;
    this.#mergeKeys = keys;
    this.#load();
  }

  next(): void {
    if (++this.row < this.batch.length) return;
    if (++this.#frame === this.#run.length) this.done = true;
    else this.#load();
  }

  #load(): void {
    this.batch = this.#read(this.#run[this.#frame]!);
    this.keys = mergeColumns(this.#mergeKeys, this.batch);
    this.row = 0;
    this.slot = -1;
  }
}

/** Cursors as a binary heap; the first one is at the least row. */
class Heap {
  readonly #cursors: Cursor[];
  readonly #keys: readonly MergeKey[];

  /** @param cursors at rows of their own, none of them done. */
  constructor(cursors: readonly Cursor[], keys: readonly MergeKey[]) {
    this.#keys = keys;
    this.#cursors = [...cursors];
    for (let at = (cursors.length >> 1) - 1; at >= 0; at--) this.#sink(at);
  }

  get first(): Cursor | undefined {
    return this.#cursors[0];
  }

  /** The first cursor has moved. */
  settle(): void {
    if (this.#cursors[0]!.done) {
      const last = this.#cursors.pop()!;
      if (this.#cursors.length === 0) return;
      this.#cursors[0] = last;
    }
    this.#sink(0);
  }

  #sink(at: number): void {
    const heap = this.#cursors;
    const moved = heap[at]!;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && this.#isBefore(heap[child + 1]!, heap[child]!)) child++;
      if (!this.#isBefore(heap[child]!, moved)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = moved;
  }

  #isBefore(a: Cursor, b: Cursor): boolean {
    const order = compareAcross(this.#keys, a.keys, a.row, b.keys, b.row);
    return order < 0 || (order === 0 && a.order < b.order);
  }
}
