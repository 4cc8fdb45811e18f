import { Bug } from '../../base/errors.ts';
import { connectors } from '../../connect/catalog.ts';
import type { SinkHandle } from '../../connect/connector.ts';
import { rowCount, type RecordBatch } from '../../data/batch.ts';
import type { Schema } from '../../data/types.ts';
import type { LateSink } from '../../plan/watermark.ts';
import type { RunContext } from '../context.ts';
import { sharedSink } from '../shared-sink.ts';

/**
 * Where the late rows of a source go. It is opened for the first of them. Of a bounded run they are committed at its
 * end, after the result; of one that does not end as it goes.
 */
export class LateRows {
  readonly #into: LateSink;
  readonly #schema: Schema;
  readonly #context: RunContext;
  readonly #endless: boolean;
  #handle: SinkHandle | undefined;
  readonly #what: string;
  #rows = 0;
  #committed = Date.now();

  /** @param what the rows are, for the closing message. */
  constructor(into: LateSink, schema: Schema, context: RunContext, endless: boolean, what = 'late') {
    this.#what = what;
    this.#into = into;
    this.#schema = schema;
    this.#context = context;
    this.#endless = endless;
  }

  async write(batch: RecordBatch): Promise<void> {
    this.#handle ??= await this.#open();
    await this.#handle.write(batch);
    this.#rows += rowCount(batch);
    if (this.#endless && Date.now() - this.#committed >= this.#context.settings.epochMs) await this.#commit(false);
  }

  async close(failed: boolean): Promise<void> {
    const handle = this.#handle;
    if (handle === undefined) return;
    this.#handle = undefined;
    try {
      if (failed && !this.#endless) await handle.abort();
      else await handle.commit(undefined, true);
    } finally {
      await handle.close();
    }
    if (!failed || this.#endless)
      this.#context.log(`${this.#rows} ${this.#what} row${this.#rows === 1 ? '' : 's'} into ${this.#into.label}`);
  }

  async #commit(final: boolean): Promise<void> {
    await this.#handle!.commit(undefined, final);
    this.#committed = Date.now();
  }

  async #open(): Promise<SinkHandle> {
    const { connector, options, columns, label } = this.#into;
    const sink = connectors.get(connector)?.sink;
    if (sink === undefined) throw new Bug(`connector ${connector} is no sink`);
    const { settings, signal, progress, log, sinks } = this.#context;
    const open = () =>
      sink.open(
        { options, schema: this.#schema, columns, label },
        {
          signal,
          batchRows: settings.batchRows,
          busyTimeout: settings.busyTimeout,
          maxRecord: settings.maxRecord,
          countBytes: () => undefined,
          expectBytes: () => undefined,
          countSkipped: (message) => {
            progress.rowsSkipped++;
            log(message);
          },
        },
      );
    return sink.delivery === 'transaction' ? open() : sharedSink(sinks, this.#into, open);
  }
}
