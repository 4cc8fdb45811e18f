import type { RecordBatch } from '../../data/batch.ts';
import type { Decoder } from '../../data/format/format.ts';
import type { Shell } from '../../plan/plan.ts';
import type { RunContext } from '../context.ts';
import { outOfBounds } from './shell-bounds.ts';
import type { Counts } from './shell-faults.ts';
import { tooMany } from './shell-one.ts';
import { advance, onFault, outputDecoder, type Receiver } from './shell-receiver.ts';
import type { Sent } from './shell-sender.ts';

/**
 * EMITS ONE where no column goes around the command: what is parsed is the result, so no row has to be put beside the one
 * it belongs to. That there is one for each is a matter of counting.
 */
export class CountedReceiver implements Receiver {
  held = 0;
  readonly #plan: Shell;
  readonly #counts: Counts;
  readonly #decoder: Decoder;
  /** Of the rows of each batch whose answers have not all come: how many there were up to the last one, and their bytes. */
  readonly #pending: { readonly until: number; readonly size: number }[] = [];
  #sent = 0;
  #received = 0;

  /** @param plan under which no row is left out, neither of those that go in nor of those that come out. */
  constructor(plan: Shell, context: RunContext, counts: Counts) {
    this.#plan = plan;
    this.#counts = counts;
    this.#decoder = outputDecoder(plan, plan.schema, context, onFault(plan, context));
  }

  sent({ batch, bytes }: Sent): void {
    this.#sent += batch.selection?.length ?? batch.length;
    this.held += bytes.length;
    this.#pending.push({ until: this.#sent, size: bytes.length });
  }

  take(chunks: readonly Buffer[]): readonly RecordBatch[] {
    return this.#count(advance(this.#decoder, chunks));
  }

  end(): readonly RecordBatch[] {
    const batches = this.#count(this.#decoder.end());
    if (this.#received !== this.#sent) throw outOfBounds(this.#plan, this.#sent, this.#received);
    return batches;
  }

  #count(batches: readonly RecordBatch[]): readonly RecordBatch[] {
    for (const batch of batches) {
      const left = this.#sent - this.#received;
      this.#received += batch.length;
      this.#counts.received += batch.length;
      if (batch.length > left) throw tooMany(this.#plan, this.#sent, batch, left);
    }
    while (this.#pending.length > 0 && this.#pending[0]!.until <= this.#received)
      this.held -= this.#pending.shift()!.size;
    return batches;
  }
}
