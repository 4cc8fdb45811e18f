import type { RecordBatch } from '../data/batch.ts';
import { rowCount } from '../data/batch.ts';
import type { Offset, SinkHandle } from '../connect/connector.ts';
import type { Sink } from '../plan/plan.ts';
import { Turnstile } from './turnstile.ts';

/** Open sinks of a run, by what they write and where. */
export type OpenSinks = Map<string, Promise<SharedSink>>;

/** Those who write the same to the same place do so by one sink; `open` opens it for the first of them. */
export async function sharedSink(
  sinks: OpenSinks,
  { connector, options, columns }: Pick<Sink, 'connector' | 'options' | 'columns'>,
  open: () => Promise<SinkHandle>,
): Promise<SinkHandle> {
  const key = JSON.stringify([connector, options, columns]);
  const found = sinks.get(key) ?? open().then((sink) => new SharedSink(sink));
  sinks.set(key, found);
  return (await found).user();
}

/** One open sink to which several roots of a job write: a file gets one header, and rows as they come. */
export class SharedSink {
  readonly #sink: SinkHandle;
  readonly #turnstile = new Turnstile();
  #users = 0;
  /** What the last commit said; nothing was written since. */
  #committed: string | undefined;

  constructor(sink: SinkHandle) {
    this.#sink = sink;
  }

  /** What one root writes by; it counts the rows of that root. */
  user(): SinkHandle {
    this.#users++;
    return new SinkUser(this);
  }

  write(batch: RecordBatch): void | Promise<void> {
    return this.#turnstile.pass(() => {
      this.#committed = undefined;
      return this.#sink.write(batch);
    });
  }

  async prepare(offset: Offset | undefined, final: boolean): Promise<void> {
    await this.#sink.prepare?.(offset, final);
  }

  /** The first of the users that commit commits for all. */
  async commit(offset: Offset | undefined, final: boolean): Promise<void> {
    const what = JSON.stringify([offset ?? null, final]);
    if (this.#committed === what) return;
    await this.#sink.commit(offset, final);
    this.#committed = what;
  }

  abort(): void | Promise<void> {
    return this.#sink.abort();
  }

  async close(): Promise<void> {
    if (--this.#users === 0) await this.#sink.close();
  }
}

class SinkUser implements SinkHandle {
  committed = 0;
  readonly #shared: SharedSink;
  #rows = 0;

  constructor(shared: SharedSink) {
    this.#shared = shared;
  }

  write(batch: RecordBatch): void | Promise<void> {
    this.#rows += rowCount(batch);
    return this.#shared.write(batch);
  }

  prepare(offset: Offset | undefined, final: boolean): Promise<void> {
    return this.#shared.prepare(offset, final);
  }

  async commit(offset: Offset | undefined, final: boolean): Promise<void> {
    await this.#shared.commit(offset, final);
    this.committed = this.#rows;
  }

  abort(): void | Promise<void> {
    return this.#shared.abort();
  }

  close(): Promise<void> {
    return this.#shared.close();
  }
}
