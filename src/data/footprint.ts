import type { RecordBatch } from './batch.ts';
import type { Column } from './column.ts';

/** What a boxed cell takes beside its text or bytes. */
const CELL = 40;

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
      for (const value of column.values) {
        this.bytes += CELL;
        if (typeof value === 'string') this.bytes += value.length * 2;
        else if (value instanceof Uint8Array) this.bytes += 60 + value.length;
      }
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
