import { quotedName, type JobAction, type JobStep, type RunningJob } from './plan/running-job.ts';
import type { RunHooks } from './run/start.ts';

const DONE: Readonly<Record<JobAction, string>> = {
  stop: 'was stopped',
  drain: 'was drained',
  pause: 'is paused',
  resume: 'goes on',
};

/**
 * STOP, PAUSE or RESUME JOB, and says what came of it.
 *
 * @throws RunError E0605
 */
export async function controlled({ name, action }: JobStep, { log, signal }: RunHooks): Promise<void> {
  const { controlJob } = await import('./cluster/job-client.ts');
  const { read, committed } = await controlJob(name, action, signal);
  const rows = (n: number) => n.toLocaleString('en-US');
  log?.(`job ${name} ${DONE[action]}: ${rows(read)} rows read, ${rows(committed)} committed`);
}

/** What other processes of this user run here. */
export const runningJobs = async (): Promise<readonly RunningJob[]> =>
  (await import('./cluster/job-client.ts')).runningJobs();

/** The statement again. */
export const jobText = ({ name, action }: JobStep): string =>
  action === 'drain' ? `STOP JOB ${quotedName(name)} DRAIN` : `${action.toUpperCase()} JOB ${quotedName(name)}`;
