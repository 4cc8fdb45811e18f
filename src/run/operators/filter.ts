import { compilePredicate } from '../../expr/kernel/compile.ts';
import type { Filter } from '../../plan/plan.ts';
import type { Operator } from '../operator.ts';

/** Narrows the selection of each batch; no cell is copied. */
export function filterOperator(plan: Filter): Operator {
  const select = compilePredicate(plan.predicate, plan.input.schema);
  return {
    onBatch(batch, _port, out) {
      const selection = select(batch);
      if (selection.length === 0) return undefined;
      return out.emit({ ...batch, selection: selection.length === batch.length ? undefined : selection });
    },
  };
}
