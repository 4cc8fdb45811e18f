import type { Column } from '../../../data/column.ts';
import type { Rows } from '../../../data/hash.ts';
import type { Accumulators } from '../aggregate.ts';

/** count(*), and count(x): rows where x is not NULL. */
export class Counts implements Accumulators {
  #counts = new Float64Array(16);

  grow(groups: number): void {
    this.#counts = grown(this.#counts, groups);
  }

  get bytes(): number {
    return this.#counts.byteLength;
  }

  add([column]: readonly Column[], { length, selection }: Rows, ids: Uint32Array): void {
    const counts = this.#counts;
    const count = selection?.length ?? length;
    const nulls = column === undefined || column.kind === 'any' ? undefined : column.nulls;
    const values = column?.kind === 'any' ? column.values : undefined;
    for (let k = 0; k < count; k++) {
      const row = selection === undefined ? k : selection[k]!;
      if (nulls !== undefined && (nulls[row >> 3]! & (1 << (row & 7))) !== 0) continue;
      if (values !== undefined && (values[row] ?? null) === null) continue;
      counts[ids[row]!]!++;
    }
  }

  retain(groups: Uint32Array): void {
    this.#counts = retained(this.#counts, groups);
  }

  finish(groups: number, only?: Uint32Array): Column {
    const values =
      only === undefined ? this.#counts.slice(0, groups) : Float64Array.from(only, (group) => this.#counts[group]!);
    return { kind: 'f64', values, nulls: undefined };
  }
}

/** Those cells as a new array. */
export function retained<A extends Float64Array | Uint8Array>(array: A, cells: Uint32Array): A {
  const copy = new (array.constructor as new (length: number) => A)(Math.max(cells.length, 16));
  for (let i = 0; i < cells.length; i++) copy[i] = array[cells[i]!]!;
  return copy;
}

/** The same array, or a larger copy that has room for so many groups. */
export function grown<A extends Float64Array | Uint8Array>(array: A, groups: number): A {
  if (groups <= array.length) return array;
  const copy = new (array.constructor as new (length: number) => A)(Math.max(groups, array.length * 2));
  copy.set(array);
  return copy;
}
