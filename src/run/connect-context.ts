import type { ConnectContext } from '../connect/connector.ts';
import { numberOption } from '../connect/options.ts';
import type { Plan } from '../plan/plan.ts';
import type { RunContext } from './context.ts';
import type { OperatorStats } from './operator.ts';

/** After that many, rows left out by `on_error` are only counted. */
const MOST_SKIPPED_SHOWN = 5;

/** What a connector is told of the run, and how what it reports is counted. @param atOnce see `usedUpAtOnce`. */
export function connectContext(
  { settings, progress, signal, log, valve }: RunContext,
  plan: Plan,
  stats: OperatorStats,
  atOnce: boolean,
): ConnectContext {
  const ownRows = plan.op === 'scan' ? numberOption(plan.options, 'batch_rows') : undefined;
  return {
    signal,
    batchRows: ownRows ?? settings.batchRows,
    atOnce,
    busyTimeout: settings.busyTimeout,
    maxRecord: settings.maxRecord,
    countBytes: (bytes) => {
      if (plan.op === 'sink') stats.bytesOut += bytes;
      else {
        stats.bytesIn += bytes;
        progress.bytesRead += bytes;
      }
    },
    log,
    isCut: () => valve.isDrained || signal.aborted,
    expectBytes: (bytes) => void (progress.bytesTotal += bytes),
    countSkipped: (message) => {
      if (progress.rowsSkipped++ < MOST_SKIPPED_SHOWN) log(message);
    },
  };
}
