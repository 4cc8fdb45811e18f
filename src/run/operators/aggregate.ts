import { rowCount } from '../../data/batch.ts';
import type { Aggregate } from '../../plan/plan.ts';
import type { RunContext } from '../context.ts';
import type { Operator, Output } from '../operator.ts';
import { AggregateGroups } from './aggregate-groups.ts';
import { AggregateSpill } from './aggregate-spill.ts';

/** While results are made, the groups are there twice. */
const FINISHING = 1.5;

/**
 * Hash aggregation: output at the end, groups in the order of their first rows. When the memory does not hold more
 * groups, the rows of those that are there are taken in still; the others wait in a scratch file for the end.
 */
export function aggregateOperator(plan: Aggregate, context: RunContext): Operator {
  const account = context.memory.open();
  let groups: AggregateGroups | undefined = new AggregateGroups(plan, context);
  let spill: AggregateSpill | undefined;

  const emit = async (out: Output): Promise<void> => {
    for await (const batch of groups!.results(plan.schema, context.settings.batchRows)) {
      await out.emit(batch);
      if (out.full) break;
    }
    groups!.close();
    groups = undefined;
    account.close();
  };
  return {
    onBatch(batch) {
      if (rowCount(batch) === 0) return;
      if (spill === undefined) groups!.add(batch);
      else spill.addTo(groups!, batch);
      const bytes = groups!.bytes * FINISHING;
      if (account.hold(bytes + groups!.growth) && plan.keys.length > 0) spill ??= new AggregateSpill(plan, context);
      if (plan.keys.length === 0)
        context.memory.refuse(bytes, 'the state of an aggregate', 'group by more, so that each group has fewer rows');
    },
    /** All rows come at the end, which says more than any watermark. */
    onWatermark: () => undefined,
    async onEnd(_port, out) {
      await emit(out);
      if (spill !== undefined && !out.full) await spill.emit(out);
    },
    close() {
      account.close();
      groups?.close();
      spill?.close();
    },
  };
}
