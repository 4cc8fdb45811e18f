import type { SinkHandle } from '../../connect/connector.ts';
import type { RecordBatch } from '../../data/batch.ts';
import type { RunContext } from '../context.ts';
import type { Operator } from '../operator.ts';

/**
 * Writes what comes in. Of rows that end, committing is the runner's business, which knows when they do.
 *
 * @param endless the run that it is part of, where the rows never end: then they are committed as they come.
 */
export const sinkOperator = (handle: SinkHandle, endless?: RunContext): Operator =>
  endless === undefined
    ? { wants: () => true, onBatch: (batch) => handle.write(batch) }
    : new EndlessSink(handle, endless);

/** Commits every `epochMs` while rows come, and what is left when the run is stopped or fails elsewhere. */
class EndlessSink implements Operator {
  readonly #handle: SinkHandle;
  readonly #context: RunContext;
  /** The call to the sink that is going on: they never overlap. */
  #busy: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #isDirty = false;
  #isBroken = false;

  constructor(handle: SinkHandle, context: RunContext) {
    this.#handle = handle;
    this.#context = context;
  }

  wants(): boolean {
    return true;
  }

  onBatch(batch: RecordBatch): Promise<void> {
    this.#isDirty = true;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#inTurn(() => this.#commit(false)).catch(this.#context.fail);
    }, this.#context.settings.epochMs);
    return this.#inTurn(() => this.#handle.write(batch));
  }

  async #commit(final: boolean): Promise<void> {
    if (!this.#isDirty) return;
    this.#isDirty = false;
    const before = this.#handle.committed;
    await this.#handle.commit(undefined, final);
    this.#context.progress.rowsCommitted += this.#handle.committed - before;
  }

  #inTurn(work: () => void | Promise<void>): Promise<void> {
    const turn = this.#busy.then(async () => {
      if (this.#isBroken) return;
      try {
        await work();
      } catch (error) {
        this.#isBroken = true;
        throw error;
      }
    });
    this.#busy = turn.catch(() => undefined);
    return turn;
  }

  /** Rows that came in whole are kept, why ever no more come: earlier ones have been committed too. */
  async close(failed: boolean): Promise<void> {
    clearTimeout(this.#timer);
    await this.#busy;
    if (failed) await this.#inTurn(() => this.#commitRest());
  }

  /** Files that replace others appear with the last commit, even if no row has come since the one before. */
  #commitRest(): Promise<void> {
    this.#isDirty = true;
    return this.#commit(true);
  }
}
