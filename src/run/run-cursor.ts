import type { RecordBatch } from '../data/batch.ts';
import { interleave } from '../data/interleave.ts';
import { compareAcross, mergeColumns, type MergeColumns, type MergeKey } from '../data/merge-order.ts';
import type { Schema } from '../data/types.ts';

/** A place in a run: rows in order, in pieces that are read one at a time. */
export class RunCursor {
  readonly order: number;
  row: number;
  /** Number of its batch among the sources of what is put together; -1: it is not among them. */
  slot = -1;
  /** Number of the piece that it is in. */
  piece: number;
  batch!: RecordBatch;
  keys!: MergeColumns;
  done = false;
  readonly #pieces: number;
  readonly #read: (piece: number) => RecordBatch;
  readonly #mergeKeys: readonly MergeKey[];

  /**
   * @param order of rows with equal keys: the run with the lower number is first. @param pieces how many there are, none
   * of them empty. @param row of the first piece, where it begins.
   */
  constructor(order: number, pieces: number, read: (piece: number) => RecordBatch, keys: readonly MergeKey[], row = 0) {
    this.order = order;
    this.#pieces = pieces;
    this.#read = read;
    this.#mergeKeys = keys;
    this.piece = 0;
    this.row = 0;
    this.#load();
    this.row = row;
  }

  next(): void {
    if (++this.row < this.batch.length) return;
    if (++this.piece === this.#pieces) this.done = true;
    else this.#load();
  }

  #load(): void {
    this.batch = this.#read(this.piece);
    this.keys = mergeColumns(this.#mergeKeys, this.batch);
    this.row = 0;
    this.slot = -1;
  }
}

/**
 * The rows of some runs in order, in batches of at most `most` rows.
 *
 * @param isWanted the first row for which it does not hold is where it ends. The cursors are then at the rows that are left.
 */
export function* mergeRuns(
  schema: Schema,
  cursors: readonly RunCursor[],
  keys: readonly MergeKey[],
  most: number,
  isWanted: (cursor: RunCursor) => boolean = () => true,
): Generator<RecordBatch> {
  const heap = new RunHeap(cursors, keys);
  const which = new Uint32Array(most);
  const rows = new Uint32Array(most);
  for (let n = most; n === most;) {
    const sources: RecordBatch[] = [];
    n = 0;
    for (const cursor of cursors) cursor.slot = -1;
    for (let first: RunCursor | undefined; n < most && (first = heap.first) !== undefined && isWanted(first); n++) {
      if (first.slot < 0) first.slot = sources.push(first.batch) - 1;
      which[n] = first.slot;
      rows[n] = first.row;
      first.next();
      heap.settle();
    }
    if (n > 0) yield interleave(schema, sources, which.subarray(0, n), rows.subarray(0, n));
  }
}

/** Cursors as a binary heap; the first one is at the least row. */
class RunHeap {
  readonly #cursors: RunCursor[];
  readonly #keys: readonly MergeKey[];

  /** @param cursors at rows of their own, none of them done. */
  constructor(cursors: readonly RunCursor[], keys: readonly MergeKey[]) {
    this.#keys = keys;
    this.#cursors = [...cursors];
    for (let at = (cursors.length >> 1) - 1; at >= 0; at--) this.#sink(at);
  }

  get first(): RunCursor | undefined {
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

  #isBefore(a: RunCursor, b: RunCursor): boolean {
    const order = compareAcross(this.#keys, a.keys, a.row, b.keys, b.row);
    return order < 0 || (order === 0 && a.order < b.order);
  }
}
