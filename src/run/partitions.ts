import { rowCount, rowRange, type RecordBatch } from '../data/batch.ts';
import { concat, gatherBatch } from '../data/gather.ts';
import type { Schema } from '../data/types.ts';
import type { RunContext } from './context.ts';
import { Scratch, type Frame } from './scratch.ts';

/** Into so many parts rows are divided at once. */
const PARTS = 32;
/** Most bytes that wait until they are worth writing. */
const MOST_WAITING = 1 << 24;

/** Parts of parts are made up to this depth; rows that are still together then have equal hashes, or nearly so. */
export const DEEPEST = 6;

/** The part of its level that a hash is in: those of a part of one level are spread over all parts of the next. */
export function partOf(hash: number, level: number): number {
  const salted = hash ^ Math.imul(level + 1, 0x9e3779b1);
  return Math.imul(salted ^ (salted >>> 15), 0x85ebca6b) >>> 27;
}

/** What rows are divided into, part by part: each of them may be divided again. */
interface Tree<T> {
  readonly level: number;
  readonly below: readonly T[] | undefined;
}

/** The part that rows with this hash are in. */
export function leafOf<T extends Tree<T>>(parts: readonly T[], hash: number): T {
  const part = parts[partOf(hash, parts[0]!.level)]!;
  return part.below === undefined ? part : leafOf(part.below, hash);
}

/** Rows divided by the hashes of their keys, in a scratch file; those of a part stay in their order. */
export class Partitions {
  readonly #schema: Schema;
  readonly #scratch: Scratch;
  readonly #level: number;
  readonly #most: number;
  readonly #frames: Frame[][] = Array.from({ length: PARTS }, () => []);
  /** Batches whose rows are in the order of their parts, and where each part begins. */
  #waiting: { readonly batch: RecordBatch; readonly starts: Uint32Array }[] = [];
  #waitingBytes = 0;

  /** @param level 0 for rows that come from an input; one more for those of a part of other partitions. */
  constructor(schema: Schema, level: number, context: RunContext) {
    this.#schema = schema;
    this.#level = level;
    this.#most = Math.min(MOST_WAITING, context.memory.share / 16);
    this.#scratch = new Scratch(context);
  }

  get deeper(): boolean {
    return this.#level < DEEPEST;
  }

  /** @param hashes by physical row. The batch is copied. */
  add(batch: RecordBatch, hashes: Uint32Array): void {
    if (rowCount(batch) === 0) return;
    const { order, starts } = this.#divided(batch, hashes);
    const gathered = gatherBatch(batch, order);
    this.#waiting.push({ batch: gathered, starts });
    this.#waitingBytes += bytesOf(gathered);
    if (this.#waitingBytes >= this.#most) this.#flush();
  }

  /** The parts that have rows. */
  *parts(): Generator<Iterable<RecordBatch>> {
    this.#flush();
    for (const frames of this.#frames) if (frames.length > 0) yield this.#read(frames);
  }

  /** By number of the part; what was given for `other` partitions of the same level belongs together with this. */
  part(part: number): Iterable<RecordBatch> {
    this.#flush();
    return this.#read(this.#frames[part]!);
  }

  static get count(): number {
    return PARTS;
  }

  close(): void {
    this.#waiting = [];
    this.#scratch.close();
  }

  *#read(frames: readonly Frame[]): Generator<RecordBatch> {
    for (const frame of frames) yield this.#scratch.read(frame, this.#schema);
  }

  #divided(batch: RecordBatch, hashes: Uint32Array): { order: Uint32Array; starts: Uint32Array } {
    const { length, selection } = batch;
    const count = selection?.length ?? length;
    const parts = new Uint8Array(count);
    const starts = new Uint32Array(PARTS + 1);
    for (let k = 0; k < count; k++) {
      const part = partOf(hashes[selection === undefined ? k : selection[k]!]!, this.#level);
      parts[k] = part;
      starts[part + 1]!++;
    }
    for (let part = 0; part < PARTS; part++) starts[part + 1]! += starts[part]!;
    const next = starts.slice();
    const order = new Uint32Array(count);
    for (let k = 0; k < count; k++) order[next[parts[k]!]!++] = selection === undefined ? k : selection[k]!;
    return { order, starts };
  }

  #flush(): void {
    const waiting = this.#waiting;
    if (waiting.length === 0) return;
    this.#waiting = [];
    this.#waitingBytes = 0;
    const most = Math.max(...waiting.map(({ batch }) => batch.length));
    const all = rowRange(0, most);
    for (let part = 0; part < PARTS; part++) {
      const pieces = waiting.flatMap(({ batch, starts }): RecordBatch[] => {
        const selection = all.subarray(starts[part], starts[part + 1]);
        return selection.length === 0 ? [] : [{ ...batch, selection }];
      });
      if (pieces.length === 0) continue;
      const whole = concat(this.#schema, pieces);
      const rows = rowRange(0, whole.length);
      this.#frames[part]!.push(this.#scratch.write(whole, rows));
    }
  }
}

/** Of a batch that shares nothing. */
function bytesOf({ columns, length }: RecordBatch): number {
  let bytes = 0;
  for (const column of columns)
    bytes +=
      column.kind === 'any' ? length * 40 : column.kind === 'utf8' ? column.bytes.length + length * 8 : length * 8;
  return bytes;
}
