import type { RunContext } from '../context.ts';
import type { Operator } from '../operator.ts';

/** The root of a query: rows go to whoever asked. */
export const outputOperator = (context: RunContext): Operator => ({
  wants: () => !context.signal.aborted,
  onBatch: (batch) => context.deliver(batch),
});
