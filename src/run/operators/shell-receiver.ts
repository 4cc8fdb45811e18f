import type { RecordBatch } from '../../data/batch.ts';
import { decoder } from '../../data/format/catalog.ts';
import type { Decoder, Fault, Metadata } from '../../data/format/format.ts';
import type { Schema } from '../../data/types.ts';
import type { Shell } from '../../plan/plan.ts';
import type { RunContext } from '../context.ts';
import { undecodable, type Counts } from './shell-faults.ts';
import type { Sent } from './shell-sender.ts';

/** Turns what one process writes into rows, of the schema of the plan. */
export interface Receiver {
  /** These rows are being sent; called before any of their bytes is written. */
  sent(rows: Sent): void;
  /** Gives the rows that are certain now. @throws RunError E0502, E0503 */
  take(chunks: readonly Buffer[]): readonly RecordBatch[];
  /** The process has ended well: gives the rest. @throws RunError E0502, E0503 */
  end(): readonly RecordBatch[];
  /** Bytes of rows that wait for the output to tell what became of them. */
  readonly held: number;
}

/** Rows as they are parsed: nothing is carried, so nothing has to be aligned. */
export class PlainReceiver implements Receiver {
  readonly held = 0;
  readonly #decoder: Decoder;
  readonly #counts: Counts;

  constructor(plan: Shell, context: RunContext, counts: Counts) {
    this.#decoder = outputDecoder(plan, plan.schema, context, onFault(plan, context));
    this.#counts = counts;
  }

  sent(): void {
    // Rows that come out have nothing to do with those that go in.
  }

  take(chunks: readonly Buffer[]): readonly RecordBatch[] {
    return this.#count(advance(this.#decoder, chunks));
  }

  end(): readonly RecordBatch[] {
    return this.#count(this.#decoder.end());
  }

  #count(batches: readonly RecordBatch[]): readonly RecordBatch[] {
    for (const batch of batches) this.#counts.received += batch.length;
    return batches;
  }
}

/** A decoder of what the (last) command writes. @param schema columns to produce, all of them written ones. */
export const outputDecoder = (
  plan: Shell,
  schema: Schema,
  { settings }: RunContext,
  onFault: (fault: Fault) => 'skip' | 'null',
  metadata: Readonly<Record<string, Metadata>> = {},
): Decoder =>
  decoder(plan.outputFormat.name, {
    schema,
    columns: plan.writes.map((field) => field.name),
    options: plan.outputFormat.options,
    batchRows: settings.batchRows,
    maxRecord: settings.maxRecord,
    onFault,
    metadata,
    ...(plan.usedUp && { reuse: true }),
  });

/** What ON ERROR says of an output row that cannot be decoded. */
export const onFault =
  (plan: Shell, context: RunContext) =>
  (fault: Fault): 'skip' => {
    const error = undecodable(plan, fault);
    if (plan.onError !== 'skip') throw error;
    countSkipped(context, error.message);
    return 'skip';
  };

/** After that many, rows left out are only counted. */
const MOST_SHOWN = 10;

export function countSkipped({ progress, log }: RunContext, message: string): void {
  if (progress.rowsSkipped++ < MOST_SHOWN) log(`skipped: ${message}`);
}

/** Puts bytes into the decoder, all in one step: each step makes batches. */
export function advance(decoder: Decoder, chunks: readonly Buffer[]): readonly RecordBatch[] {
  const size = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  const space = decoder.space(size);
  let at = 0;
  for (const chunk of chunks) {
    space.set(chunk, at);
    at += chunk.length;
  }
  return decoder.advance(size);
}
