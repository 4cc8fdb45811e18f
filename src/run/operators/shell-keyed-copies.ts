import { rowCount, rowsOf, type RecordBatch } from '../../data/batch.ts';
import { RowHasher } from '../../data/hash/row-hash.ts';
import type { Shell } from '../../plan/plan.ts';
import type { RunContext } from '../context.ts';
import type { Operator, Output } from '../operator.ts';

/** Starts a command; see `shellOperator`. */
type Make = (plan: Shell, context: RunContext) => Operator;

/**
 * Copies of a SCOPE KEY command that run side by side, each with the rows of its share of the keys (laws A2, G5). What they
 * give is handed on as it comes. A copy that gets no rows is not started, as is no process for a group without rows.
 */
export class KeyedCopiesOperator implements Operator {
  readonly #copies: readonly Operator[];
  readonly #places: readonly number[];
  readonly #hasher: RowHasher;
  readonly #isFed: boolean[];
  /** Settles when what was handed on last has been taken: copies come with their rows when they like. */
  #handedOn: Promise<void> = Promise.resolve();

  constructor({ copies = 1, copiesBy: by = [], ...plan }: Shell, context: RunContext, make: Make) {
    const { schema } = plan.input!;
    this.#places = by.map((name) => schema.findIndex((field) => field.name === name));
    this.#hasher = new RowHasher(this.#places.map((place) => schema[place]!));
    this.#copies = Array.from({ length: copies }, () => make(plan, context));
    this.#isFed = this.#copies.map(() => false);
  }

  wants(port: number, out: Output): boolean {
    return this.#copies.some((copy) => copy.wants?.(port, out) ?? !out.full);
  }

  async onBatch(batch: RecordBatch, port: number, out: Output): Promise<void> {
    const inTurn = this.#inTurn(out);
    const parts = this.#divided(batch);
    const fed = parts.map(async (part, i) => {
      if (rowCount(part) === 0) return;
      this.#isFed[i] = true;
      await this.#copies[i]!.onBatch(part, port, inTurn);
    });
    await Promise.all(fed);
  }

  /** Held: nothing tells when the rows before it have come out of the processes. */
  onWatermark(): void {
    return undefined;
  }

  async onEnd(port: number, out: Output): Promise<void> {
    const inTurn = this.#inTurn(out);
    await Promise.all(
      this.#copies.map(async (copy, i) => {
        if (this.#isFed[i]) await copy.onEnd?.(port, inTurn);
      }),
    );
    await this.#handedOn;
  }

  async close(failed: boolean): Promise<void> {
    await Promise.all(this.#copies.map(async (copy) => copy.close?.(failed)));
  }

  #divided(batch: RecordBatch): readonly RecordBatch[] {
    const hashes = this.#hasher.hash(
      this.#places.map((place) => batch.columns[place]!),
      batch,
    );
    const rows = this.#copies.map((): number[] => []);
    for (const row of rowsOf(batch)) rows[hashes[row]! % rows.length]!.push(row);
    return rows.map((some) => ({ ...batch, selection: Uint32Array.from(some) }));
  }

  /** Hands batches on one after the other. */
  #inTurn(out: Output): Output {
    return {
      emit: (batch) => {
        const taken = this.#handedOn.then(() => out.emit(batch));
        // Whoever gave the batch is told of a failure.
        this.#handedOn = taken.catch(() => undefined);
        return taken;
      },
      watermark: () => undefined,
      get full() {
        return out.full;
      },
    };
  }
}
