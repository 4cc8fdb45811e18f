import { rowRange, rowsOf, type RecordBatch } from '../../data/batch.ts';
import { gatherBatch } from '../../data/gather.ts';
import { KeyTable } from '../../data/hash.ts';
import type { Schema } from '../../data/types.ts';
import { diffField } from '../../plan/changes.ts';
import { diffOf, withoutDiff } from './diff.ts';
import { RowStore } from './join-store.ts';

/** Bytes of a row beside its columns: its number in the lists of its group and its kind. */
const ROW = 40;
/** Fewer dead rows than this are not worth the copying of the others. */
const FEW = 4096;

/** The rows of one input of a `refresh` as its changes leave them, in the order in which they came, by group. */
export class CurrentRows {
  readonly #schema: Schema;
  #store: RowStore;
  /** By row. */
  #dead = new Set<number>();
  #groupOf: number[] = [];
  /** By group: its rows, dead ones among them. */
  #rows: number[][] = [];
  /** Of rows that can go: which of them are equal, and, by kind, those that are there. */
  #kinds: KeyTable | undefined;
  #alive: number[][] = [];

  /** @param schema of the input. */
  constructor(schema: Schema) {
    this.#schema = schema.filter((f) => f.name !== diffField.name);
    this.#store = new RowStore(this.#schema);
    if (this.#schema.length < schema.length) this.#kinds = this.#newKinds();
  }

  /** About what all of it takes. */
  get bytes(): number {
    return this.#store.bytes + this.#store.length * ROW + this.#dead.size * ROW + (this.#kinds?.bytes ?? 0);
  }

  /** @param groups of each row, by physical row; without it there is one group. */
  take(batch: RecordBatch, groups?: Uint32Array): void {
    const diff = diffOf(batch);
    const rows = withoutDiff(batch);
    const kinds = this.#kinds?.groupIds(rows.columns, rows);
    const come: number[] = [];
    for (const row of rowsOf(batch)) {
      if (diff !== undefined && diff[row]! < 0) {
        const gone = this.#alive[kinds![row]!]?.pop();
        if (gone !== undefined) this.#dead.add(gone);
        continue;
      }
      const number = this.#store.length + come.length;
      const group = groups?.[row] ?? 0;
      this.#groupOf.push(group);
      (this.#rows[group] ??= []).push(number);
      if (kinds !== undefined) (this.#alive[kinds[row]!] ??= []).push(number);
      come.push(row);
    }
    this.#store.add(gatherBatch(rows, Uint32Array.from(come)));
    this.#compact();
  }

  /** Rows that take the place of all that some groups have. Only of rows that cannot go by themselves. */
  replace(groups: Iterable<number>, rows: RecordBatch, ids: Uint32Array): void {
    for (const group of groups) {
      for (const row of this.#rows[group] ?? []) this.#dead.add(row);
      this.#rows[group] = [];
    }
    this.take(rows, ids);
  }

  /** The rows of some groups. */
  of(groups: Iterable<number>): RecordBatch {
    const rows: number[] = [];
    for (const group of groups) for (const row of this.#rows[group] ?? []) if (!this.#dead.has(row)) rows.push(row);
    return this.#store.batch(Uint32Array.from(rows).sort());
  }

  all(): readonly RecordBatch[] {
    let base = 0;
    return this.#store.chunks.map((chunk) => {
      const from = base;
      base += chunk.length;
      if (this.#dead.size === 0) return chunk;
      const selection = rowRange(0, chunk.length).filter((i) => !this.#dead.has(from + i));
      return { ...chunk, selection };
    });
  }

  /** Forgets the dead rows when most are. Numbers of rows change. */
  #compact(): void {
    const { length } = this.#store;
    if (this.#dead.size < Math.max(FEW, length / 2)) return;
    const alive = rowRange(0, length).filter((row) => !this.#dead.has(row));
    const rows = this.#store.batch(alive);
    const groups = Uint32Array.from(alive, (row) => this.#groupOf[row]!);
    this.#store = new RowStore(this.#schema);
    this.#dead = new Set();
    this.#groupOf = [];
    this.#rows = [];
    this.#alive = [];
    if (this.#kinds !== undefined) this.#kinds = this.#newKinds();
    this.take(rows, groups);
  }

  /** Rows are told apart as they are, whatever the collations of their columns. */
  #newKinds(): KeyTable {
    return new KeyTable(this.#schema.map(({ type }) => ({ type })));
  }
}
