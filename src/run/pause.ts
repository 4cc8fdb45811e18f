import { performance } from 'node:perf_hooks';

/** Longest time, in ms, for which work that never waits keeps timers, signals and other streams from their turn. */
const LONGEST = 50;

/** For loops that read from scratch files: they wait for nothing, and could otherwise not be stopped. */
export class Pause {
  readonly #signal: AbortSignal;
  #last = performance.now();

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  /** Lets others have their turn if it is time for that. @throws what the signal was aborted with */
  taken(): undefined | Promise<void> {
    if (performance.now() - this.#last < LONGEST) return undefined;
    return new Promise((resolve, reject) => {
      setImmediate(() => {
        this.#last = performance.now();
        if (this.#signal.aborted) reject(this.#signal.reason as Error);
        else resolve();
      });
    });
  }
}
