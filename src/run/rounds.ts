import { performance } from 'node:perf_hooks';

/** How many times as long as the last round took passes before the next one. */
const PATIENCE = 4;

/**
 * Rounds through rows in scratch files. A round reads all that is kept, so it waits until enough has come; but rows are not
 * left alone for long where few come.
 */
export class Rounds {
  readonly #longest: number;
  #ended = performance.now();
  #took = 0;

  /** @param longest ms after which a round is due, however few rows came. */
  constructor(longest: number) {
    this.#longest = longest;
  }

  /** There was no round for some time. */
  get isDue(): boolean {
    return performance.now() - this.#ended >= Math.max(this.#longest, this.#took * PATIENCE);
  }

  /** A round begins. @returns to be called when it ends */
  begin(): () => void {
    const start = performance.now();
    return () => {
      this.#ended = performance.now();
      this.#took = this.#ended - start;
    };
  }
}

/** So many bytes of rows have come that a round is worth reading those that were there. @param share bytes of memory. */
export const isWorthRound = (fresh: number, there: number, share: number): boolean =>
  fresh >= Math.max(share / 2, there / 2);
