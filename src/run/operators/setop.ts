import { rowCount, rowsOf } from '../../data/batch.ts';
import { NO_ROW } from '../../data/gather.ts';
import { KeyTable } from '../../data/hash.ts';
import type { SetOperation } from '../../plan/plan.ts';
import type { Operator } from '../operator.ts';
import { newKeys } from './distinct.ts';
import { widen } from './widen.ts';

/** INTERSECT and EXCEPT: the right side is kept as a set; each kind of row of the left passes at most once. */
export function setOperator(plan: SetOperation): Operator {
  const { schema, kind } = plan;
  const positions = schema.map((_, i) => i);
  const right = new KeyTable(schema);
  const seen = new KeyTable(schema);
  return {
    onBatch(given, port, out) {
      const batch = widen(given, schema);
      if (port === 1) {
        right.groupIds(batch.columns, batch);
        return undefined;
      }
      const found = right.find(batch.columns, batch);
      const selection = new Uint32Array(rowCount(batch));
      let n = 0;
      for (const row of rowsOf(batch)) if ((found[row] === NO_ROW) === (kind === 'except')) selection[n++] = row;
      const passing = { ...batch, selection: selection.subarray(0, n) };
      const first = newKeys(seen, passing, positions);
      return first.length === 0 ? undefined : out.emit({ ...batch, selection: first });
    },
  };
}
