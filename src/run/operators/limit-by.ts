import { rowCount, rowsOf } from '../../data/batch.ts';
import { KeyTable } from '../../data/hash.ts';
import type { LimitBy } from '../../plan/plan.ts';
import type { Operator } from '../operator.ts';
import { positionsOf } from './positions.ts';

/** Counts the rows of each key as they come, and lets those pass that its LIMIT wants. */
export function limitByOperator({ by, input, offset, count = Infinity }: LimitBy): Operator {
  const positions = positionsOf(by, input.schema);
  const table = new KeyTable(positions.map((p) => input.schema[p]!));
  let seen = new Float64Array(0);
  return {
    onBatch(batch, _port, out) {
      const columns = positions.map((p) => batch.columns[p]!);
      const ids = table.groupIds(columns, batch);
      if (table.size > seen.length) {
        const more = new Float64Array(Math.max(table.size, seen.length * 2));
        more.set(seen);
        seen = more;
      }
      const selection = new Uint32Array(rowCount(batch));
      let n = 0;
      for (const row of rowsOf(batch)) {
        const at = seen[ids[row]!]!++;
        if (at >= offset && at < offset + count) selection[n++] = row;
      }
      return n === 0 ? undefined : out.emit({ ...batch, selection: selection.subarray(0, n) });
    },
  };
}
