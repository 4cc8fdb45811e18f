import { alignmentOf } from './contract/aligned.ts';
import type { Measured } from './contract/certificate.ts';
import type { Job } from './plan/job.ts';
import { shellsOf } from './plan/ops.ts';
import type { Shell } from './plan/plan.ts';
import { countersOf } from './run/job-stats.ts';
import type { OperatorStats } from './run/operator.ts';

/** Of fewer rows the start of a process is most of what is measured. */
const LEAST_ROWS = 10_000;

/** What the commands of a job were seen to take for a row; only those that ran by themselves, over enough rows. */
export function measuredIn(
  job: Job,
  rows: readonly OperatorStats[],
): readonly { readonly shell: Shell; readonly measured: Measured }[] {
  const counters = countersOf(job, rows);
  const at = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
  return [...job.plans, ...Object.values(job.shared)].flatMap(shellsOf).flatMap((shell) => {
    const { rowsIn, rowsOut, busy } = counters(shell);
    if (rowsIn < LEAST_ROWS || shell.fused !== undefined || shell.input === undefined) return [];
    const cost = Number(((busy * 1000) / rowsIn).toPrecision(3));
    const selectivity = Number((rowsOut / rowsIn).toPrecision(3));
    const filters = alignmentOf(shell.contract) === 'filters';
    return [{ shell, measured: { rows: rowsIn, cost, ...(filters && { selectivity }), at } }];
  });
}
