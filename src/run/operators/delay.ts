import { performance } from 'node:perf_hooks';
import type { RecordBatch } from '../../data/batch.ts';
import type { F64Column } from '../../data/column.ts';
import { markField, NO_MARK } from '../../data/event-time.ts';
import type { Delay } from '../../plan/watermark.ts';
import type { RunContext } from '../context.ts';
import type { Operator, Output } from '../operator.ts';
import { IdleClock } from './idle-clock.ts';
import { hiddenColumn } from './window-times.ts';

/** Makes watermarks come later; where none come for long, the clock makes them. */
export const delayOperator = (plan: Delay, context: RunContext): Operator => new DelayOperator(plan, context);

class DelayOperator implements Operator {
  readonly #plan: Delay;
  readonly #clock: IdleClock;
  readonly #markAt: number;
  /** The last watermark that came; us. */
  #given = NO_MARK;
  /** The last one that the clock made; us. A row cannot be in time for what has been closed by it. */
  #made = NO_MARK;
  /** ms of the clock. */
  #heard = performance.now();

  constructor(plan: Delay, context: RunContext) {
    this.#plan = plan;
    this.#clock = new IdleClock(plan.idle, (now) => this.#byClock(now), context);
    this.#markAt = plan.input.schema.findIndex((f) => f.name === markField.name);
  }

  onBatch(batch: RecordBatch, _port: number, out: Output): Promise<void> {
    return this.#attended(out, () => out.emit({ ...this.#later(batch), schema: this.#plan.schema }));
  }

  onWatermark(time: number, _port: number, out: Output): Promise<void> {
    this.#given = time;
    return this.#attended(out, () => out.watermark(time - this.#plan.by));
  }

  onEnd(): Promise<void> {
    return this.#clock.stop();
  }

  close(): Promise<void> {
    return this.#clock.stop();
  }

  #later(batch: RecordBatch): RecordBatch {
    if (this.#markAt < 0) return batch;
    const { by } = this.#plan;
    const made = this.#made;
    const marks = hiddenColumn(batch, this.#markAt);
    const values = marks.map((mark) =>
      mark === NO_MARK ? Math.max(made, NO_MARK) : Math.max(mark - by, made, NO_MARK),
    );
    const mark: F64Column = { kind: 'f64', values, nulls: undefined };
    return { ...batch, columns: batch.columns.map((column, c) => (c === this.#markAt ? mark : column)) };
  }

  #attended(out: Output, work: () => void | Promise<void>): Promise<void> {
    return this.#clock.attended(out, () => {
      this.#heard = performance.now();
      return work();
    });
  }

  #byClock(now: number): number | undefined {
    const { idle, by } = this.#plan;
    const quiet = now - this.#heard;
    if (quiet < idle! || this.#given === NO_MARK) return undefined;
    return (this.#made = this.#given - by + Math.floor(quiet * 1000));
  }
}
