import type { Column } from '../column.ts';
import type { KeyColumn, Rows } from '../hash.ts';
import type { Type } from '../types.ts';
import { hashBytes } from './bytes-index.ts';
import { KeyWriter } from './key-bytes.ts';

/** Hashes of keys that a `KeyTable` holds equal are the same, whatever columns the keys come in. */
export class RowHasher {
  readonly #keys: readonly KeyColumn[];
  readonly #writer: KeyWriter;

  constructor(keys: readonly KeyColumn[]) {
    this.#keys = keys;
    this.#writer = new KeyWriter(keys);
  }

  /** @returns by physical row. */
  hash(columns: readonly Column[], { length, selection }: Rows, types?: readonly Type[]): Uint32Array {
    const out = new Uint32Array(length);
    const writer = this.#writer;
    writer.open(columns, types ?? this.#keys.map((key) => key.type));
    const count = selection?.length ?? length;
    for (let k = 0; k < count; k++) {
      const row = selection === undefined ? k : selection[k]!;
      // The index of a table has the same hash: its keys, if parted by that alone, would crowd in a part of its slots.
      const end = writer.write(row);
      out[row] = Math.imul(hashBytes(writer.bytes, 0, end) ^ 0x5bd1e995, 0x27d4eb2f);
    }
    return out;
  }
}
