import { isVolatile } from '../expr/may-fail.ts';
import { exprsOf, inputs } from '../plan/ops.ts';
import type { Plan } from '../plan/plan.ts';
import { canReplay } from './catalog.ts';

/**
 * Whether a plan ends, and gives its rows once more to whoever runs it a second time: nobody can tell that it was run twice.
 * What puts rows aside (rejected, late or failed ones) would do so twice.
 */
export function givesSameRows(plan: Plan): boolean {
  switch (plan.op) {
    case 'scan':
      return plan.bounded && canReplay(plan.connector) && plan.options['rejects'] === undefined;
    // Its rows come from somewhere else in the job.
    case 'shared':
      return false;
    case 'watermark':
      return plan.late !== 'into' && givesSameRows(plan.input);
    case 'shell': {
      const { effects, determinism } = plan.contract;
      const isFunction = effects?.value === 'none' && determinism?.value === 'deterministic';
      return plan.input !== undefined && isFunction && plan.deadLetter === undefined && givesSameRows(plan.input);
    }
    default:
      return !exprsOf(plan).some(isVolatile) && inputs(plan).every(givesSameRows);
  }
}
