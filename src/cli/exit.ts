import { QueryError, RunError } from '../base/errors.ts';

/** Exit codes of the command line; each has a test. A SHELL program's own status is shown, never passed on. */
export const exit = {
  ok: 0,
  /** A query failed while it ran. */
  failed: 1,
  /** The command line itself is wrong. */
  usage: 2,
  /** A fault in the query text, found before anything ran. */
  invalid: 3,
  /** `verify` found a promise that is false. */
  refuted: 4,
  timeout: 124,
  interrupted: 130,
  terminated: 143,
} as const;

/** Thrown into a run by Ctrl-C, by TERM, and by STOP JOB in another process. */
export class Interrupted extends Error {
  readonly by: 'SIGINT' | 'SIGTERM' | 'STOP JOB';
  constructor(by: Interrupted['by']) {
    super(`stopped by ${by === 'SIGINT' ? 'Ctrl-C' : by}`);
    this.name = 'Interrupted';
    this.by = by;
  }
}

export function exitCodeOf(error: unknown): number {
  if (error instanceof Interrupted) return error.by === 'SIGINT' ? exit.interrupted : exit.terminated;
  if (error instanceof QueryError) return exit.invalid;
  if (error instanceof RunError && error.diagnostic.code === 'E0505') return exit.timeout;
  return exit.failed;
}
