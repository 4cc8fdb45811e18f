import { copyBytes } from '../bytes.ts';
import { newNulls, setNull, type Utf8Column } from '../column.ts';
import { growthOf } from '../footprint.ts';
import { NO_ROW } from '../gather.ts';
import type { Rows } from '../hash.ts';

/**
 * Distinct byte strings, numbered as they come. The bytes are kept in one arena; a slot of the table holds a hash and
 * the number, side by side for the cache's sake. Open addressing with linear probing, at most half full.
 */
export class BytesIndex {
  size = 0;
  #mask = 1023;
  /** Pairs: hash, number + 1 (0 is empty). */
  #slots = new Int32Array(2048);
  /** Key `id` is `arena[starts[id] .. starts[id + 1])`. */
  #starts = new Float64Array(513);
  #arena = Buffer.allocUnsafeSlow(1 << 14);
  /** Number of the key NULL (of `runText`), once there is one. It takes no slot. */
  #null = -1;

  /** What it takes. */
  get bytes(): number {
    return this.#slots.byteLength + this.#starts.byteLength + this.#arena.length;
  }

  /** What it will take on top for a moment, where it is about to grow. */
  get growth(): number {
    return (
      growthOf(this.#slots.byteLength, this.size * 2, this.#mask) +
      growthOf(this.#starts.byteLength, this.size, this.#starts.length) +
      growthOf(this.#arena.length, this.#starts[this.size]!, this.#arena.length)
    );
  }

  /** Number of the key `bytes[start .. end)`; `NO_ROW` for an unknown one unless `insert`. */
  look(bytes: Uint8Array, start: number, end: number, insert: boolean): number {
    const hash = hashBytes(bytes, start, end);
    const length = end - start;
    const slots = this.#slots;
    const mask = this.#mask;
    let slot = hash & mask;
    for (;;) {
      const id = slots[slot * 2 + 1]! - 1;
      if (id < 0) break;
      if (slots[slot * 2] === hash) {
        const at = this.#starts[id]!;
        if (this.#starts[id + 1]! - at === length) {
          const arena = this.#arena;
          let j = 0;
          while (j < length && arena[at + j] === bytes[start + j]) j++;
          if (j === length) return id;
        }
      }
      slot = (slot + 1) & mask;
    }
    if (!insert) return NO_ROW;
    const id = this.#add(bytes, start, end);
    slots[slot * 2] = hash;
    slots[slot * 2 + 1] = id + 1;
    if (this.size * 2 > mask) this.#grow();
    return id;
  }

  /** Numbers the cells of a TEXT column as they are (BINARY). */
  runText(column: Utf8Column, rows: Rows, insert: boolean, out: Uint32Array): void {
    const { bytes, starts, ends, nulls } = column;
    const { length, selection } = rows;
    const count = selection?.length ?? length;
    for (let k = 0; k < count; k++) {
      const row = selection === undefined ? k : selection[k]!;
      if (nulls !== undefined && (nulls[row >> 3]! & (1 << (row & 7))) !== 0) {
        if (this.#null < 0 && insert) this.#null = this.#add(bytes, 0, 0);
        out[row] = this.#null < 0 ? NO_ROW : this.#null;
      } else out[row] = this.look(bytes, starts[row]!, ends[row]!, insert);
    }
  }

  /** The keys that `runText` has numbered, in order. */
  textColumn(): Utf8Column {
    let nulls: Uint8Array | undefined;
    if (this.#null >= 0) setNull((nulls = newNulls(this.size)), this.#null);
    const offsets = Uint32Array.from(this.#starts.subarray(0, this.size + 1));
    const bytes = Buffer.from(this.#arena.subarray(0, offsets[this.size]));
    return { kind: 'utf8', bytes, starts: offsets.subarray(0, this.size), ends: offsets.subarray(1), nulls };
  }

  #add(bytes: Uint8Array, start: number, end: number): number {
    const at = this.#starts[this.size]!;
    const after = at + end - start;
    if (after > this.#arena.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(after, this.#arena.length * 2));
      this.#arena.copy(grown, 0, 0, at);
      this.#arena = grown;
    }
    copyBytes(bytes, start, end, this.#arena, at);
    if (this.size + 1 === this.#starts.length) {
      const grown = new Float64Array(this.#starts.length * 2);
      grown.set(this.#starts);
      this.#starts = grown;
    }
    this.#starts[this.size + 1] = after;
    return this.size++;
  }

  #grow(): void {
    const old = this.#slots;
    const mask = (this.#mask = this.#mask * 2 + 1);
    const slots = (this.#slots = new Int32Array((mask + 1) * 2));
    for (let i = 0; i < old.length; i += 2) {
      if (old[i + 1] === 0) continue;
      let slot = old[i]! & mask;
      while (slots[slot * 2 + 1] !== 0) slot = (slot + 1) & mask;
      slots[slot * 2] = old[i]!;
      slots[slot * 2 + 1] = old[i + 1]!;
    }
  }
}

/** Four bytes a step: the multiplication, not the reading, is what a byte-wise FNV waits for. */
export function hashBytes(bytes: Uint8Array, start: number, end: number): number {
  let h = end - start;
  let i = start;
  for (; i + 4 <= end; i += 4) {
    const word = bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24);
    h = Math.imul(h ^ word, 0x9e3779b1);
    h ^= h >>> 15;
  }
  for (; i < end; i++) h = Math.imul(h ^ bytes[i]!, 0x01000193);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  return h ^ (h >>> 13);
}
