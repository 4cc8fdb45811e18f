import { setTimeout as sleep } from 'node:timers/promises';
import { RunError } from '../../base/errors.ts';
import type { RecordBatch } from '../../data/batch.ts';
import type { Shell } from '../../plan/plan.ts';
import type { RunContext } from '../context.ts';
import { ShellRun } from './shell-run.ts';

/** The longest pause, in ms. */
const LONGEST = 30_000;
/** A failure that comes sooner than this (ms) is a fast one; so many of them in a row are taken to be for good. */
const FAST = 1000;
const MOST_FAST = 5;

/**
 * The rows of a command that is started again when it fails, or when it ends, after a pause that doubles from failure to
 * failure. What it began to write when it failed (a torn record) is lost; so is whatever happened meanwhile.
 *
 * @throws RunError E0501 when it cannot be run at all, or has failed at once too often; E0502, E0503, E0505.
 */
export async function* restarted(plan: Shell, context: RunContext): AsyncGenerator<RecordBatch, void, undefined> {
  const { when, delay } = plan.restart!;
  const { signal, log } = context;
  let pause = delay;
  let fast = 0;
  for (let attempt = 1; !signal.aborted; attempt++) {
    const start = performance.now();
    try {
      yield* new ShellRun(plan, { ...context, attempt }, 'none').batches();
      if (when !== 'always') return;
      if (context.own?.processes !== undefined) context.own.processes.failures++;
      pause = delay;
      fast = 0;
    } catch (error) {
      if (signal.aborted || !isFailure(error)) throw error;
      const isFast = performance.now() - start < FAST;
      if (!isFast) pause = delay;
      fast = isFast ? fast + 1 : 0;
      if (fast === MOST_FAST) throw tooOften(error);
      log(`${error.diagnostic.message}; it is started again in ${(pause / 1000).toFixed(1)} s`);
    }
    // Commands that failed together shall not all come back together.
    await sleep(pause * (0.9 + 0.2 * Math.random()), undefined, { signal }).catch(() => undefined);
    pause = Math.min(pause * 2, LONGEST);
  }
}

function tooOften({ diagnostic }: RunError): RunError {
  const notes = [`it failed ${MOST_FAST} times in a row within a second`, ...(diagnostic.notes ?? [])];
  return new RunError({ ...diagnostic, message: `${diagnostic.message}; it is not started again`, notes });
}

/** A failure of the command that may pass; that it is not there, or not executable, will not. */
const isFailure = (error: unknown): error is RunError =>
  error instanceof RunError &&
  error.diagnostic.code === 'E0501' &&
  !/exit status 12[67]\b|cannot be started/.test(error.diagnostic.message);
