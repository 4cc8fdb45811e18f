import { rowsOf, type RecordBatch } from '../data/batch.ts';
import type { MergeKey } from '../data/merge-order.ts';
import type { Field } from '../data/types.ts';

/** Which row of all this was, counted from 0: what was parted is put in order again by it. */
export const ordinalField: Field = { name: '$ordinal', type: 'REAL' };

/** Rows without a number come last. */
export const ordinalKey = (at: number): MergeKey => ({ at, type: 'REAL', descending: false, nullsFirst: false });

/** Numbers rows as they come. */
export class Ordinals {
  #next = 0;

  /** The batch with a column more; its schema is left as it is. */
  of(batch: RecordBatch): RecordBatch {
    const values = new Float64Array(batch.length);
    for (const row of rowsOf(batch)) values[row] = this.#next++;
    return { ...batch, columns: [...batch.columns, { kind: 'f64', values, nulls: undefined }] };
  }
}
