import { rowNumbers, rowRange, rowsOf, type RecordBatch } from '../data/batch.ts';
import type { Column } from '../data/column.ts';
import { compareValues } from '../data/compare.ts';
import { rowBytes } from '../data/footprint.ts';
import { concat, gatherBatch } from '../data/gather.ts';
import type { MergeKey } from '../data/merge-order.ts';
import { sortRows } from '../data/order.ts';
import type { Schema } from '../data/types.ts';
import type { Value } from '../data/value.ts';
import type { RunContext } from './context.ts';
import { ordinalField, ordinalKey, Ordinals } from './ordinal.ts';
import { mergeRuns, RunCursor } from './run-cursor.ts';
import { ScratchSegments, type SegmentFrame } from './scratch-segments.ts';

/** Most bytes that wait until they are worth writing. */
const MOST_WAITING = 1 << 24;
const LEAST_FRAME = 1 << 12;
const MOST_FRAME = 1 << 18;
/** When there are more runs than this, the shorter half of them is made one. */
const MOST_RUNS = 64;

/** Rows in order, of which the first may have been taken. */
interface Run {
  readonly pieces: Piece[];
  /** Its first row is `row` of the first piece. */
  row: number;
  /** What that row is due by. */
  head: Value;
}

interface Piece {
  readonly frame: SegmentFrame;
  /** None of its rows that are left happened before; us. */
  earliest: number;
}

/** Whether rows are due by what they are due by: true up to some value, and for none beyond. */
export type IsDue = (due: Value) => boolean;

/**
 * Rows that wait in scratch files until they are due: those with the least `due` are taken first, equal ones in the order
 * in which they came. What is taken is forgotten, so that a run without end needs no more room than its rows that wait.
 */
export class DueRows {
  readonly #schema: Schema;
  readonly #kept: Schema;
  readonly #keys: readonly MergeKey[];
  readonly #timeAt: number;
  readonly #context: RunContext;
  readonly #segments: ScratchSegments;
  readonly #ordinals = new Ordinals();
  #runs: Run[] = [];
  /** Rows that are not written yet, as they came. */
  #waiting: RecordBatch[] = [];
  #waitingBytes = 0;
  #waitingLeast: Value = null;
  #waitingEarliest = Infinity;
  #greatest: Value = null;

  /**
   * @param schema of the rows. @param due type of what they are due by: REAL for a column of kind `f64`, ANY for `any`.
   * @param timeAt place of a column of times (us, kind `f64`), see `earliest`.
   * @param order of rows that are due by the same: by columns of theirs, before they are in that in which they came.
   */
  constructor(
    schema: Schema,
    due: 'REAL' | 'ANY',
    timeAt: number,
    context: RunContext,
    order: readonly MergeKey[] = [],
  ) {
    this.#schema = schema;
    this.#kept = [...schema, { name: '$due', type: due }, ordinalField];
    const dueKey: MergeKey = { at: schema.length, type: due, descending: false, nullsFirst: true };
    this.#keys = [dueKey, ...order, ordinalKey(schema.length + 1)];
    this.#timeAt = timeAt;
    this.#context = context;
    this.#segments = new ScratchSegments(context);
  }

  get isEmpty(): boolean {
    return this.#runs.length === 0 && this.#waiting.length === 0;
  }

  /** About what it takes in memory. */
  get bytes(): number {
    return this.#waitingBytes;
  }

  /** Whether `due` lies between what the first row is due by and what the last one is. */
  spans(due: Value): boolean {
    return !this.isEmpty && compareValues(this.#least, due) <= 0 && compareValues(due, this.#greatest) <= 0;
  }

  /** None of the rows happened before; us. */
  get earliest(): number {
    let earliest = this.#waitingEarliest;
    for (const { pieces } of this.#runs) for (const piece of pieces) earliest = Math.min(earliest, piece.earliest);
    return earliest;
  }

  /** Whether `take` would give rows. */
  has(isDue: IsDue): boolean {
    return !this.isEmpty && isDue(this.#least);
  }

  /** Keeps the rows of a batch, which are copied. @param due by physical row; not NULL. @throws RunError E0701 */
  add(batch: RecordBatch, due: Column): void {
    const rows = rowNumbers(batch);
    if (rows.length === 0) return;
    if (this.isEmpty) this.#greatest = null;
    const numbered = this.#ordinals.of({ ...batch, columns: [...batch.columns, due] });
    this.#wait({ ...gatherBatch(numbered, rows), schema: this.#kept });
    if (this.#waitingBytes >= Math.min(MOST_WAITING, this.#context.memory.share / 16)) this.#flush();
  }

  /** Takes out the rows that are due, in order. */
  *take(isDue: IsDue): Generator<RecordBatch> {
    const waiting = this.#takeWaiting(isDue);
    const runs = this.#runs.filter(({ head }) => isDue(head));
    const cursors = runs.map((run, i) => this.#cursor(run, i));
    const ofWaiting = waiting && new RunCursor(runs.length, 1, () => waiting, this.#keys);
    try {
      for (const batch of this.#merged(ofWaiting === undefined ? cursors : [...cursors, ofWaiting], isDue))
        yield { ...batch, schema: this.#schema, columns: batch.columns.slice(0, this.#schema.length) };
    } finally {
      runs.forEach((run, i) => this.#settle(run, cursors[i]!));
    }
  }

  close(): void {
    this.#runs = [];
    this.#clearWaiting();
    this.#segments.close();
  }

  get #least(): Value {
    let least = this.#waiting.length > 0 ? this.#waitingLeast : this.#runs[0]!.head;
    for (const { head } of this.#runs) if (compareValues(head, least) < 0) least = head;
    return least;
  }

  #dueOf({ columns }: RecordBatch, row: number): Value {
    const column = columns[this.#schema.length]!;
    return column.kind === 'any' ? (column.values[row] ?? null) : (column as { values: Float64Array }).values[row]!;
  }

  #earliestOf({ columns }: RecordBatch, rows: Iterable<number>): number {
    const { values } = columns[this.#timeAt] as { readonly values: Float64Array };
    let earliest = Infinity;
    for (const row of rows) earliest = Math.min(earliest, values[row]!);
    return earliest;
  }

  #wait(rows: RecordBatch): void {
    for (let row = 0; row < rows.length; row++) {
      const due = this.#dueOf(rows, row);
      if (this.#waitingLeast === null || compareValues(due, this.#waitingLeast) < 0) this.#waitingLeast = due;
      if (this.#greatest === null || compareValues(due, this.#greatest) > 0) this.#greatest = due;
    }
    this.#waiting.push(rows);
    this.#waitingBytes += rowBytes(rows);
    this.#waitingEarliest = Math.min(this.#waitingEarliest, this.#earliestOf(rows, rowsOf(rows)));
  }

  #clearWaiting(): void {
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#waitingLeast = null;
    this.#waitingEarliest = Infinity;
  }

  /** The rows that wait and are due, sorted. */
  #takeWaiting(isDue: IsDue): RecordBatch | undefined {
    if (this.#waiting.length === 0 || !isDue(this.#waitingLeast)) return undefined;
    const all = concat(this.#kept, this.#waiting);
    this.#clearWaiting();
    const isTaken = Uint8Array.from({ length: all.length }, (_, row) => (isDue(this.#dueOf(all, row)) ? 1 : 0));
    const rows = rowNumbers(all);
    const others = rows.filter((row) => isTaken[row] === 0);
    if (others.length > 0) this.#wait(gatherBatch(all, others));
    return this.#sorted(
      gatherBatch(
        all,
        rows.filter((row) => isTaken[row] === 1),
      ),
    );
  }

  #sorted(batch: RecordBatch): RecordBatch {
    const keys = this.#keys.map(({ at, ...key }) => ({ ...key, column: batch.columns[at]! }));
    return gatherBatch(batch, sortRows(keys, batch.length));
  }

  #flush(): void {
    const all = this.#sorted(concat(this.#kept, this.#waiting));
    this.#clearWaiting();
    this.#addRun([all]);
    if (this.#runs.length > MOST_RUNS) this.#mergeShort();
  }

  #mergeShort(): void {
    const byLength = [...this.#runs].sort((a, b) => a.pieces.length - b.pieces.length);
    const short = new Set(byLength.slice(0, MOST_RUNS / 2));
    const cursors = [...short].map((run, i) => this.#cursor(run, i));
    const merged = this.#merged(cursors);
    this.#runs = this.#runs.filter((run) => !short.has(run));
    this.#addRun(merged);
    for (const { pieces } of short) for (const { frame } of pieces) this.#segments.release(frame);
  }

  /** A run of rows that come in order. */
  #addRun(batches: Iterable<RecordBatch>): void {
    const pieces: Piece[] = [];
    const most = Math.max(LEAST_FRAME, Math.min(MOST_FRAME, this.#context.memory.share / 128));
    let head: Value = null;
    let step = 64;
    for (const batch of batches) {
      if (pieces.length === 0) head = this.#dueOf(batch, 0);
      const all = rowNumbers(batch);
      for (let from = 0, to; from < all.length; from = to) {
        to = Math.min(all.length, from + step);
        const rows = all.subarray(from, to);
        const frame = this.#segments.write(batch, rows);
        pieces.push({ frame, earliest: this.#earliestOf(batch, rows) });
        step = Math.max(1, Math.floor((most * frame.rows) / frame.bytes));
      }
    }
    this.#runs.push({ pieces, row: 0, head });
  }

  #cursor({ pieces, row }: Run, order: number): RunCursor {
    const read = (piece: number): RecordBatch => this.#segments.read(pieces[piece]!.frame, this.#kept);
    return new RunCursor(order, pieces.length, read, this.#keys, row);
  }

  #merged(cursors: readonly RunCursor[], isDue: IsDue = () => true): Generator<RecordBatch> {
    const { batchRows } = this.#context.settings;
    return mergeRuns(this.#kept, cursors, this.#keys, batchRows, ({ batch, row }) => isDue(this.#dueOf(batch, row)));
  }

  /** Forgets what has been taken of a run. */
  #settle(run: Run, cursor: RunCursor): void {
    for (const { frame } of run.pieces.splice(0, cursor.piece)) this.#segments.release(frame);
    if (cursor.done) {
      this.#runs = this.#runs.filter((other) => other !== run);
      return;
    }
    run.row = cursor.row;
    run.head = this.#dueOf(cursor.batch, cursor.row);
    const left = rowRange(cursor.row, cursor.batch.length);
    run.pieces[0]!.earliest = this.#earliestOf(cursor.batch, left);
  }
}
