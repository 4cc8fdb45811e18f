import { rowsOf } from '../../data/batch.ts';
import type { Numbered } from '../../plan/numbered.ts';
import type { Operator } from '../operator.ts';

/** Counts the rows as they pass. */
export function numberedOperator({ schema }: Numbered): Operator {
  let next = 1;
  return {
    onBatch(batch, _port, out) {
      const values = new Float64Array(batch.length);
      for (const row of rowsOf(batch)) values[row] = next++;
      return out.emit({ ...batch, schema, columns: [...batch.columns, { kind: 'f64', values, nulls: undefined }] });
    },
  };
}
