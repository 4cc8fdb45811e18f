/** What a process says of the run that it is in the middle of. */
export interface RunningJob {
  /** As `--job` named it. */
  readonly job?: string;
  readonly pid: number;
  /** What it runs: the names of its scripts. */
  readonly script: string;
  readonly state: 'running' | 'paused' | 'draining';
  /** Rows read, given out, and made durable so far. */
  readonly read: number;
  readonly delivered: number;
  readonly committed: number;
}

/** What STOP, PAUSE and RESUME JOB ask of one. */
export type JobAction = 'stop' | 'drain' | 'pause' | 'resume';

/** A step that asks it of a run of another process, by its name or pid. */
export interface JobStep {
  readonly kind: 'job';
  readonly name: string;
  readonly action: JobAction;
}

/** The name of a job as statements write it. */
export const quotedName = (name: string): string =>
  /^([a-z_]\w*|\d+)$/i.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
