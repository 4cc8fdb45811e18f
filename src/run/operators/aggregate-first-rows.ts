import { rowNumbers, type RecordBatch } from '../../data/batch.ts';
import type { Column } from '../../data/column.ts';
import { NO_ROW } from '../../data/gather.ts';
import type { Rows } from '../../data/hash.ts';
import type { Schema } from '../../data/types.ts';
import { DistinctRows } from '../../expr/kernel/aggregates/distinct.ts';
import type { RunContext } from '../context.ts';
import type { Account } from '../memory.ts';
import { DistinctKeys } from './distinct.ts';
import { KeyedSpill } from './keyed-spill.ts';

/**
 * DISTINCT inside of an aggregate: the first rows of their group with their values. When the memory does not hold more
 * values, rows with values that are not there wait for the end in a scratch file.
 */
export class FirstRows {
  readonly #schema: Schema;
  readonly #args: number;
  readonly #context: RunContext;
  readonly #account: Account;
  #known: DistinctRows | undefined;
  #spill: KeyedSpill | undefined;

  /** @param schema group, arguments, and what else belongs to a row. @param args how many arguments. */
  constructor(schema: Schema, args: number, context: RunContext) {
    this.#schema = schema;
    this.#args = args;
    this.#context = context;
    this.#account = context.memory.open();
    this.#known = new DistinctRows(schema.slice(1, args + 1));
  }

  /** @param columns by the schema. @returns which of the rows are first ones; of those that wait that is not known. */
  of(columns: readonly Column[], rows: Rows, ids: Uint32Array): Uint32Array {
    const args = columns.slice(1, this.#args + 1);
    if (this.#spill === undefined) {
      const first = this.#known!.firstRows(args, rows, ids);
      if (this.#account.hold(this.#known!.bytes + this.#known!.growth)) {
        const positions = Array.from({ length: this.#args + 1 }, (_, i) => i);
        const make = (): DistinctKeys => new DistinctKeys(this.#schema, positions);
        this.#spill = new KeyedSpill(this.#schema, positions, make, this.#context);
      }
      return first;
    }
    const found = this.#known!.find(args, rows, ids);
    const all = rowNumbers(rows);
    const selection = all.filter((row) => found[row] === NO_ROW);
    this.#spill.keep({ schema: this.#schema, length: rows.length, columns, selection });
    return new Uint32Array(0);
  }

  /** Hands on the first rows of those that wait, in their order. */
  async end(take: (batch: RecordBatch) => void): Promise<void> {
    // Those have other values.
    this.#known = undefined;
    this.#account.close();
    await this.#spill?.emit({ emit: take, watermark: () => undefined, full: false });
    this.close();
  }

  close(): void {
    this.#account.close();
    this.#spill?.close();
  }
}
