import { performance } from 'node:perf_hooks';
import type { RunContext } from '../context.ts';
import type { Output } from '../operator.ts';

/** Makes watermarks while no rows come, and hands none on while rows are. */
export class IdleClock {
  readonly #idle: number | undefined;
  readonly #made: (now: number) => number | undefined;
  readonly #context: RunContext;
  #timer: NodeJS.Timeout | undefined;
  /** A watermark that is still being handed on. Never rejects. */
  #ticking: Promise<void> | undefined;
  #isBusy = false;

  /**
   * @param idle ms without rows after which the clock is asked; undefined: never.
   * @param made the watermark (us) at that time (ms of `performance.now`); undefined where there is none to be told.
   */
  constructor(idle: number | undefined, made: (now: number) => number | undefined, context: RunContext) {
    this.#idle = idle;
    this.#made = made;
    this.#context = context;
  }

  /** Does `work` for rows that came, then looks at the clock until the next ones come. */
  async attended(out: Output, work: () => void | Promise<void>): Promise<void> {
    if (this.#ticking !== undefined) await this.#ticking;
    this.#isBusy = true;
    try {
      await work();
    } finally {
      this.#isBusy = false;
      this.#watch(out);
    }
  }

  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#ticking;
  }

  #watch(out: Output): void {
    const idle = this.#idle;
    if (idle === undefined || this.#timer !== undefined) return;
    const tick = (): void => {
      this.#timer = setTimeout(tick, Math.min(1000, Math.max(10, idle / 4))).unref();
      if (this.#isBusy || this.#ticking !== undefined || out.full) return;
      const watermark = this.#made(performance.now());
      if (watermark === undefined) return;
      this.#ticking = this.#pass(watermark, out).finally(() => (this.#ticking = undefined));
    };
    this.#timer = setTimeout(tick, idle).unref();
  }

  async #pass(watermark: number, out: Output): Promise<void> {
    try {
      await out.watermark(watermark);
    } catch (error) {
      this.#context.fail(error);
    }
  }
}
