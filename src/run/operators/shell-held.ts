import { rowNumbers, type RecordBatch } from '../../data/batch.ts';
import { rowBytes } from '../../data/footprint.ts';
import type { RunContext } from '../context.ts';
import { ScratchSegments, type SegmentFrame } from '../scratch-segments.ts';

/** Bytes of rows that are kept in memory; those behind them go to scratch files. */
const IN_MEMORY = 64 * 1024 * 1024;

/** Rows of a command that are not handed on yet, in order. */
export class HeldRows {
  readonly #context: RunContext;
  #batches: (RecordBatch | { readonly frame: SegmentFrame; readonly schema: RecordBatch['schema'] })[] = [];
  #bytes = 0;
  #scratch: ScratchSegments | undefined;

  constructor(context: RunContext) {
    this.#context = context;
  }

  get isEmpty(): boolean {
    return this.#batches.length === 0;
  }

  /** @throws RunError E0701 */
  add(batch: RecordBatch): void {
    if (this.#bytes < IN_MEMORY) {
      this.#bytes += rowBytes(batch);
      this.#batches.push(batch);
      return;
    }
    this.#scratch ??= new ScratchSegments(this.#context);
    this.#batches.push({ frame: this.#scratch.write(batch, rowNumbers(batch)), schema: batch.schema });
  }

  /** Gives all rows, and forgets them. @throws RunError E0701 */
  *take(): Generator<RecordBatch> {
    this.#bytes = 0;
    for (const held of this.#batches.splice(0)) {
      if (!('frame' in held)) yield held;
      else {
        yield this.#scratch!.read(held.frame, held.schema);
        this.#scratch!.release(held.frame);
      }
    }
  }

  close(): void {
    this.#batches = [];
    this.#scratch?.close();
  }
}
