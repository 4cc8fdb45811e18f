import type { Outcome } from './outcome.ts';

/** What is known of all processes that one operator has started; a pipeline of commands counts as one. */
export interface ProcessStats {
  started: number;
  running: number;
  /** Started because one before it had failed, or, of a source, had ended. */
  restarts: number;
  failures: number;
  /** How they ended (`exit 0`, `SIGKILL`, `stopped`; of a pipeline `exit 0 | exit 1`), and how often. */
  readonly exits: Record<string, number>;
  /** ms of processor time, theirs and that of what they started. */
  cpu: number;
  /** Most bytes of memory that one of them, with what it started, was seen to hold; 0 where none was looked at in time. */
  peakMemory: number;
}

export const newProcessStats = (): ProcessStats => ({
  started: 0,
  running: 0,
  restarts: 0,
  failures: 0,
  exits: {},
  cpu: 0,
  peakMemory: 0,
});

/** Of a process that was ended before its time, its own status says nothing. */
export function countExit({ exits }: ProcessStats, outcome: Outcome, wasStopped: boolean): void {
  const ends = outcome.stages.map(({ code, signal }) => (code === undefined ? (signal ?? 'killed') : `exit ${code}`));
  const how = wasStopped ? 'stopped' : ends.join(' | ');
  exits[how] = (exits[how] ?? 0) + 1;
}
