import { columnBuilder } from '../../../data/builder.ts';
import { cell } from '../../../data/cell.ts';
import type { Column } from '../../../data/column.ts';
import type { Rows } from '../../../data/hash.ts';
import type { Type } from '../../../data/types.ts';
import type { Value } from '../../../data/value.ts';
import type { Accumulator } from '../../functions/function.ts';
import type { Accumulators } from '../aggregate.ts';
import { atRow } from '../loop.ts';

/** Any aggregate function, one state per group, cell by cell. */
export class BoxedAccumulators implements Accumulators {
  readonly #states: Accumulator[] = [];
  readonly #create: () => Accumulator;
  readonly #types: readonly Type[];
  readonly #type: Type;

  /** @param types of the arguments. @param type of the result. */
  constructor(create: () => Accumulator, types: readonly Type[], type: Type) {
    this.#create = create;
    this.#types = types;
    this.#type = type;
  }

  grow(groups: number): void {
    while (this.#states.length < groups) this.#states.push(this.#create());
  }

  add(args: readonly Column[], { length, selection }: Rows, ids: Uint32Array): void {
    const count = selection?.length ?? length;
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
