import { Bug, RunError } from '../../base/errors.ts';
import { rowNumbers, type RecordBatch } from '../../data/batch.ts';
import type { F64Column } from '../../data/column.ts';
import { slice } from '../../data/gather.ts';
import { RowError } from '../../expr/functions/function.ts';
import { rowField, tapOf, type Canary, type Tap } from '../../plan/canary.ts';
import type { RunContext } from '../context.ts';
import type { Operator, Output } from '../operator.ts';
import { BrokenPromise } from './broken-promise.ts';
import type { Difference } from './canary-blame.ts';
import { rowsIn, under, type Row } from './canary-rows.ts';
import { ChainRunner, type MakeOperator } from './canary-chain.ts';
import { chosenOf, dropChosen, type Chosen } from './tap.ts';

/**
 * Holds what came of some batches against what comes of them as the query was written. The rows of such a batch are
 * handed on once they agree.
 *
 * @throws BrokenPromise E0502 that names the promise which is false, as far as the rows tell.
 */
export function canaryOperator(plan: Canary, context: RunContext, make: MakeOperator): Operator {
  return new CanaryOperator(plan, context, make);
}

class CanaryOperator implements Operator {
  readonly #plan: Canary;
  readonly #tap: Tap;
  readonly #context: RunContext;
  readonly #runner: ChainRunner;
  readonly #numbers: number;
  /** Rows of the batch that is looked at, as far as they have come. */
  #held: RecordBatch[] = [];

  constructor(plan: Canary, context: RunContext, make: MakeOperator) {
    this.#plan = plan;
    this.#tap = tapOf(plan);
    this.#context = context;
    this.#runner = new ChainRunner(make, context);
    this.#numbers = plan.input.schema.findIndex((f) => f.name === rowField.name);
  }

  onBatch(batch: RecordBatch, _port: number, out: Output): void | Promise<void> {
    const [next] = chosenOf(this.#tap);
    const numbers = numbersOf(batch, this.#numbers);
    if (next === undefined || lastOf(batch, numbers) < next.first) return out.emit(this.#plain(batch));
    return this.#take(batch, numbers, out);
  }

  /** Rows come in the order of their numbers. */
  async #take(batch: RecordBatch, numbers: Float64Array, out: Output): Promise<void> {
    const rows = rowNumbers(batch);
    for (let at = 0; at < rows.length;) {
      const [next] = chosenOf(this.#tap);
      const bound = next === undefined ? Infinity : next.first;
      let end = at;
      while (end < rows.length && numbers[rows[end]!]! < bound) end++;
      if (end > at) await out.emit(this.#plain(slice(batch, at, end)));
      if (next === undefined || end === rows.length) return;
      at = end;
      while (end < rows.length && numbers[rows[end]!]! <= next.last) end++;
      if (end > at) this.#held.push(slice(batch, at, end));
      const isOver = end < rows.length || numbers[rows[end - 1]!] === next.last;
      if (isOver) await this.#settle(next, out);
      at = end;
    }
  }

  /** Rows that are held come later than it says. */
  onWatermark(time: number, _port: number, out: Output): void | Promise<void> {
    return this.#held.length === 0 ? out.watermark(time) : undefined;
  }

  onBarrier(out: Output): Promise<void> {
    return this.#settleAll(out);
  }

  onEnd(_port: number, out: Output): Promise<void> {
    return this.#settleAll(out);
  }

  close(): void {
    this.#held = [];
  }

  async #settleAll(out: Output): Promise<void> {
    for (let [next] = chosenOf(this.#tap); next !== undefined; [next] = chosenOf(this.#tap))
      await this.#settle(next, out);
  }

  async #settle({ batch }: Chosen, out: Output): Promise<void> {
    const held = this.#held.splice(0);
    dropChosen(this.#tap);
    // Of a command that was stopped since nobody wants more not all rows have come.
    if (out.full) return;
    await usable(this.#context, () => compare(this.#plan, this.#runner, batch, rowsIn(this.#plan.input.schema, held)));
    for (const rows of held) await out.emit(this.#plain(rows));
  }

  #plain(batch: RecordBatch): RecordBatch {
    return { ...batch, schema: this.#plan.schema, columns: batch.columns.filter((_, c) => c !== this.#numbers) };
  }
}

/** A command that fails on rows that it is not shown any more tells nothing. */
export async function usable({ signal }: RunContext, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (error instanceof BrokenPromise) throw error;
    if (!(error instanceof RunError) && !(error instanceof RowError)) throw error;
  }
  signal.throwIfAborted();
}

async function compare(plan: Canary, runner: ChainRunner, batch: RecordBatch, given: readonly Row[]): Promise<void> {
  const { plain, order } = plan;
  const names = plan.input.schema;
  const rows = rowsIn(names, await runner.run(plain, [batch]));
  const [written, rewritten] = [under(order, rows, names), under(order, given, names)];
  const n = Math.max(written.length, rewritten.length);
  for (let i = 0; i < n; i++) {
    if (written[i]?.text === rewritten[i]?.text) continue;
    const difference: Difference = { written: written[i], rewritten: rewritten[i], schema: names };
    const { blamed } = await import('./canary-blame.ts');
    throw await blamed(plan, runner, batch, difference);
  }
}

function numbersOf(batch: RecordBatch, at: number): Float64Array {
  const column = batch.columns[at] as F64Column;
  if (column.kind !== 'f64') throw new Bug('row numbers that are none');
  return column.values;
}

const lastOf = (batch: RecordBatch, numbers: Float64Array): number =>
  numbers[batch.selection === undefined ? batch.length - 1 : batch.selection.at(-1)!] ?? 0;
