import type { RecordBatch } from '../../data/batch.ts';
import type { Column } from '../../data/column.ts';
import { KeyTable, type KeyColumn, type Rows } from '../../data/hash.ts';
import { compileExpr } from '../../expr/kernel/compile.ts';
import type { Window } from '../../plan/windows.ts';

/** Numbers the values of PARTITION BY. All rows are of number 0 where there is none. */
export class PartitionKeys {
  readonly #kernels;
  readonly #types;
  #table: KeyTable;

  constructor({ by, input }: Window) {
    this.#kernels = by.map((e) => compileExpr(e, input.schema));
    this.#types = by.map((e) => {
      const field = e.kind === 'column' ? input.schema.find((f) => f.name === e.name) : undefined;
      return { type: e.type, collation: field?.collation };
    });
    this.#table = new KeyTable(this.#types);
  }

  /** About what all of it takes. */
  get bytes(): number {
    return this.#table.bytes;
  }

  get size(): number {
    return this.#table.size;
  }

  get fields(): readonly KeyColumn[] {
    return this.#types;
  }

  /** The values of rows. */
  columns(batch: RecordBatch): Column[] {
    return this.#kernels.map((kernel) => kernel(batch));
  }

  /** By physical row. */
  of(batch: RecordBatch): Uint32Array {
    return this.idsOf(this.columns(batch), batch);
  }

  /** As `of`, of what `columns` gave. */
  idsOf(columns: readonly Column[], rows: Rows): Uint32Array {
    return columns.length === 0 ? new Uint32Array(rows.length) : this.#table.groupIds(columns, rows);
  }

  /** The values that have numbers, in the order of those. */
  values(): Column[] {
    return this.#types.length === 0 ? [] : this.#table.keys();
  }

  /** Forgets all values. */
  clear(): void {
    this.#table = new KeyTable(this.#types);
  }

  /** Forgets all values; those of these rows are numbered anew. */
  restart(batch: RecordBatch): Uint32Array {
    this.clear();
    return this.of(batch);
  }
}
