import type { RecordBatch } from '../data/batch.ts';
import type { Schema } from '../data/types.ts';
import type { RunContext } from './context.ts';
import { Scratch, type Frame } from './scratch.ts';

/** A file that has become so large takes no more. */
const MOST = 1 << 26;

interface Segment {
  readonly scratch: Scratch;
  bytes: number;
  /** Of its frames, those that are still wanted. */
  live: number;
}

/** Where some rows are in the scratch files. */
export interface SegmentFrame extends Frame {
  readonly segment: Segment;
}

/**
 * Scratch files for rows that are not all wanted equally long: what is written goes to one file after another, and a
 * file none of whose rows are wanted any more is given back. So a run without end does not fill the disk.
 */
export class ScratchSegments {
  readonly #context: RunContext;
  readonly #open = new Set<Segment>();
  #current: Segment | undefined;

  constructor(context: RunContext) {
    this.#context = context;
  }

  /** Adds some rows of a batch. @throws RunError E0701 */
  write(batch: RecordBatch, rows: Uint32Array): SegmentFrame {
    const segment = (this.#current ??= this.#segment());
    const frame = segment.scratch.write(batch, rows);
    segment.bytes += frame.bytes;
    segment.live++;
    if (segment.bytes >= MOST) this.#current = undefined;
    return { ...frame, segment };
  }

  /** The rows of a frame in memory of their own. @throws RunError E0701 */
  read(frame: SegmentFrame, schema: Schema): RecordBatch {
    return frame.segment.scratch.read(frame, schema);
  }

  /** The rows of this frame are not wanted any more. */
  release({ segment }: SegmentFrame): void {
    if (--segment.live > 0) return;
    if (segment === this.#current) this.#current = undefined;
    this.#open.delete(segment);
    segment.scratch.close();
  }

  close(): void {
    for (const { scratch } of this.#open) scratch.close();
    this.#open.clear();
    this.#current = undefined;
  }

  #segment(): Segment {
    const segment = { scratch: new Scratch(this.#context), bytes: 0, live: 0 };
    this.#open.add(segment);
    return segment;
  }
}
