import { rowRange } from '../../../data/batch.ts';
import type { Column } from '../../../data/column.ts';
import { NO_ROW } from '../../../data/gather.ts';
import { KeyTable, type KeyColumn, type Rows } from '../../../data/hash.ts';

/** DISTINCT inside an aggregate: which rows are the first of their group with their values. */
export class DistinctRows {
  readonly #keys: readonly KeyColumn[];
  /** Values of group 0 alone, as long as no other group came: its keys have a fast table. */
  #values: KeyTable | undefined;
  /** Group and values. */
  #pairs: KeyTable | undefined;

  constructor(keys: readonly KeyColumn[]) {
    this.#keys = keys;
    this.#values = new KeyTable(keys);
  }

  get bytes(): number {
    return (this.#values ?? this.#pairs!).bytes;
  }

  /** What they will take on top for a moment, where they are about to grow. */
  get growth(): number {
    return (this.#values ?? this.#pairs!).growth;
  }

  /** Physical numbers, ascending, of the rows that show a value to their group for the first time. */
  firstRows(args: readonly Column[], rows: Rows, ids: Uint32Array): Uint32Array {
    const { length, selection } = rows;
    const count = selection?.length ?? length;
    const numbers = new Float64Array(length);
    let others = false;
    for (let k = 0; k < count; k++) {
      const row = selection === undefined ? k : selection[k]!;
      numbers[row] = ids[row]!;
      others ||= ids[row] !== 0;
    }
    if (others && this.#values !== undefined) this.#split();
    const table = this.#values ?? this.#pairs!;
    let next = table.size;
    const keys: readonly Column[] =
      this.#values === undefined ? [{ kind: 'f64', values: numbers, nulls: undefined }, ...args] : args;
    const found = table.groupIds(keys, rows);
    const first = new Uint32Array(table.size - next);
    let at = 0;
    for (let k = 0; k < count; k++) {
      const row = selection === undefined ? k : selection[k]!;
      // Keys are numbered as they come, so a new one is the first to have the next number.
      if (found[row] !== next) continue;
      first[at++] = row;
      next++;
    }
    return first;
  }

  /** The groups and values so far, in the order in which they came. */
  rows(): { readonly length: number; readonly columns: readonly Column[] } {
    const { size } = this.#values ?? this.#pairs!;
    if (this.#pairs !== undefined) return { length: size, columns: this.#pairs.keys() };
    return { length: size, columns: [zeros(size), ...this.#values!.keys()] };
  }

  /** Forgets the values of all groups but these, which get new numbers: their places in `groups`. */
  retain(groups: Uint32Array): void {
    const { length, columns } = this.rows();
    const { values } = columns[0] as { readonly values: Float64Array };
    const numbers = new Map(Array.from(groups, (group, i) => [group, i]));
    const selection = rowRange(0, length).filter((row) => numbers.has(values[row]!));
    const ids: Column = { kind: 'f64', values: values.map((group) => numbers.get(group) ?? 0), nulls: undefined };
    this.#values = undefined;
    this.#pairs = new KeyTable([{ type: 'INTEGER' }, ...this.#keys]);
    this.#pairs.groupIds([ids, ...columns.slice(1)], { length, selection });
  }

  /** By physical row: a number where the value is one that its group has shown, else `NO_ROW`. */
  find(args: readonly Column[], rows: Rows, ids: Uint32Array): Uint32Array {
    if (this.#pairs !== undefined) {
      const groups: Column = { kind: 'f64', values: Float64Array.from(ids), nulls: undefined };
      return this.#pairs.find([groups, ...args], rows);
    }
    return this.#values!.find(args, rows).map((id, row) => (ids[row] === 0 ? id : NO_ROW));
  }

  /** Moves over to the table of pairs. */
  #split(): void {
    const { size } = this.#values!;
    this.#pairs = new KeyTable([{ type: 'INTEGER' }, ...this.#keys]);
    this.#pairs.groupIds([zeros(size), ...this.#values!.keys()], { length: size });
    this.#values = undefined;
  }
}

const zeros = (length: number): Column => ({ kind: 'f64', values: new Float64Array(length), nulls: undefined });
