import { newNulls, setNull, type Column, type Nulls } from '../column.ts';
import { growthOf } from '../footprint.ts';
import { NO_ROW } from '../gather.ts';
import type { Rows } from '../hash.ts';
import type { Type } from '../types.ts';

/** Distinct numbers, numbered as they come; open addressing with linear probing, at most half full. */
export class NumberIndex {
  size = 0;
  #slots = new Int32Array(1024).fill(-1);
  #mask = 1023;
  /** By number of the key. */
  #keys = new Float64Array(512);
  /** Number of the key NULL, once there is one. */
  #null = -1;

  /** What it takes. */
  get bytes(): number {
    return this.#slots.byteLength + this.#keys.byteLength;
  }

  /** What it will take on top for a moment, where it is about to grow. */
  get growth(): number {
    return (
      growthOf(this.#slots.byteLength, this.size * 2, this.#mask) +
      growthOf(this.#keys.byteLength, this.size, this.#keys.length)
    );
  }

  /** Writes the number of each row's key to `out`; `NO_ROW` for unknown ones unless `insert`. */
  run(values: Float64Array | Uint8Array, nulls: Nulls, rows: Rows, insert: boolean, out: Uint32Array): void {
    const { length, selection } = rows;
    const count = selection?.length ?? length;
    for (let k = 0; k < count; k++) {
      const row = selection === undefined ? k : selection[k]!;
      if (nulls !== undefined && (nulls[row >> 3]! & (1 << (row & 7))) !== 0) {
        if (this.#null < 0 && insert) this.#null = this.#add(0);
        out[row] = this.#null < 0 ? NO_ROW : this.#null;
        continue;
      }
      const value = values[row]!;
      let slot = hashNumber(value) & this.#mask;
      let id = this.#slots[slot]!;
      while (id >= 0 && (this.#keys[id] !== value || id === this.#null)) {
        slot = (slot + 1) & this.#mask;
        id = this.#slots[slot]!;
      }
      if (id < 0 && insert) {
        id = this.#add(value);
        this.#slots[slot] = id;
        if (this.size * 2 > this.#mask) this.#grow();
      }
      out[row] = id < 0 ? NO_ROW : id;
    }
  }

  /** The keys in order, each as it first came. */
  column(type: Type): Column {
    let nulls: Uint8Array | undefined;
    if (this.#null >= 0) setNull((nulls = newNulls(this.size)), this.#null);
    const values = this.#keys.slice(0, this.size);
    return type === 'BOOLEAN'
      ? { kind: 'bool', values: Uint8Array.from(values), nulls }
      : { kind: 'f64', values, nulls };
  }

  #add(value: number): number {
    if (this.size === this.#keys.length) {
      const grown = new Float64Array(this.size * 2);
      grown.set(this.#keys);
      this.#keys = grown;
    }
    this.#keys[this.size] = value;
    return this.size++;
  }

  #grow(): void {
    this.#mask = this.#mask * 2 + 1;
    this.#slots = new Int32Array(this.#mask + 1).fill(-1);
    for (let id = 0; id < this.size; id++) {
      if (id === this.#null) continue;
      let slot = hashNumber(this.#keys[id]!) & this.#mask;
      while (this.#slots[slot]! >= 0) slot = (slot + 1) & this.#mask;
      this.#slots[slot] = id;
    }
  }
}

const float = new Float64Array(1);
const words = new Uint32Array(float.buffer);

/** -0 and 0 have one hash. */
function hashNumber(value: number): number {
  let h = value | 0;
  if (h !== value) {
    float[0] = value;
    h = words[0]! ^ Math.imul(words[1]!, 0x85ebca6b);
  }
  h = Math.imul(h ^ (h >>> 16), 0x9e3779b1);
  return h ^ (h >>> 15);
}
