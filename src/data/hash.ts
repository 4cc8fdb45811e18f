import { columnBuilder } from './builder.ts';
import type { ColumnBuilder } from './column-builder.ts';
import { isNullAt, type Column, type Utf8Column } from './column.ts';
import { gather, NO_ROW } from './gather.ts';
import { BytesIndex } from './hash/bytes-index.ts';
import { KeyWriter } from './hash/key-bytes.ts';
import { NumberIndex } from './hash/number-index.ts';
import type { Collation, Type } from './types.ts';

/** One column of a key. */
export interface KeyColumn {
  /** Static type of the cells; where cells of several types are compared (a join of INTEGER with TEXT), `ANY`. */
  readonly type: Type;
  readonly collation?: Collation | undefined;
}

/** Rows to look at: all of `length`, or those of the selection. A `RecordBatch` is one. */
export interface Rows {
  readonly length: number;
  readonly selection?: Uint32Array | undefined;
}

/**
 * Numbers the distinct keys of rows in the order they come, from 0, with the equality of SQLite: 1 = 1.0, 0.0 = -0.0,
 * NULL = NULL, collations. Serves GROUP BY, DISTINCT, set operations and the build side of hash joins.
 *
 * One TEXT column and one column of numbers have tables of their own; every other key is written as canonical bytes. A
 * table starts with the fastest that the first rows allow, and moves over when later rows do not fit.
 */
export class KeyTable {
  readonly #keys: readonly KeyColumn[];
  readonly #keepsWords: boolean;
  /** What each key is in the words of its first row; only where the index does not hold that itself. */
  #first: ColumnBuilder[] | undefined;
  #numbers: NumberIndex | undefined;
  #bytes: BytesIndex | undefined;
  readonly #writer: KeyWriter;

  /** @param keepsWords whether `keys` or `retained` will be asked for. */
  constructor(keys: readonly KeyColumn[], keepsWords = true) {
    this.#keys = keys;
    this.#keepsWords = keepsWords;
    this.#writer = new KeyWriter(keys);
  }

  /** How many distinct keys there are. */
  get size(): number {
    return this.#numbers?.size ?? this.#bytes?.size ?? 0;
  }

  /** What it takes. */
  get bytes(): number {
    let bytes = this.#numbers?.bytes ?? this.#bytes?.bytes ?? 0;
    for (const builder of this.#first ?? []) bytes += builder.bytes;
    return bytes;
  }

  /** What it will take on top for a moment, where it is about to grow. */
  get growth(): number {
    return this.#numbers?.growth ?? this.#bytes?.growth ?? 0;
  }

  /**
   * The number of each row's key; a new key gets the next number.
   *
   * @param columns as many as the table has keys, indexed by physical row.
   * @param types static types of the columns, where they differ from the table's.
   * @returns by physical row; cells of rows outside the selection hold anything. Valid as long as the caller likes.
   */
  groupIds(columns: readonly Column[], rows: Rows, types?: readonly Type[]): Uint32Array {
    return this.#run(columns, rows, types, true);
  }

  /** As `groupIds`, but adds nothing: `NO_ROW` for a key that is not there. */
  find(columns: readonly Column[], rows: Rows, types?: readonly Type[]): Uint32Array {
    return this.#run(columns, rows, types, false);
  }

  /** The distinct keys in order, each as its first row had it, as columns of `size` cells. The table stays usable. */
  keys(): Column[] {
    if (this.#numbers !== undefined) return [this.#numbers.column(this.#keys[0]!.type)];
    if (this.#first !== undefined) return this.#first.map((builder) => builder.finish());
    return this.#bytes === undefined
      ? this.#keys.map(({ type }) => columnBuilder(type).finish())
      : [this.#bytes.textColumn()];
  }

  /** A table of these keys alone; the number of each is its place in `ids`. */
  retained(ids: Uint32Array): KeyTable {
    const kept = new KeyTable(this.#keys);
    kept.groupIds(
      this.keys().map((column) => gather(column, ids)),
      { length: ids.length },
    );
    return kept;
  }

  #run(columns: readonly Column[], rows: Rows, types: readonly Type[] | undefined, insert: boolean): Uint32Array {
    const out = new Uint32Array(rows.length);
    const only = columns.length === 1 ? columns[0]! : undefined;
    const same = types === undefined || types[0] === this.#keys[0]?.type;
    if (this.#numbers === undefined && this.#bytes === undefined) {
      if (!insert) return out.fill(NO_ROW);
      this.#start(same ? only : undefined);
    }
    if (this.#numbers !== undefined) {
      if (same && (only!.kind === 'f64' || only!.kind === 'bool')) {
        this.#numbers.run(only!.values, only!.nulls, rows, insert, out);
        return out;
      }
      this.#generalise();
    }
    const plainText = this.#first === undefined;
    if (plainText && same && only!.kind === 'utf8') {
      this.#bytes!.runText(only as Utf8Column, rows, insert, out);
      return out;
    }
    if (plainText) this.#generalise();
    this.#runBytes(columns, rows, types ?? this.#keys.map(({ type }) => type), insert, out);
    return out;
  }

  #start(only: Column | undefined): void {
    const { type, collation = 'BINARY' } = this.#keys[0] ?? { type: 'ANY' };
    if (only?.kind === 'utf8' && collation === 'BINARY' && (type === 'TEXT' || type === 'JSON')) {
      this.#bytes = new BytesIndex();
    } else if (only?.kind === 'f64' && type !== 'ANY') {
      this.#numbers = new NumberIndex();
    } else if (only?.kind === 'bool' && type === 'BOOLEAN') {
      this.#numbers = new NumberIndex();
    } else {
      this.#bytes = new BytesIndex();
      this.#first = this.#builders();
    }
  }

  /** Moves the keys of a special table, which are of one column, to one of canonical bytes. Numbers stay. */
  #generalise(): void {
    const { size } = this;
    const keys = this.keys();
    this.#numbers = undefined;
    this.#bytes = new BytesIndex();
    this.#first = this.#builders();
    const types = this.#keys.map((key) => key.type);
    this.#runBytes(keys, { length: size }, types, true, new Uint32Array(size));
  }

  #builders(): ColumnBuilder[] {
    return this.#keepsWords ? this.#keys.map((key) => columnBuilder(key.type)) : [];
  }

  #runBytes(columns: readonly Column[], rows: Rows, types: readonly Type[], insert: boolean, out: Uint32Array): void {
    const { length, selection } = rows;
    const count = selection?.length ?? length;
    const writer = this.#writer;
    const index = this.#bytes!;
    const first = this.#first!;
    writer.open(columns, types);
    for (let k = 0; k < count; k++) {
      const row = selection === undefined ? k : selection[k]!;
      const end = writer.write(row);
      const before = index.size;
      const id = index.look(writer.bytes, 0, end, insert);
      out[row] = id;
      if (index.size > before) for (let c = 0; c < first.length; c++) first[c]!.appendFrom(columns[c]!, types[c]!, row);
    }
  }
}

/** Marks `NO_ROW` where any of the columns is NULL: keys of a join, which match nothing then. Changes `ids`. */
export function dropNulls(ids: Uint32Array, columns: readonly Column[], rows: Rows): Uint32Array {
  const { length, selection } = rows;
  const count = selection?.length ?? length;
  for (const column of columns) {
    if (column.kind !== 'any' && column.nulls === undefined) continue;
    for (let k = 0; k < count; k++) {
      const row = selection === undefined ? k : selection[k]!;
      if (isNullAt(column, row)) ids[row] = NO_ROW;
    }
  }
  return ids;
}
