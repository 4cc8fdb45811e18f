import { Bug, type RunError } from '../../base/errors.ts';
import { connectors } from '../../connect/catalog.ts';
import type { SinkHandle } from '../../connect/connector.ts';
import { rowsOf } from '../../data/batch.ts';
import { batchOf } from '../../data/builder.ts';
import { cell } from '../../data/cell.ts';
import { timestampText } from '../../data/timestamp.ts';
import type { Value } from '../../data/value.ts';
import { bounded } from '../../plan/facts.ts';
import type { Shell } from '../../plan/plan.ts';
import type { DeadLetter } from '../../plan/shell-ways.ts';
import { connectContext } from '../connect-context.ts';
import type { RunContext } from '../context.ts';
import { newStats } from '../job-stats.ts';
import { CommandError, counted, nameOf } from './shell-faults.ts';
import type { Unit } from './shell-unit.ts';

/**
 * Rows on which a command fails, on their way to where ON ERROR INTO sends them. The target is opened for the first one.
 * What a run that ends has written there is committed at its end, after its result; else as it goes.
 */
export class DeadLetters {
  readonly #plan: Shell;
  readonly #to: DeadLetter;
  readonly #context: RunContext;
  readonly #endless: boolean;
  #handle: SinkHandle | undefined;
  #rows = 0;
  #committed = Date.now();
  /** Units fail side by side, but are written one after the other. */
  #turn: Promise<void> = Promise.resolve();

  constructor(plan: Shell, to: DeadLetter, context: RunContext) {
    this.#plan = plan;
    this.#to = to;
    this.#context = context;
    this.#endless = !bounded(plan);
  }

  /** @param unit one row. */
  write(unit: Unit, error: RunError): Promise<void> {
    const written = this.#turn.then(() => this.#write(unit, error));
    this.#turn = written.catch(() => undefined);
    return written;
  }

  async #write(unit: Unit, error: RunError): Promise<void> {
    this.#handle ??= await this.#open();
    const facts = this.#facts(unit, error);
    await this.#handle.write(batchOf(this.#to.schema, [this.#to.schema.map((f) => facts[f.name]!)]));
    this.#rows++;
    this.#context.progress.rowsSkipped++;
    if (!this.#endless || Date.now() - this.#committed < this.#context.settings.epochMs) return;
    await this.#handle.commit(undefined, false);
    this.#committed = Date.now();
  }

  #facts({ batches, first }: Unit, error: RunError): Readonly<Record<string, Value>> {
    const [batch] = batches;
    const [row] = rowsOf(batch!);
    const value = (name: string | undefined): Value => {
      const c = batch!.schema.findIndex((f) => f.name === name);
      return c < 0 ? null : cell(batch!.columns[c]!, batch!.schema[c]!.type, row!);
    };
    const { reads, call } = this.#plan;
    const sent = Object.fromEntries(reads.map((name, i) => [call?.names[i] ?? name, value(name)]));
    return {
      failed_at: timestampText(Date.now() * 1000),
      command: nameOf(this.#plan),
      source: value(this.#to.file),
      line: value(this.#to.line),
      row_number: BigInt(first),
      row: JSON.stringify(sent, plainJson),
      exit_code: error instanceof CommandError && error.exit !== undefined ? BigInt(error.exit) : null,
      error: error.message,
      stderr: error instanceof CommandError && error.tail.length > 0 ? error.tail.join('\n') : null,
    };
  }

  async close(failed: boolean): Promise<void> {
    await this.#turn;
    const handle = this.#handle;
    if (handle === undefined) return;
    this.#handle = undefined;
    const isKept = !failed || this.#endless;
    try {
      if (isKept) await handle.commit(undefined, true);
      else await handle.abort();
    } finally {
      await handle.close();
    }
    if (isKept) this.#context.log(`${nameOf(this.#plan)} failed on ${counted(this.#rows)}: see ${this.#to.label}`);
  }

  async #open(): Promise<SinkHandle> {
    const { connector, options, columns, label, schema } = this.#to;
    const sink = connectors.get(connector)?.sink;
    if (sink === undefined) throw new Bug(`connector ${connector} is no sink`);
    const stats = newStats(-1, label);
    const context = { ...connectContext(this.#context, this.#plan, stats, false), countBytes: () => undefined };
    return sink.open({ options, schema, columns, label }, context);
  }
}

/** Integers beyond 2^53 as they are written, and bytes as hex digits. */
function plainJson(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value;
}
