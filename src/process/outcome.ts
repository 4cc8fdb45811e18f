import { constants } from 'node:os';

/** How one stage of a pipeline ended. */
export interface StageEnd {
  /** Exit status; undefined when a signal ended it. */
  readonly code: number | undefined;
  readonly signal: string | undefined;
}

/** How a pipeline ended. */
export interface Outcome {
  readonly stages: readonly StageEnd[];
  /** Its stdout stayed open, and silent, after its exit. */
  readonly held: boolean;
}

export interface Failure {
  readonly stage: number;
  /** For a message, such as `exit status 2`. */
  readonly what: string;
}

/**
 * The stage that is to blame, if any.
 *
 * @param ok exit codes that are fine, by stage. Death by a signal never is, except that a stage may be stopped by
 *   SIGPIPE when the one behind it has read all that it wanted.
 */
export function failureOf(outcome: Outcome, ok: readonly (readonly number[])[]): Failure | undefined {
  const bad = outcome.stages.map((end, i) => end.code === undefined || !ok[i]!.includes(end.code));
  const stopped = outcome.stages.map((end, i) => i + 1 < bad.length && bad[i]! && bySigpipe(end));
  const stage = bad.findIndex((isBad, i) => isBad && !stopped[i]);
  if (stage >= 0) return { stage, what: describe(outcome.stages[stage]!) };
  if (!outcome.held) return undefined;
  return { stage: bad.length - 1, what: 'a background process of the command still holds its output' };
}

const bySigpipe = (end: StageEnd): boolean => end.signal === 'SIGPIPE' || end.code === 128 + constants.signals.SIGPIPE;

function describe({ code, signal }: StageEnd): string {
  if (code === undefined) return signal === undefined ? 'it was killed' : `killed by ${signal}`;
  const status = `exit status ${code}`;
  if (code === 127) return `${status} (command not found)`;
  if (code === 126) return `${status} (not executable)`;
  const name = signalName(code - 128);
  return name === undefined ? status : `${status} (${name})`;
}

/** A shell reports the death of its child by signal n as status 128 + n. */
const signalName = (number: number): string | undefined =>
  number > 0 ? Object.entries(constants.signals).find(([, n]) => n === number)?.[0] : undefined;
