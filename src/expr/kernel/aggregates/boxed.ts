import { columnBuilder } from '../../../data/builder.ts';
import { cell } from '../../../data/cell.ts';
import type { Column } from '../../../data/column.ts';
import type { Rows } from '../../../data/hash.ts';
import type { Type } from '../../../data/types.ts';
import type { Value } from '../../../data/value.ts';
import type { Accumulator } from '../../functions/function.ts';
import type { Accumulators } from '../aggregate.ts';
import { atRow } from '../loop.ts';

/** A state: an object, its functions, and a value. */
const STATE = 640;
/** A value that a state keeps, beside its text. */
const VALUE = 32;

/** Any aggregate function, one state per group, cell by cell. */
export class BoxedAccumulators implements Accumulators {
  #states: Accumulator[] = [];
  readonly #create: () => Accumulator;
  readonly #types: readonly Type[];
  readonly #type: Type;
  /** What the states keep of the values they were given, if they keep all of them. */
  #held = 0;

  readonly #keepsAll: boolean;

  /** @param types of the arguments. @param type of the result. @param keepsAll states grow with each value. */
  constructor(create: () => Accumulator, types: readonly Type[], type: Type, keepsAll = false) {
    this.#keepsAll = keepsAll;
    this.#create = create;
    this.#types = types;
    this.#type = type;
  }

  get bytes(): number {
    return this.#states.length * STATE + this.#held;
  }

  grow(groups: number): void {
    while (this.#states.length < groups) this.#states.push(this.#create());
  }

  add(args: readonly Column[], { length, selection }: Rows, ids: Uint32Array): void {
    const count = selection?.length ?? length;
    if (this.#keepsAll) this.#held += count * VALUE + textBytes(args, { length, selection });
    for (let k = 0; k < count; k++) {
      const row = selection === undefined ? k : selection[k]!;
      const cells = args.map((column, i) => cell(column, this.#types[i]!, row));
      try {
        this.#states[ids[row]!]!.add(cells);
      } catch (error) {
        atRow(error, row);
        throw error;
      }
    }
  }

  retain(groups: Uint32Array): void {
    if (this.#states.length > 0) this.#held *= groups.length / this.#states.length;
    this.#states = Array.from(groups, (group) => this.#states[group] ?? this.#create());
  }

  /** Adds one row of boxed arguments to a group. */
  addCells(group: number, cells: readonly Value[]): void {
    this.#states[group]!.add(cells);
  }

  finish(groups: number, only?: Uint32Array): Column {
    const count = only?.length ?? groups;
    const builder = columnBuilder(this.#type, count);
    for (let i = 0; i < count; i++) builder.append(this.#states[only === undefined ? i : only[i]!]!.result());
    return builder.finish();
  }
}

/** Bytes of the TEXT among the arguments. */
function textBytes(args: readonly Column[], { length, selection }: Rows): number {
  const count = selection?.length ?? length;
  let bytes = 0;
  for (const column of args) {
    if (column.kind !== 'utf8') continue;
    for (let k = 0; k < count; k++) {
      const row = selection === undefined ? k : selection[k]!;
      bytes += column.ends[row]! - column.starts[row]!;
    }
  }
  return bytes;
}
