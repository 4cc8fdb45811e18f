import type { RecordBatch } from '../../data/batch.ts';
import { KeyTable } from '../../data/hash.ts';
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

  /** By physical row. */
  of(batch: RecordBatch): Uint32Array {
    if (this.#kernels.length === 0) return new Uint32Array(batch.length);
    return this.#table.groupIds(
      this.#kernels.map((kernel) => kernel(batch)),
      batch,
    );
  }

  /** Forgets all values; those of these rows are numbered anew. */
  restart(batch: RecordBatch): Uint32Array {
    this.#table = new KeyTable(this.#types);
    return this.of(batch);
  }
}
