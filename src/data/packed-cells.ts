import { bufferOf } from './cell.ts';
import type { Value } from './value.ts';

const CLASS = { NULL: 0, INTEGER: 1, REAL: 2, TEXT: 3, BLOB: 4 } as const;

/** Boxed cells as arrays of numbers, which keep -0.0 and the difference of 7 and 7.0. */
export interface PackedCells {
  /** Class of each cell. */
  readonly t: Uint8Array;
  /** The REAL and the INTEGER cells, in order. */
  readonly r: Float64Array;
  readonly i: BigInt64Array;
  /** The TEXT and BLOB cells: the k-th is `d[o[k] .. o[k + 1])`. */
  readonly o: Uint32Array;
  readonly d: Uint8Array;
}

export function packCells(rows: Uint32Array, values: readonly Value[]): PackedCells {
  const t = new Uint8Array(rows.length);
  const reals: number[] = [];
  const integers: bigint[] = [];
  const blobs: Uint8Array[] = [];
  const o = [0];
  rows.forEach((row, k) => {
    const value = values[row] ?? null;
    if (value === null) t[k] = CLASS.NULL;
    else if (typeof value === 'bigint') {
      t[k] = CLASS.INTEGER;
      integers.push(value);
    } else if (typeof value === 'number') {
      t[k] = CLASS.REAL;
      reals.push(value);
    } else {
      t[k] = typeof value === 'string' ? CLASS.TEXT : CLASS.BLOB;
      const bytes = typeof value === 'string' ? Buffer.from(value) : value;
      blobs.push(bytes);
      o.push(o.at(-1)! + bytes.length);
    }
  });
  const d = Buffer.concat(blobs);
  return { t, r: Float64Array.from(reals), i: BigInt64Array.from(integers), o: Uint32Array.from(o), d };
}

/** Why arrays are no packed cells; undefined if they are. The offsets are not looked at. */
export function unpackable({ t, r, i }: PackedCells): string | undefined {
  if (t.some((tag) => tag > CLASS.BLOB)) return 'has a cell of an unknown class';
  const count = (wanted: number): number => t.reduce((sum, tag) => sum + (wanted === tag ? 1 : 0), 0);
  return r.length !== count(CLASS.REAL) || i.length !== count(CLASS.INTEGER) ? 'lacks some of its cells' : undefined;
}

/** How many of the cells are TEXT or BLOB. */
export const blobCount = (t: Uint8Array): number =>
  t.reduce((sum, tag) => sum + (tag === CLASS.TEXT || tag === CLASS.BLOB ? 1 : 0), 0);

export function unpackCells({ t, r, i, o, d }: PackedCells): Value[] {
  let real = 0;
  let integer = 0;
  let blob = 0;
  return Array.from(t, (tag): Value => {
    switch (tag) {
      case CLASS.NULL:
        return null;
      case CLASS.INTEGER:
        return i[integer++]!;
      case CLASS.REAL:
        return r[real++]!;
      default: {
        const part = d.subarray(o[blob], o[++blob]);
        return tag === CLASS.TEXT ? bufferOf(part).toString('utf8') : Uint8Array.from(part);
      }
    }
  });
}
