/**
 * Does pieces of work side by side and hands their results on one by one, in the order in which the work was given. At
 * most `size` pieces are being done, or done and not handed on, so a slow taker slows the work down.
 */
export class OrderedPool<R> {
  readonly #size: number;
  readonly #take: (result: R) => void | Promise<void>;
  readonly #failed: (error: Error) => void;
  #pending = 0;
  #failure: Error | undefined;
  /** Settles when all that was given is handed on; never rejects. */
  #tail: Promise<void> = Promise.resolve();
  /** The last of those that wait to give work, so that they do in their order. */
  #turn: Promise<void> = Promise.resolve();
  #wake: (() => void) | undefined;

  /** @param failed told once, of the first piece that failed: nothing after it is handed on. */
  constructor(size: number, take: (result: R) => void | Promise<void>, failed: (error: Error) => void) {
    this.#size = size;
    this.#take = take;
    this.#failed = failed;
  }

  get failure(): Error | undefined {
    return this.#failure;
  }

  get idle(): boolean {
    return this.#pending === 0;
  }

  /** Starts a piece of work as soon as there is room. @throws the first failure so far. */
  submit(work: () => Promise<R>): Promise<void> {
    const given = this.#turn.then(() => this.#submit(work));
    this.#turn = given.catch(() => undefined);
    return given;
  }

  async #submit(work: () => Promise<R>): Promise<void> {
    while (this.#pending >= this.#size && this.#failure === undefined)
      await new Promise<void>((resolve) => (this.#wake = resolve));
    if (this.#failure !== undefined) throw this.#failure;
    this.#pending++;
    const result = work();
    // It is looked at in its turn.
    result.catch(() => undefined);
    this.#tail = this.#tail.then(() => this.#handOn(result));
  }

  async #handOn(result: Promise<R>): Promise<void> {
    try {
      const value = await result;
      if (this.#failure === undefined) await this.#take(value);
    } catch (error) {
      if (this.#failure === undefined) {
        this.#failure = error instanceof Error ? error : new Error(String(error));
        this.#failed(this.#failure);
      }
    } finally {
      this.#pending--;
      this.#wake?.();
      this.#wake = undefined;
    }
  }

  /** Waits until all is handed on. @throws the first failure. */
  async drain(): Promise<void> {
    await this.settle();
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Waits until nothing is being done any more, whatever comes of it. */
  async settle(): Promise<void> {
    await this.#turn;
    await this.#tail;
  }
}
