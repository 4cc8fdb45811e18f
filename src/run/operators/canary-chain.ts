import type { RecordBatch } from '../../data/batch.ts';
import { inputs } from '../../plan/ops.ts';
import type { Plan } from '../../plan/plan.ts';
import type { RunContext } from '../context.ts';
import type { Operator, Output } from '../operator.ts';

export type MakeOperator = (plan: Plan, context: RunContext) => Operator;

/** Runs operators over some rows beside the query, one after the other: nobody counts what they do, or logs it. */
export class ChainRunner {
  readonly #make: MakeOperator;
  readonly #context: RunContext;

  constructor(make: MakeOperator, context: RunContext) {
    this.#make = make;
    const { own: _, place: __, ...rest } = context;
    this.#context = { ...rest, log: () => undefined, fail: () => undefined, progress: { ...context.progress } };
  }

  /** @param plan operators with one input each over a leaf that stands for `rows`. */
  async run(plan: Plan, rows: readonly RecordBatch[]): Promise<readonly RecordBatch[]> {
    const [input] = inputs(plan);
    return input === undefined ? rows : this.one(plan, await this.run(input, rows));
  }

  /** The same, where an operator may have something to say of no rows, too. */
  async whole(plan: Plan, rows: readonly RecordBatch[]): Promise<readonly RecordBatch[]> {
    const [input] = inputs(plan);
    return input === undefined ? rows : this.#made(plan, await this.whole(input, rows));
  }

  /** What one operator makes of rows: of none, nothing. */
  one(plan: Plan, rows: readonly RecordBatch[]): Promise<readonly RecordBatch[]> {
    return rows.length === 0 ? Promise.resolve([]) : this.#made(plan, rows);
  }

  async #made(plan: Plan, rows: readonly RecordBatch[]): Promise<readonly RecordBatch[]> {
    const given: RecordBatch[] = [];
    const out: Output = { emit: (batch) => void given.push(batch), watermark: () => undefined, full: false };
    const operator = this.#make(plan, this.#context);
    let failed = true;
    try {
      for (const batch of rows) await operator.onBatch(batch, 0, out);
      await operator.onEnd?.(0, out);
      failed = false;
    } finally {
      await operator.close?.(failed);
    }
    return given;
  }
}
