/**
 * How a run is told from outside to hold its input, or to take what has come by now for all of it. Each run has its own.
 */
export class Valve {
  /** Why the input of this run must not be ended before it ends by itself. */
  refusal: string | undefined;
  #isDrained = false;
  #held: Promise<void> | undefined;
  #open: () => void = () => undefined;
  readonly #sources = new Set<() => void>();

  /** The input was ended: that it has no more rows is not known. */
  get isDrained(): boolean {
    return this.#isDrained;
  }

  /** Settles once rows may come again; undefined while they may. */
  get held(): Promise<void> | undefined {
    return this.#held;
  }

  pause(): void {
    this.#held ??= new Promise((resolve) => (this.#open = resolve));
  }

  resume(): void {
    this.#held = undefined;
    this.#open();
  }

  /**
   * Ends the input: sources that are being read stop after the batch in their hands, windows close, and all is committed.
   * Tables and files that are still to be read are read whole.
   */
  drain(): void {
    this.#isDrained = true;
    for (const end of this.#sources) end();
    this.resume();
  }

  /** Calls `end` when the input is ended. @returns takes it back */
  onDrain(end: () => void): () => void {
    this.#sources.add(end);
    return () => void this.#sources.delete(end);
  }
}
