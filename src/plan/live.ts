import { bounded } from './facts.ts';
import { mapJob, type Job } from './job.ts';
import { mapInputs } from './ops.ts';
import type { Plan, Shell } from './plan.ts';

/**
 * Rows that never end are waited for as they come. Commands over them, which hold their output back until there is a block
 * of it, are made to print each line at once. That takes time where there is much to print: so only there, and not where
 * the command says that it does so by itself, or is waited for in another way.
 */
export function withLive(job: Job): Job {
  const visit = (plan: Plan): Plan => {
    const below = mapInputs(plan, visit);
    return below.op === 'shell' && isAwaited(below) ? { ...below, live: true } : below;
  };
  return mapJob(job, visit);
}

const isAwaited = (shell: Shell): boolean =>
  shell.live === undefined &&
  shell.mode === undefined &&
  shell.groups === undefined &&
  shell.contract.flushes === undefined &&
  !bounded(shell);
