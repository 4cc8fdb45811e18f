import type { JobServer } from '../cluster/job-server.ts';
import type { JobAction, RunningJob } from '../plan/running-job.ts';
import type { Valve } from '../run/valve.ts';
import { Interrupted } from './exit.ts';
import type { ProgressLine } from './progress.ts';

/** ms that a run must last before it listens for what others ask of it: quick queries do not begin with it. */
const FIRST = 300;

interface Controlled {
  readonly job: string | undefined;
  readonly script: string;
  readonly progress: ProgressLine;
  /** Ends the run as a signal would. */
  readonly stop: (reason: Interrupted) => void;
}

/** Lets other processes of this user stop, drain, pause and resume what this one runs. */
export class Control {
  readonly #controlled: Controlled;
  readonly #timer: NodeJS.Timeout;
  #server: Promise<JobServer | undefined> | undefined;
  #valve: Valve | undefined;
  #isPaused = false;

  constructor(controlled: Controlled) {
    this.#controlled = controlled;
    this.#timer = setTimeout(() => void (this.#server = this.#listen()), FIRST);
    this.#timer.unref();
  }

  /** The next statement is run. */
  watch(valve: Valve): void {
    this.#valve = valve;
    if (this.#isPaused) valve.pause();
  }

  /** All is over: those that wait for that are told. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    await (await this.#server)?.close();
  }

  async #listen(): Promise<JobServer | undefined> {
    const { JobServer } = await import('../cluster/job-server.ts');
    return JobServer.start({ status: () => this.#status(), act: (action) => this.#act(action) });
  }

  #status(): RunningJob {
    const { job, script, progress } = this.#controlled;
    return {
      ...(job !== undefined && { job }),
      pid: process.pid,
      script,
      state: this.#valve?.isDrained ? 'draining' : this.#isPaused ? 'paused' : 'running',
      read: progress.rows.in,
      delivered: progress.rows.out,
      committed: progress.committed,
    };
  }

  #act(action: JobAction): string | undefined {
    switch (action) {
      case 'stop':
        this.#controlled.stop(new Interrupted('STOP JOB'));
        return undefined;
      case 'drain':
        if (this.#valve?.refusal !== undefined) return `it cannot be drained, for ${this.#valve.refusal}`;
        this.#isPaused = false;
        this.#valve?.drain();
        return undefined;
      case 'pause':
      case 'resume':
        this.#isPaused = action === 'pause';
        this.#valve?.[action]();
        return undefined;
    }
  }
}
