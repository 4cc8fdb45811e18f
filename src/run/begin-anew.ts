import { RunError } from '../base/errors.ts';
import type { JobRequest, Progress } from '../connect/connector.ts';
import { bounded } from '../plan/facts.ts';
import type { Output, Sink } from '../plan/plan.ts';
import { quotedName } from '../plan/running-job.ts';
import type { RunContext } from './context.ts';

/**
 * Sees to a root of a job whose plan can only begin at the beginning of its input: it must not do so a second time once
 * some of its rows are in, and what commits all at its end must not be ended before.
 *
 * @throws RunError E0604
 */
export function beginAnew(
  plan: Output | Sink,
  { name }: JobRequest,
  progress: Progress | undefined,
  { valve, log }: RunContext,
): void {
  const isEndless = !bounded(plan);
  if (progress?.offset !== undefined || (progress?.rows ?? 0) > 0) throw stuck(name, isEndless);
  if (!isEndless) valve.refusal = 'it commits all of its rows at once, at its end';
  else if (plan.op === 'sink' && progress !== undefined)
    log(`${plan.label}: job ${name} cannot go on once it has ended, for its plan remembers rows that never end`);
}

const stuck = (name: string, isEndless: boolean): RunError =>
  new RunError({
    code: 'E0604',
    message: `job ${name} was committed in the middle of its input, and this plan can only begin anew`,
    notes: [
      isEndless
        ? 'what windows, groups and joins remember of rows that never end is not kept when a run ends'
        : 'a command that was taken for SCOPE RECORD is not any more: ssql.lock tells, or its declaration was changed',
    ],
    help: [`remove the rows that it has written, and its progress: DROP JOB ${quotedName(name)}`],
  });
