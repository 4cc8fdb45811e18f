import { columnBuilder } from '../../data/builder.ts';
import type { ColumnBuilder } from '../../data/column-builder.ts';
import { cell } from '../../data/cell.ts';
import type { Column } from '../../data/column.ts';
import type { Type } from '../../data/types.ts';
import type { Value } from '../../data/value.ts';
import type { Accumulator } from '../../expr/functions/function.ts';
import type { Argument } from './over-value.ts';
import type { Sliding } from './over-slide.ts';

/** Any aggregate function, cell by cell. It lets no row go, so a frame that moves is computed anew each time. */
export class Boxed implements Sliding {
  readonly #create: () => Accumulator;
  readonly #args: readonly Argument[];
  readonly #out: ColumnBuilder;
  #state: Accumulator;
  /** The result, until another row comes. */
  #result: Value | undefined;

  constructor(create: () => Accumulator, args: readonly Argument[], rows: number, type: Type) {
    this.#create = create;
    this.#state = create();
    this.#args = args;
    this.#out = columnBuilder(type, rows);
  }
  reset(): void {
    this.#state = this.#create();
    this.#result = undefined;
  }
  step(row: number): void {
    this.#state.add(this.#args.map(({ column, type }) => cell(column, type, row)));
    this.#result = undefined;
  }
  emit(): void {
    if (this.#result === undefined) this.#result = this.#state.result();
    this.#out.append(this.#result);
  }
  finish(): Column {
    return this.#out.finish();
  }
}
