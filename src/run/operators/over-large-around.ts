import { rowRange, type RecordBatch } from '../../data/batch.ts';
import { rowBytes } from '../../data/footprint.ts';
import { concat, gatherBatch } from '../../data/gather.ts';
import type { Frame, Over } from '../../plan/over.ts';
import type { Memory } from '../memory.ts';
import type { Frame as Stored } from '../scratch.ts';
import { framesOf, type Frames } from './over-frame.ts';
import type { LargeCall } from './over-large-call.ts';
import { partitionsOf, type KeyColumns, type Partitions } from './over-partitions.ts';

/** Some rows of a partition among as many others as the calls look at. */
export interface Piece {
  readonly batch: RecordBatch;
  /** The rows and those around them: `batch` is rows `from .. to` of it. */
  readonly around: Partitions;
  readonly from: number;
  readonly to: number;
  /** Which row of the whole partition the first one of `around` is. */
  readonly base: number;
  /** Right for the rows of the batch. */
  readonly frames: (frame: Frame) => Frames;
}

/** Goes through the rows of a partition, piece by piece, each with the rows around it. */
export class Around {
  readonly #plan: Over;
  readonly #stored: readonly Stored[];
  readonly #read: (frame: Stored) => RecordBatch;
  readonly #orderKeys: KeyColumns;
  readonly #memory: Memory;
  /** Rows that are looked at whatever they hold; and frames of which that depends. */
  readonly #back: number;
  readonly #ahead: number;
  readonly #looked: readonly Frame[];
  #before: RecordBatch;
  #base = 0;
  /** What comes next, and how much of the stored rows has been read. */
  #loaded: RecordBatch[] = [];
  #next = 0;

  constructor(
    plan: Over,
    calls: readonly LargeCall[],
    stored: readonly Stored[],
    read: (frame: Stored) => RecordBatch,
    orderKeys: KeyColumns,
    memory: Memory,
  ) {
    this.#plan = plan;
    this.#stored = stored;
    this.#read = read;
    this.#memory = memory;
    const near = calls.flatMap(({ how }) => (how.by === 'near' ? [how] : []));
    this.#back = Math.max(0, ...near.map(({ back }) => back));
    this.#ahead = Math.max(0, ...near.map(({ ahead }) => ahead));
    this.#looked = calls.flatMap(({ how, call }) => (how.by === 'frame' || how.by === 'sum' ? [call.frame] : []));
    this.#orderKeys = this.#looked.length === 0 ? () => [] : orderKeys;
    this.#before = concat(plan.input.schema, []);
  }

  next(): Piece | undefined {
    if (this.#loaded.length === 0 && !this.#load(1)) return undefined;
    const taken = this.#enough();
    for (;;) {
      const piece = this.#piece(taken);
      const { around, to, frames } = piece;
      const reaches = (frame: Frame): boolean => frames(frame).end[to - 1]! === around.rows;
      const isShort = around.rows - to < this.#ahead || this.#looked.some(reaches);
      // Twice as much each time: what is looked at is put together anew.
      if (isShort && this.#load(this.#loaded.length)) continue;
      this.#pass(piece, taken);
      return piece;
    }
  }

  /** How many of the loaded batches are worth going on with: the rows before them are looked through each time. */
  #enough(): number {
    if (this.#looked.length === 0) return 1;
    let rows = 0;
    for (let taken = 0; ; taken++) {
      if (taken > 0 && rows >= this.#before.length / 2) return taken;
      if (taken === this.#loaded.length && !this.#load(1)) return taken;
      rows += this.#loaded[taken]!.length;
    }
  }

  /** @returns false if there are no more. */
  #load(most: number): boolean {
    const end = Math.min(this.#stored.length, this.#next + most);
    if (end === this.#next) return false;
    for (; this.#next < end; this.#next++) this.#loaded.push(this.#read(this.#stored[this.#next]!));
    return true;
  }

  #piece(taken: number): Piece {
    const { schema } = this.#plan.input;
    const own = this.#loaded.slice(0, taken);
    const batch = own.length === 1 ? own[0]! : concat(schema, own);
    const isAlone = this.#before.length === 0 && this.#loaded.length === taken;
    const all = isAlone ? batch : concat(schema, [this.#before, ...this.#loaded]);
    if (this.#looked.length > 0)
      this.#memory.refuse(rowBytes(all) * 2, 'the rows around one of a window function', 'a frame of fewer rows');
    const around = partitionsOf(all, Uint32Array.of(0, all.length), this.#orderKeys);
    const known = new Map<Frame, Frames>();
    const frames = (frame: Frame): Frames => {
      let found = known.get(frame);
      if (found === undefined) known.set(frame, (found = framesOf(frame, around)));
      return found;
    };
    const from = this.#before.length;
    return { batch, around, from, to: from + batch.length, base: this.#base, frames };
  }

  /** Keeps what the rows behind the piece look at; of equal rows all, or groups could not be counted. */
  #pass({ around, to, frames }: Piece, taken: number): void {
    const { batch, groups, groupOf } = around;
    let least = to - Math.min(to, this.#back);
    for (const frame of this.#looked) least = Math.min(least, frames(frame).start[to - 1]!);
    if (this.#looked.length > 0 && least < around.rows) least = groups[groupOf[least]!]!;
    const kept = rowRange(least, to);
    this.#before = gatherBatch(batch, kept);
    this.#base += least;
    this.#loaded.splice(0, taken);
  }
}
