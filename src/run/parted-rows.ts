import { rowNumbers, rowsOf, type RecordBatch } from '../data/batch.ts';
import type { Column } from '../data/column.ts';
import { rowBytes } from '../data/footprint.ts';
import { concat, gatherBatch } from '../data/gather.ts';
import type { KeyColumn } from '../data/hash.ts';
import { RowHasher } from '../data/hash/row-hash.ts';
import type { Schema } from '../data/types.ts';
import type { RunContext } from './context.ts';
import { leafOf, Partitions } from './partitions.ts';
import { ScratchSegments, type SegmentFrame } from './scratch-segments.ts';

/** Most bytes that wait until they are worth writing. */
const MOST_WAITING = 1 << 24;
/** Most rows that are written in one piece. */
const PIECE = 16_384;
/** A part with more than this of the memory of its operator is divided once more. */
const LARGE = 1 / 8;
/** Into parts of parts it is divided so often; rows that are still together then mostly have one key. */
const DEEPEST = 4;

/** The rows of some keys, in the order in which they came. */
export interface Part {
  readonly level: number;
  frames: SegmentFrame[];
  /** Rows that are not written yet. */
  waiting: RecordBatch[];
  /** Instead of rows: what it was divided into. */
  below: readonly Part[] | undefined;
}

/**
 * Rows of a run without end in scratch files, in parts by the hashes of their keys. Each part can be taken out, looked
 * at, and what is left of it put back; one that is large is divided before.
 */
export class PartedRows {
  /** Of all rows in files. */
  writtenBytes = 0;
  /** Of rows that are not written yet. */
  waitingBytes = 0;
  readonly #schema: Schema;
  readonly #hasher: RowHasher;
  readonly #keysOf: (batch: RecordBatch) => readonly Column[];
  readonly #context: RunContext;
  readonly #segments: ScratchSegments;
  readonly #deepest: number;
  readonly #top = partsOf(0);

  constructor(
    schema: Schema,
    fields: readonly KeyColumn[],
    keysOf: (batch: RecordBatch) => readonly Column[],
    context: RunContext,
  ) {
    this.#schema = schema;
    this.#hasher = new RowHasher(fields);
    this.#deepest = fields.length === 0 ? 0 : DEEPEST;
    this.#keysOf = keysOf;
    this.#context = context;
    this.#segments = new ScratchSegments(context);
  }

  /** Keeps rows, which are copied. @throws RunError E0701 */
  add(batch: RecordBatch): void {
    this.#divide(batch, this.#top);
  }

  /** All parts that have rows. Each may be taken out when it comes, and rows of it may be put back then. */
  *parts(): Generator<Part> {
    this.#flush(this.#top);
    yield* this.#leaves(this.#top);
  }

  /** Takes all rows out of a part, to be read as often as they are wanted, until `release`. */
  taken(part: Part): TakenRows {
    const { frames } = part;
    part.frames = [];
    for (const frame of frames) this.writtenBytes -= frame.bytes;
    const [segments, schema] = [this.#segments, this.#schema];
    return {
      rows: frames.reduce((sum, { rows }) => sum + rows, 0),
      *read() {
        for (const frame of frames) yield segments.read(frame, schema);
      },
      release() {
        for (const frame of frames.splice(0)) segments.release(frame);
      },
    };
  }

  /** Adds rows of its keys to a part, behind those that are there. */
  put(part: Part, batch: RecordBatch): void {
    const rows = rowNumbers(batch);
    for (let from = 0; from < rows.length; from += PIECE) {
      const frame = this.#segments.write(batch, rows.subarray(from, from + PIECE));
      part.frames.push(frame);
      this.writtenBytes += frame.bytes;
    }
  }

  close(): void {
    this.#segments.close();
  }

  *#leaves(parts: readonly Part[]): Generator<Part> {
    const most = this.#context.memory.share * LARGE;
    for (const part of parts) {
      const bytes = part.frames.reduce((sum, frame) => sum + frame.bytes, 0);
      if (bytes > most && part.level < this.#deepest) this.#divideAgain(part);
      if (part.below !== undefined) yield* this.#leaves(part.below);
      else if (part.frames.length > 0) yield part;
    }
  }

  #divideAgain(part: Part): void {
    const below = partsOf(part.level + 1);
    const taken = this.taken(part);
    part.below = below;
    for (const batch of taken.read()) this.#divide(batch, below);
    taken.release();
    this.#flush(below);
  }

  #divide(batch: RecordBatch, parts: readonly Part[]): void {
    const hashes = this.#hasher.hash(this.#keysOf(batch), batch);
    const rowsOfPart = new Map<Part, number[]>();
    for (const row of rowsOf(batch)) {
      const part = leafOf(parts, hashes[row]!);
      const rows = rowsOfPart.get(part);
      if (rows === undefined) rowsOfPart.set(part, [row]);
      else rows.push(row);
    }
    for (const [part, rows] of rowsOfPart) {
      const own = { ...gatherBatch(batch, Uint32Array.from(rows)), schema: this.#schema };
      part.waiting.push(own);
      this.waitingBytes += rowBytes(own);
    }
    if (this.waitingBytes >= Math.min(MOST_WAITING, this.#context.memory.share / 16)) this.#flush(parts);
  }

  #flush(parts: readonly Part[]): void {
    for (const part of parts) {
      if (part.below !== undefined) this.#flush(part.below);
      if (part.waiting.length === 0) continue;
      const whole = concat(this.#schema, part.waiting);
      this.waitingBytes -= part.waiting.reduce((sum, batch) => sum + rowBytes(batch), 0);
      part.waiting = [];
      this.put(part, whole);
    }
  }
}

/** What was in a part. */
export interface TakenRows {
  readonly rows: number;
  read(): Iterable<RecordBatch>;
  release(): void;
}

const partsOf = (level: number): readonly Part[] =>
  Array.from({ length: Partitions.count }, () => ({ level, frames: [], waiting: [], below: undefined }));
