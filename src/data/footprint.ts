import { rowsOf, type RecordBatch } from './batch.ts';
import type { Column } from './column.ts';
import type { Value } from './value.ts';

/** What a boxed cell takes beside its text or bytes: its place in an array that grows by half, and an object. */
const PLACE = 12;
const OBJECT = 24;
const VIEW = 200;
/** Objects that are dead stay a while: so much more than what is alive is there before it is collected. */
const GARBAGE = 2;

/** About what a boxed cell takes. */
export function boxedBytes(value: Value): number {
  if (value === null) return PLACE;
  if (typeof value === 'string') return (PLACE + OBJECT + value.length) * GARBAGE;
  return (PLACE + (typeof value === 'object' ? VIEW + value.length : OBJECT)) * GARBAGE;
}

/** From here on an array is taken to grow soon. */
const NEARLY_FULL = 0.94;

/**
 * Bytes of memory that batches keep alive, counted once where they share buffers: TEXT is views into the memory of the
 * source, all of which stays as long as one view does.
 */
export class Footprint {
  bytes = 0;
  #seen = new Set<ArrayBufferLike>();

  add(batch: RecordBatch): void {
    for (const column of batch.columns) this.#column(column);
    if (batch.selection !== undefined) this.#buffer(batch.selection);
  }

  clear(): void {
    this.bytes = 0;
    this.#seen = new Set();
  }

  #column(column: Column): void {
    if (column.kind === 'any') {
      for (const value of column.values) this.bytes += boxedBytes(value ?? null);
      return;
    }
    if (column.nulls !== undefined) this.#buffer(column.nulls);
    if (column.kind !== 'utf8') return this.#buffer(column.values);
    this.#buffer(column.starts);
    this.#buffer(column.ends);
    this.#buffer(column.bytes);
  }

  #buffer({ buffer }: ArrayBufferView): void {
    if (this.#seen.has(buffer)) return;
    this.#seen.add(buffer);
    this.bytes += buffer.byteLength;
  }
}

/**
 * What an array that grows by doubling will take on top for a moment, since both are there while one becomes the other:
 * 0 as long as there is room for another batch.
 *
 * @param bytes of the array. @param used of its `room`, in any unit.
 */
export const growthOf = (bytes: number, used: number, room: number): number =>
  used > room * NEARLY_FULL ? bytes * 2 : 0;

/** About what the rows of a batch take if they are kept, without what else their buffers hold. */
export function rowBytes(batch: RecordBatch): number {
  const rows = batch.selection?.length ?? batch.length;
  let bytes = 0;
  for (const column of batch.columns) {
    if (column.kind !== 'any' && column.kind !== 'utf8') bytes += rows * 8;
    else
      for (const row of rowsOf(batch))
        bytes +=
          column.kind === 'any' ? boxedBytes(column.values[row] ?? null) : 8 + column.ends[row]! - column.starts[row]!;
  }
  return bytes;
}
