import { performance } from 'node:perf_hooks';
import { setImmediate } from 'node:timers/promises';
import type { RunContext } from './context.ts';
import type { Edge } from './edge.ts';
import type { OperatorStats } from './operator.ts';
import { chargedFor } from './operator-times.ts';

/** ms of work after which the event loop gets its turn; and where other sources wait for theirs. */
const BREATH = 50;
const SHORT_BREATH = 5;

interface Source {
  readonly out: Edge;
  readonly stop: AbortController;
  isWaiting: boolean;
}

/** The sources of a run that are being read. */
export class Sources {
  readonly #context: RunContext;
  readonly #active = new Set<Source>();
  /** Rejects when the run is over before its time. */
  readonly #over: Promise<never>;

  constructor(context: RunContext, over: Promise<never>) {
    this.#context = context;
    this.#over = over;
  }

  /** Stops the sources whose rows nobody wants any more, though they wait for some. */
  stopFull(): void {
    for (const { out, stop, isWaiting } of this.#active) if (isWaiting && out.full) stop.abort();
  }

  /**
   * Reads a source to its end, or until nobody wants more, or until the valve ends it: `take` gets each item that it gives, and then, if more are
   * wanted, `after`.
   *
   * @param open opens the source; its context has a signal that stops this source alone.
   * @param isEndless to wait for its rows is no work.
   * @throws the reason of the run's signal when the run is over.
   */
  async pull<T>(
    stats: OperatorStats,
    out: Edge,
    open: (context: RunContext) => AsyncIterable<T>,
    take: (item: T) => void | Promise<void>,
    isEndless: boolean,
    after?: (item: T) => Promise<void>,
  ): Promise<void> {
    const { signal, valve } = this.#context;
    if (out.full || (isEndless && valve.isDrained)) return;
    const source: Source = { out, stop: new AbortController(), isWaiting: false };
    const own: RunContext = { ...this.#context, signal: AbortSignal.any([signal, source.stop.signal]) };
    const items = open(own)[Symbol.asyncIterator]();
    this.#active.add(source);
    const leave = valve.onDrain(() => source.stop.abort());
    try {
      let breath = performance.now();
      for (;;) {
        if (valve.held !== undefined) await Promise.race([valve.held, this.#over]);
        source.isWaiting = true;
        const next = await (isEndless ? items.next() : chargedFor(stats, items.next()));
        source.isWaiting = false;
        if (next.done) break;
        try {
          const pending = take(next.value);
          if (pending !== undefined) await pending;
        } catch (error) {
          // Said before the source is left, which else would let a command come to its end first.
          this.#context.fail(error);
          throw error;
        }
        // A source that never waits would keep signals and timers out until its end.
        if (performance.now() - breath > (this.#active.size > 1 ? SHORT_BREATH : BREATH)) {
          await setImmediate();
          breath = performance.now();
        }
        if (out.full || signal.aborted) break;
        if (after !== undefined) await after(next.value);
        if (source.stop.signal.aborted) break;
      }
    } finally {
      leave();
      this.#active.delete(source);
      await items.return?.();
    }
    signal.throwIfAborted();
  }
}
