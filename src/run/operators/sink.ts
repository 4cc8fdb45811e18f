import type { SinkHandle } from '../../connect/connector.ts';
import type { Operator } from '../operator.ts';

/** Writes what comes in; committing is the runner's business, for only it knows when an epoch is over. */
export const sinkOperator = (handle: SinkHandle): Operator => ({
  wants: () => true,
  onBatch: (batch) => handle.write(batch),
});
