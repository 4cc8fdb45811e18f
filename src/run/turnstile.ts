/** Lets one piece of work through at a time, in the order they come. Work that need not wait for anything is done at once. */
export class Turnstile {
  #taken = false;
  readonly #waiting: (() => void)[] = [];

  pass(work: () => void | Promise<void>): void | Promise<void> {
    if (this.#taken) return this.#queue(work);
    this.#taken = true;
    let pending: void | Promise<void>;
    try {
      pending = work();
    } catch (error) {
      this.#leave();
      throw error;
    }
    if (pending instanceof Promise) return pending.finally(() => this.#leave());
    this.#leave();
    return undefined;
  }

  async #queue(work: () => void | Promise<void>): Promise<void> {
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      await work();
    } finally {
      this.#leave();
    }
  }

  /** Whoever waits longest is next; it stays taken for them. */
  #leave(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#taken = false;
    else next();
  }
}
