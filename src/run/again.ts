import { connectors } from '../connect/catalog.ts';
import { isVolatile } from '../expr/may-fail.ts';
import { exprsOf, inputs } from '../plan/ops.ts';
import type { Output, Plan } from '../plan/plan.ts';
import type { RunContext } from './context.ts';

/** Whether a plan ends, and gives its rows once more to whoever runs it beside a run: nobody can tell that it was run twice. */
export function givesAgain(plan: Plan): boolean {
  if (plan.op === 'scan') return plan.bounded && connectors.get(plan.connector)?.source?.replay === 'offset';
  // These get their rows from somewhere else in the job.
  if (plan.op === 'shared' || plan.op === 'domain' || plan.op === 'current') return false;
  if (plan.op === 'shell') {
    const { effects, determinism } = plan.contract;
    if (plan.input === undefined || effects?.value !== 'none' || determinism?.value !== 'deterministic') return false;
  }
  return !exprsOf(plan).some(isVolatile) && inputs(plan).every(givesAgain);
}

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
