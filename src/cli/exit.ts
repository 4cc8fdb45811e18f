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

/** Thrown into a run by Ctrl-C and TERM. */
export class Interrupted extends Error {
  readonly signal: 'SIGINT' | 'SIGTERM';
  constructor(signal: 'SIGINT' | 'SIGTERM') {
    super(signal === 'SIGINT' ? 'stopped by Ctrl-C' : 'stopped by SIGTERM');
    this.name = 'Interrupted';
    this.signal = signal;
  }
}

export function exitCodeOf(error: unknown): number {
  if (error instanceof Interrupted) return error.signal === 'SIGINT' ? exit.interrupted : exit.terminated;
  if (error instanceof QueryError) return exit.invalid;
  if (error instanceof RunError && error.diagnostic.code === 'E0505') return exit.timeout;
  return exit.failed;
}
