import { rowNumbers, rowRange, rowsOf, type RecordBatch } from '../../data/batch.ts';
import { rowBytes } from '../../data/footprint.ts';
import { concat, gatherBatch } from '../../data/gather.ts';
import { RowHasher } from '../../data/hash/row-hash.ts';
import type { Schema } from '../../data/types.ts';
import type { RunContext } from '../context.ts';
import type { Account } from '../memory.ts';
import type { Output } from '../operator.ts';
import { leafOf } from '../partitions.ts';
import { Pause } from '../pause.ts';
import { isWorthRound, Rounds } from '../rounds.ts';
import { ScratchSegments } from '../scratch-segments.ts';
import { JoinPairs, type JoinParts } from './join-pairs.ts';
import { StreamJoinBlocks } from './join-stream-blocks.ts';
import {
  bytesOf,
  joinPartsOf,
  keptSchema,
  leavesOf,
  withoutTimes,
  withTimes,
  type Arrival,
  type JoinPart,
  type Limits,
} from './join-stream-parts.ts';
import type { RowTimes } from './join-side.ts';

/** A part with more than this of the memory of its operator is divided once more, and so often at most. */
const LARGE = 1 / 8;
const DEEPEST = 4;
/** About so much more than in a file rows take in memory, where their keys have places in an index. */
const FULL = 4;
/** Most bytes that wait until they are worth writing. */
const MOST_WAITING = 1 << 24;
/** Most rows that are written in one piece. */
const PIECE = 16_384;
/** ms after which what has come is joined, however little it is. */
const LONGEST = 1000;

/**
 * The rows of a streaming join in scratch files, in parts by the hashes of their keys. Rows that come are put beside them,
 * and joined later, part by part: in the order and with the limits with which they came, so that the result is the same.
 */
export class StreamJoinSpill {
  readonly #parts: JoinParts;
  readonly #context: RunContext;
  readonly #account: Account;
  readonly #rounds = new Rounds(LONGEST);
  readonly #segments: ScratchSegments;
  readonly #hasher: RowHasher;
  /** By side: the columns of a row, then what is known of it. */
  readonly #kept: readonly [Schema, Schema];
  readonly #all: readonly JoinPart[];
  readonly #deepest: number;
  #stateBytes = 0;
  #waitingBytes = 0;
  #writtenBytes = 0;
  /** None of the rows that have come since the last time happened before; us. */
  #earliest = Infinity;

  /** @param pairs what the join has held in memory. */
  constructor(parts: JoinParts, pairs: JoinPairs, context: RunContext) {
    this.#parts = parts;
    this.#context = context;
    this.#account = context.memory.open();
    this.#segments = new ScratchSegments(context);
    this.#hasher = new RowHasher(parts.fields);
    // Without keys any row can meet any other.
    this.#deepest = parts.fields.length === 0 ? 0 : DEEPEST;
    const { left, right } = parts.plan;
    this.#kept = [keptSchema(left.schema), keptSchema(right.schema)];
    this.#all = joinPartsOf(0, pairs.leastTime);
    for (const port of [0, 1] as const) this.#divideState(pairs, port);
  }

  /** None of the rows that may still come out happened before; us. */
  get leastTime(): number {
    let least = this.#earliest;
    for (const part of leavesOf(this.#all)) least = Math.min(least, part.leastTime);
    return least;
  }

  /** So many rows have come that joining them is worth reading the others. */
  get isWorthIt(): boolean {
    return isWorthRound(this.#waitingBytes + this.#writtenBytes, this.#stateBytes, this.#context.memory.share);
  }

  /** Nothing has been joined for some time. */
  get isTimeForIt(): boolean {
    return this.#rounds.isDue;
  }

  /** Keeps rows that come. @throws RunError E0701 */
  keep(batch: RecordBatch, times: RowTimes, port: number, limits: Limits): void {
    const side = port === 0 ? 0 : 1;
    for (const row of rowsOf(batch)) this.#earliest = Math.min(this.#earliest, times.time[row]!);
    const whole = withTimes(this.#kept[side], batch, times, new Uint8Array(batch.length));
    this.#wait(whole, side, limits);
    this.#account.hold(this.#waitingBytes);
  }

  /** Joins the rows that have come, and forgets those that the limits are beyond. */
  async join(limits: Limits, out: Output): Promise<void> {
    const end = this.#rounds.begin();
    const pause = new Pause(this.#context.signal);
    for (const part of leavesOf(this.#all)) {
      if (out.full) return;
      const bytes = bytesOf(part);
      if (bytes > this.#context.memory.share * LARGE && part.level < this.#deepest) this.#divideAgain(part);
      if (part.below !== undefined) continue;
      if (bytes === 0) {
        part.leastTime = Infinity;
        continue;
      }
      if (bytes * FULL > this.#context.memory.share) {
        await this.#joinBlocks(part, limits, out, pause);
        continue;
      }
      const pairs = this.#stateOf(part);
      for (const { port, limits: then, rows } of this.#arrivals(part)) {
        for (const side of [0, 1]) await pairs.expire(side, then[side]!, out);
        const { rows: own, times } = withoutTimes(rows);
        await pairs.take(own, times, port, then[port], out);
        this.#account.hold(pairs.bytes + this.#waitingBytes);
        await pause.taken();
      }
      for (const side of [0, 1]) await pairs.expire(side, limits[side]!, out);
      for (const port of [0, 1] as const) this.#write(part, port, pairs);
      part.leastTime = pairs.leastTime;
      await pause.taken();
    }
    this.#account.hold(0);
    this.#earliest = Infinity;
    end();
  }

  /** All rows, if they fit into memory again. Nothing must have come since they were joined. */
  restored(): JoinPairs | undefined {
    if (this.#stateBytes * FULL > this.#context.memory.share) return undefined;
    const pairs = new JoinPairs(this.#parts);
    for (const part of leavesOf(this.#all)) this.#load(part, pairs);
    return pairs;
  }

  close(): void {
    this.#account.close();
    this.#segments.close();
  }

  /** A part that cannot be divided and does not fit. */
  async #joinBlocks(part: JoinPart, limits: Limits, out: Output, pause: Pause): Promise<void> {
    this.#flush();
    const { state, written } = part;
    [part.state, part.written] = [[[], []], []];
    const blocks = new StreamJoinBlocks(this.#parts, { state, written }, this.#kept, this.#segments, this.#context);
    part.leastTime = await blocks.join(limits, out, pause, (port, rows) => this.#writeRows(part, port, rows));
    for (const frame of state.flat()) this.#stateBytes -= frame.bytes;
    for (const frame of written.flatMap(({ frames }) => frames)) this.#writtenBytes -= frame?.bytes ?? 0;
    for (const frame of [...state.flat(), ...written.flatMap(({ frames }) => frames)])
      if (frame !== undefined) this.#segments.release(frame);
  }

  #stateOf(part: JoinPart): JoinPairs {
    const pairs = new JoinPairs(this.#parts);
    this.#load(part, pairs);
    for (const frame of part.state.flat()) {
      this.#stateBytes -= frame.bytes;
      this.#segments.release(frame);
    }
    part.state = [[], []];
    return pairs;
  }

  #load(part: JoinPart, pairs: JoinPairs): void {
    for (const port of [0, 1] as const)
      for (const frame of part.state[port]) {
        const { rows, times, met } = withoutTimes(this.#segments.read(frame, this.#kept[port]));
        pairs.sides[port].add(rows, times, met);
      }
  }

  /** What has come for a part, in order. It is used up. */
  *#arrivals(part: JoinPart): Generator<Arrival> {
    const [written, waiting] = [part.written, part.waiting];
    part.written = [];
    part.waiting = [];
    for (const { frames, order } of written) {
      const all = frames.map((frame, port) => frame && this.#segments.read(frame, this.#kept[port]!));
      const next = [0, 0];
      for (const { port, limits, rows } of order) {
        const from = next[port]!;
        next[port] = from + rows;
        yield {
          port,
          limits,
          rows: gatherBatch(all[port]!, rowRange(from, from + rows)),
        };
      }
      for (const frame of frames) {
        if (frame === undefined) continue;
        this.#writtenBytes -= frame.bytes;
        this.#segments.release(frame);
      }
    }
    for (const arrival of waiting) {
      this.#waitingBytes -= rowBytes(arrival.rows);
      yield arrival;
    }
  }

  #wait(whole: RecordBatch, port: 0 | 1, limits: Limits): void {
    this.#divided(whole, port, (part, rows) => {
      part.waiting.push({ port, limits, rows });
      this.#waitingBytes += rowBytes(rows);
    });
    if (this.#waitingBytes >= Math.min(MOST_WAITING, this.#context.memory.share / 16)) this.#flush();
  }

  #flush(): void {
    for (const part of leavesOf(this.#all)) {
      if (part.waiting.length === 0) continue;
      const frames = ([0, 1] as const).map((side) => {
        const batches = part.waiting.filter(({ port }) => port === side).map(({ rows }) => rows);
        if (batches.length === 0) return undefined;
        const whole = concat(this.#kept[side], batches);
        const frame = this.#segments.write(whole, rowNumbers(whole));
        this.#writtenBytes += frame.bytes;
        return frame;
      });
      const order = part.waiting.map(({ port, limits, rows }) => ({ port, limits, rows: rows.length }));
      part.written.push({ frames: [frames[0], frames[1]], order });
      for (const { rows } of part.waiting) this.#waitingBytes -= rowBytes(rows);
      part.waiting = [];
    }
  }

  #divideState(pairs: JoinPairs, port: 0 | 1): void {
    const side = pairs.sides[port];
    const numbers = side.living();
    for (let from = 0; from < numbers.length; from += PIECE * this.#all.length) {
      const { rows, times, met } = side.kept(numbers.subarray(from, from + PIECE * this.#all.length));
      this.#divided(withTimes(this.#kept[port], rows, times, met), port, (part, own) =>
        this.#writeRows(part, port, own),
      );
    }
  }

  #write(part: JoinPart, port: 0 | 1, pairs: JoinPairs): void {
    const side = pairs.sides[port];
    const numbers = side.living();
    for (let from = 0; from < numbers.length; from += PIECE) {
      const { rows, times, met } = side.kept(numbers.subarray(from, from + PIECE));
      this.#writeRows(part, port, withTimes(this.#kept[port], rows, times, met));
    }
  }

  #writeRows(part: JoinPart, port: 0 | 1, rows: RecordBatch): void {
    const frame = this.#segments.write(rows, rowNumbers(rows));
    part.state[port].push(frame);
    this.#stateBytes += frame.bytes;
  }

  #divideAgain(part: JoinPart): void {
    const below = joinPartsOf(part.level + 1, part.leastTime);
    part.below = below;
    for (const port of [0, 1] as const)
      for (const frame of part.state[port].splice(0)) {
        this.#divided(this.#segments.read(frame, this.#kept[port]), port, (own, rows) => {
          this.#writeRows(own, port, rows);
        });
        this.#stateBytes -= frame.bytes;
        this.#segments.release(frame);
      }
    for (const { port, limits, rows } of this.#arrivals(part)) this.#wait(rows, port, limits);
  }

  /** Gives each part its rows, as a copy. */
  #divided(batch: RecordBatch, port: 0 | 1, give: (part: JoinPart, rows: RecordBatch) => void): void {
    const hashes = this.#hasher.hash(this.#parts.keysOf[port](batch), batch);
    const rowsOfPart = new Map<JoinPart, number[]>();
    for (const row of rowsOf(batch)) {
      const part = leafOf(this.#all, hashes[row]!);
      const rows = rowsOfPart.get(part);
      if (rows === undefined) rowsOfPart.set(part, [row]);
      else rows.push(row);
    }
    for (const [part, rows] of rowsOfPart) give(part, gatherBatch(batch, Uint32Array.from(rows)));
  }
}
