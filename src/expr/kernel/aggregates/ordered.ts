import { rowNumbers, rowRange, type RecordBatch } from '../../../data/batch.ts';
import type { Column } from '../../../data/column.ts';
import { Footprint } from '../../../data/footprint.ts';
import { concat, gather } from '../../../data/gather.ts';
import type { Rows } from '../../../data/hash.ts';
import { sortRows } from '../../../data/order.ts';
import type { Field, Type } from '../../../data/types.ts';
import type { SortKey } from '../../expr.ts';
import { RowError } from '../../functions/function.ts';
import type { Accumulators } from '../aggregate.ts';

/** ORDER BY inside an aggregate: keeps all rows, and hands them on in order at the end. */
export class Ordered {
  readonly #schema: readonly Field[];
  readonly #keys: readonly SortKey[];
  #kept: RecordBatch[] = [];
  readonly #footprint = new Footprint();

  /** @param types of the arguments. */
  constructor(types: readonly Type[], keys: readonly SortKey[]) {
    this.#keys = keys;
    const all: Type[] = ['INTEGER', ...types, ...keys.map((key) => key.expr.type)];
    this.#schema = all.map((type, i) => ({ name: String(i), type }));
  }

  get bytes(): number {
    return this.#footprint.bytes;
  }

  keep(args: readonly Column[], keys: readonly Column[], rows: Rows, ids: Uint32Array): void {
    const groups: Column = { kind: 'f64', values: Float64Array.from(ids), nulls: undefined };
    const selection = rowNumbers(rows);
    const columns = [groups, ...args, ...keys].map((column) => gather(column, selection));
    const kept = { schema: this.#schema, length: selection.length, columns };
    this.#kept.push(kept);
    this.#footprint.add(kept);
  }

  /** Forgets the rows of all groups but these, which get new numbers: their places in `groups`. */
  retain(groups: Uint32Array): void {
    const { length, columns, ...rest } = concat(this.#schema, this.#kept);
    const numbers = new Map(Array.from(groups, (group, i) => [group, i]));
    const own = (columns[0] as { readonly values: Float64Array }).values;
    const rows = rowRange(0, length).filter((row) => numbers.has(own[row]!));
    const ids: Column = {
      kind: 'f64',
      values: Float64Array.from(rows, (row) => numbers.get(own[row]!)!),
      nulls: undefined,
    };
    const kept = { ...rest, length: rows.length, columns: [ids, ...columns.slice(1).map((c) => gather(c, rows))] };
    this.#kept = kept.length > 0 ? [kept] : [];
    this.#footprint.clear();
    this.#footprint.add(kept);
  }

  /** Adds all rows so far, in order, to fresh states. */
  flush(into: Accumulators): void {
    if (this.#kept.length === 0) return;
    const { length, columns } = concat(this.#schema, this.#kept);
    const [groups, ...rest] = columns;
    const argCount = rest.length - this.#keys.length;
    const order = sortRows(
      this.#keys.map(({ expr, descending, nullsFirst, collation }, k) => ({
        column: rest[argCount + k]!,
        type: expr.type,
        descending,
        nullsFirst,
        collation,
      })),
      length,
    );
    const ids = Uint32Array.from((gather(groups!, order) as { values: Float64Array }).values);
    const args = rest.slice(0, argCount).map((column) => gather(column, order));
    try {
      into.add(args, { length }, ids);
    } catch (error) {
      // Its place in the sorted rows is no row of any batch.
      if (error instanceof RowError) delete error.row;
      throw error;
    }
  }
}
