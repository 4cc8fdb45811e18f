import { rowCount } from '../../data/batch.ts';
import { slice } from '../../data/gather.ts';
import type { Limit } from '../../plan/plan.ts';
import type { Operator } from '../operator.ts';

/** Skips `offset` rows, hands on `count` and then wants no more, so that its sources stop. */
export function limitOperator(plan: Limit): Operator {
  let skip = plan.offset;
  let left = plan.count ?? Infinity;
  return {
    wants: (_port, out) => left > 0 && !out.full,
    onBatch(batch, _port, out) {
      const rows = rowCount(batch);
      const from = Math.min(skip, rows);
      const to = Math.min(rows, from + left);
      skip -= from;
      left -= to - from;
      return to > from ? out.emit(slice(batch, from, to)) : undefined;
    },
  };
}
