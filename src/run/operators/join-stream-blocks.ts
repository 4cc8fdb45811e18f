import { rowNumbers, rowRange, type RecordBatch } from '../../data/batch.ts';
import { gatherBatch, NO_ROW } from '../../data/gather.ts';
import type { Schema } from '../../data/types.ts';
import type { RunContext } from '../context.ts';
import type { Output } from '../operator.ts';
import type { Pause } from '../pause.ts';
import type { ScratchSegments } from '../scratch-segments.ts';
import { JoinPairs, type JoinParts } from './join-pairs.ts';
import { withoutTimes, withTimes, type JoinPart, type Limits } from './join-stream-parts.ts';
import type { RowTimes } from './join-side.ts';

/** So much of the memory the rows of a block have, beside their index. */
const BLOCK = 1 / 8;

/** Rows of one side that came together. */
interface Came {
  readonly rows: RecordBatch;
  readonly times: RowTimes;
  readonly met: Uint8Array;
  /** Number of the first of them among those of their side. */
  readonly first: number;
  /** When they came: before all (-1), or as which of the arrivals, of both sides. */
  readonly order: number;
  /** Of that moment. */
  readonly limits: Limits;
}

/** Some rows of one side in memory, in the order in which they came. */
interface Block {
  readonly pairs: JoinPairs;
  /** By place in the block. */
  readonly orders: readonly number[];
  readonly numbers: readonly number[];
}

/**
 * Joins the rows of a part that the memory does not hold: of each side some at a time, with all arrivals of the other.
 * Which rows could meet is said by when they came, and by the limits of that moment; all that is known of the others in
 * memory is whether they have met any.
 */
export class StreamJoinBlocks {
  readonly #parts: JoinParts;
  readonly #part: Pick<JoinPart, 'state' | 'written'>;
  readonly #kept: readonly [Schema, Schema];
  readonly #segments: ScratchSegments;
  readonly #context: RunContext;
  /** By side and number. */
  readonly #met: readonly [Uint8Array, Uint8Array];

  constructor(
    parts: JoinParts,
    part: Pick<JoinPart, 'state' | 'written'>,
    kept: readonly [Schema, Schema],
    segments: ScratchSegments,
    context: RunContext,
  ) {
    this.#parts = parts;
    this.#part = part;
    this.#kept = kept;
    this.#segments = segments;
    this.#context = context;
    const count = (port: 0 | 1): number =>
      [...part.state[port], ...part.written.map(({ frames }) => frames[port])].reduce((n, f) => n + (f?.rows ?? 0), 0);
    this.#met = [new Uint8Array(count(0)), new Uint8Array(count(1))];
  }

  /**
   * @param limits beyond which rows are forgotten in the end. @param keep takes the others, with what is known of them.
   * @returns a time before which none of the rows that may still come out with their own time happened; us
   */
  async join(
    limits: Limits,
    out: Output,
    pause: Pause,
    keep: (port: 0 | 1, rows: RecordBatch) => void,
  ): Promise<number> {
    for (const port of [0, 1] as const)
      for (const block of this.#blocks(port)) {
        await this.#meet(block, port, out, pause);
        if (out.full) return Infinity;
      }
    const left = await this.#settle(0, limits, out, pause, keep);
    return Math.min(left, await this.#settle(1, limits, out, pause, keep));
  }

  /** The rows of a side as they came. */
  *#cameOf(port: 0 | 1): Generator<Came> {
    let [first, order] = [0, 0];
    const { state, written } = this.#part;
    for (const frame of state[port]) {
      const known = withoutTimes(this.#segments.read(frame, this.#kept[port]));
      yield { ...known, first, order: -1, limits: [-Infinity, -Infinity] };
      first += frame.rows;
    }
    for (const { frames, order: parts } of written) {
      const frame = frames[port];
      const all = frame && this.#segments.read(frame, this.#kept[port]);
      let from = 0;
      for (const { port: of, limits, rows } of parts) {
        if (of === port) {
          const own = gatherBatch(all!, rowRange(from, from + rows));
          yield { ...withoutTimes(own), first, order, limits };
          from += rows;
          first += rows;
        }
        order++;
      }
    }
  }

  /** All rows of a side, but those of which nothing more can come. */
  *#blocks(port: 0 | 1): Generator<Block> {
    const fresh = (): Block & { orders: number[]; numbers: number[] } => ({ pairs: new JoinPairs(this.#parts), orders: [], numbers: [] }); // prettier-ignore
    let block = fresh();
    for (const { rows, times, met, first, order } of this.#cameOf(port)) {
      met.forEach((is, row) => {
        if (is === 1) this.#met[port][first + row] = 1;
      });
      const isOpen = (row: number): boolean => !this.#isSettled(port, first + row);
      const picked = rowNumbers(rows).filter(isOpen);
      const of = (values: Float64Array): Float64Array => Float64Array.from(picked, (row) => values[row]!);
      const own = { until: of(times.until), time: of(times.time), mark: of(times.mark) };
      block.pairs.sides[port].add(gatherBatch(rows, picked), own, Uint8Array.from(picked, (row) => this.#met[port][first + row]!)); // prettier-ignore
      for (const row of picked) {
        block.orders.push(order);
        block.numbers.push(first + row);
      }
      if (block.pairs.bytes < this.#context.memory.share * BLOCK) continue;
      yield block;
      block = fresh();
    }
    if (block.numbers.length > 0) yield block;
  }

  /** A left row that goes out once, and has. */
  #isSettled(port: 0 | 1, number: number): boolean {
    return this.#parts.isHalf && port === 0 && this.#met[0][number] === 1;
  }

  /** Lets the arrivals of the other side meet the rows of a block that came before them. */
  async #meet({ pairs, orders, numbers }: Block, port: 0 | 1, out: Output, pause: Pause): Promise<void> {
    const other = port === 0 ? 1 : 0;
    let end = 0;
    for (const { rows, times, first, order, limits } of this.#cameOf(other)) {
      while (end < orders.length && orders[end]! < order) end++;
      if (end === 0 || limits[port] === Infinity) continue;
      const selection = rowNumbers(rows).filter((row) => !this.#isSettled(other, first + row));
      const met = this.#met[other].slice(first, first + rows.length);
      await pairs.meet({ ...rows, selection }, times, other, met, out, { end, least: limits[port] });
      this.#met[other].set(met, first);
      if (out.full) return;
      await pause.taken();
    }
    const { met } = pairs.sides[port];
    numbers.forEach((number, at) => (this.#met[port][number] = met[at]!));
  }

  /** Gives the rows that have met none and cannot any more, and keeps those that still can. @returns as `join` */
  async #settle(
    port: 0 | 1,
    limits: Limits,
    out: Output,
    pause: Pause,
    keep: (port: 0 | 1, rows: RecordBatch) => void,
  ): Promise<number> {
    const { keepsUnmet, isHalf } = this.#parts;
    const comesOut = keepsUnmet[port] || (isHalf && port === 0);
    const limit = limits[port];
    const pairs = new JoinPairs(this.#parts);
    let least = Infinity;
    for (const { rows, times, first } of this.#cameOf(port)) {
      const keyed = pairs.keyed(rows, port);
      const met = this.#met[port].subarray(first, first + rows.length);
      const all = rowNumbers(rows).filter((row) => !this.#isSettled(port, first + row));
      const isKept = (row: number): boolean => keyed[row] !== NO_ROW && times.until[row]! >= limit && limit < Infinity;
      const left = all.filter(isKept);
      for (const row of left) if (comesOut && met[row] === 0) least = Math.min(least, times.time[row]!);
      if (left.length > 0) keep(port, { ...withTimes(this.#kept[port], rows, times, met), selection: left });
      const unmet = keepsUnmet[port] ? all.filter((row) => met[row] === 0 && !isKept(row)) : all.subarray(0, 0);
      if (unmet.length > 0 && !out.full) await pairs.emitUnmet(gatherBatch(rows, unmet), port, out);
      await pause.taken();
    }
    return least;
  }
}
