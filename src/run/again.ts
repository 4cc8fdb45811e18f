import { givesSameRows } from '../connect/same-rows.ts';
import { inputs } from '../plan/ops.ts';
import type { Output, Plan } from '../plan/plan.ts';
import type { RunContext } from './context.ts';

/** Whether a part of a plan can be run beside the plan, and gives its rows once more. */
export const givesAgain = (part: Plan): boolean => givesSameRows(part) && standsAlone(part);

/** These get their rows from an operator that runs, or note what it does. */
const standsAlone = (plan: Plan): boolean =>
  !['domain', 'current', 'tap', 'canary'].includes(plan.op) && inputs(plan).every(standsAlone);

export const asQuery = (part: Plan): Output => ({
  op: 'output',
  input: part,
  schema: part.schema,
  labels: part.schema.map(({ name }) => name),
});

/** For a run beside another one: nobody counts its rows, and if it fails only whoever waits for it is told. */
export function beside(run: RunContext, deliver: RunContext['deliver']): RunContext {
  const { own: _, ...context } = run;
  const failed = new AbortController();
  return {
    ...context,
    deliver,
    signal: AbortSignal.any([run.signal, failed.signal]),
    fail: (error) => failed.abort(error),
    log: () => undefined,
    stats: [],
    progress: { ...run.progress },
  };
}
