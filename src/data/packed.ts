import type { RecordBatch } from './batch.ts';
import { copyBytes } from './bytes.ts';
import { isNull, newNulls, setNull, type Column, type Nulls } from './column.ts';
import { packCells, unpackCells } from './packed-cells.ts';
import type { Schema } from './types.ts';

const KINDS = ['f64', 'i64', 'bool', 'utf8', 'any'] as const;
/** Added to the number of the kind where a bitmap of NULLs follows. */
const HAS_NULLS = 8;

/**
 * Writes rows as bytes for this process to read again soon: arrays as they lie in memory, each at a multiple of 8, which
 * costs a copy and no more. Nothing is checked on the way back: for what comes from elsewhere there is `codec.ts`.
 */
export class Packer {
  #space = new ArrayBuffer(1 << 16);
  #used = 0;

  /** The given rows of a batch, in that order. @returns bytes that are good until the next call. */
  pack(batch: RecordBatch, rows: Uint32Array): Uint8Array {
    this.#used = 0;
    this.#number(rows.length);
    for (const column of batch.columns) this.#column(column, rows);
    return new Uint8Array(this.#space, 0, this.#used);
  }

  #column(column: Column, rows: Uint32Array): void {
    const n = rows.length;
    const nulls = column.kind === 'any' ? undefined : nullsOf(column.nulls, rows);
    this.#number(KINDS.indexOf(column.kind) + (nulls === undefined ? 0 : HAS_NULLS));
    if (nulls !== undefined) this.#bytes(nulls);
    switch (column.kind) {
      case 'f64': {
        const values = new Float64Array(...this.#room(n, 8));
        for (let i = 0; i < n; i++) values[i] = column.values[rows[i]!]!;
        return;
      }
      case 'i64': {
        const values = new BigInt64Array(...this.#room(n, 8));
        for (let i = 0; i < n; i++) values[i] = column.values[rows[i]!]!;
        return;
      }
      case 'bool': {
        const values = new Uint8Array(...this.#room(n, 1));
        for (let i = 0; i < n; i++) values[i] = column.values[rows[i]!]!;
        return;
      }
      case 'utf8': {
        const { bytes, starts, ends } = column;
        // Cells that are NULL may point anywhere.
        const isGone = (i: number): boolean => nulls !== undefined && isNull(nulls, i);
        let size = 0;
        for (let i = 0; i < n; i++) if (!isGone(i)) size += ends[rows[i]!]! - starts[rows[i]!]!;
        this.#number(size);
        // Room for both, or the second would move the first.
        this.#reserve(n * 4 + size + 24);
        const offsets = new Uint32Array(...this.#room(n + 1, 4));
        const text = new Uint8Array(...this.#room(size, 1));
        let at = 0;
        offsets[0] = 0;
        for (let i = 0; i < n; i++) {
          const row = rows[i]!;
          if (!isGone(i)) {
            copyBytes(bytes, starts[row]!, ends[row]!, text, at);
            at += ends[row]! - starts[row]!;
          }
          offsets[i + 1] = at;
        }
        return;
      }
      case 'any': {
        const { t, r, i, o, d } = packCells(rows, column.values);
        for (const part of [r, i, o, d]) this.#number(part.length);
        for (const part of [t, r, i, o, d]) this.#bytes(new Uint8Array(part.buffer, part.byteOffset, part.byteLength));
      }
    }
  }

  #number(n: number): void {
    new Float64Array(...this.#room(1, 8))[0] = n;
  }

  #bytes(bytes: Uint8Array): void {
    new Uint8Array(...this.#room(bytes.length, 1)).set(bytes);
  }

  #reserve(more: number): void {
    const size = this.#used + more;
    if (size <= this.#space.byteLength) return;
    const grown = new ArrayBuffer(size * 2);
    new Uint8Array(grown).set(new Uint8Array(this.#space));
    this.#space = grown;
  }

  /** Where the next array of `n` elements goes. */
  #room(n: number, size: number): [ArrayBuffer, number, number] {
    const at = this.#used;
    this.#used = (at + n * size + 7) & ~7;
    this.#reserve(0);
    return [this.#space, at, n];
  }
}

/** The rows that `pack` was given, as views into `space`, which nobody may write to any more. */
export function unpack(space: ArrayBuffer, schema: Schema): RecordBatch {
  const reader = new Reader(space);
  const length = reader.number();
  return { schema, length, columns: schema.map(() => reader.column(length)) };
}

class Reader {
  readonly #space: ArrayBuffer;
  #at = 0;

  constructor(space: ArrayBuffer) {
    this.#space = space;
  }

  column(n: number): Column {
    const tag = this.number();
    const nulls: Nulls = tag >= HAS_NULLS ? new Uint8Array(...this.#next((n + 7) >> 3, 1)) : undefined;
    const kind = KINDS[tag & (HAS_NULLS - 1)]!;
    switch (kind) {
      case 'f64':
        return { kind, values: new Float64Array(...this.#next(n, 8)), nulls };
      case 'i64':
        return { kind, values: new BigInt64Array(...this.#next(n, 8)), nulls };
      case 'bool':
        return { kind, values: new Uint8Array(...this.#next(n, 1)), nulls };
      case 'utf8': {
        const size = this.number();
        const offsets = new Uint32Array(...this.#next(n + 1, 4));
        const bytes = Buffer.from(...this.#next(size, 1));
        return { kind, bytes, starts: offsets.subarray(0, n), ends: offsets.subarray(1), nulls };
      }
      case 'any': {
        const [r, i, o, d] = [this.number(), this.number(), this.number(), this.number()];
        const values = unpackCells({
          t: new Uint8Array(...this.#next(n, 1)),
          r: new Float64Array(...this.#next(r, 8)),
          i: new BigInt64Array(...this.#next(i, 8)),
          o: new Uint32Array(...this.#next(o, 4)),
          d: new Uint8Array(...this.#next(d, 1)),
        });
        return { kind, values };
      }
    }
  }

  number(): number {
    return new Float64Array(...this.#next(1, 8))[0]!;
  }

  #next(n: number, size: number): [ArrayBuffer, number, number] {
    const at = this.#at;
    this.#at = (at + n * size + 7) & ~7;
    return [this.#space, at, n];
  }
}

function nullsOf(nulls: Nulls, rows: Uint32Array): Nulls {
  if (nulls === undefined) return undefined;
  const found = newNulls(rows.length);
  let some = false;
  for (let i = 0; i < rows.length; i++) {
    if (!isNull(nulls, rows[i]!)) continue;
    setNull(found, i);
    some = true;
  }
  return some ? found : undefined;
}
