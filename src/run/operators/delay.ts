import { performance } from 'node:perf_hooks';
import type { RecordBatch } from '../../data/batch.ts';
import type { F64Column } from '../../data/column.ts';
import { markField, NO_MARK } from '../../data/event-time.ts';
import type { Delay } from '../../plan/watermark.ts';
import type { RunContext } from '../context.ts';
import type { Operator, Output } from '../operator.ts';
import { hiddenColumn } from './window-times.ts';

/** Makes watermarks come later; where none come for long, the clock makes them. */
export const delayOperator = (plan: Delay, context: RunContext): Operator => new DelayOperator(plan, context);

class DelayOperator implements Operator {
  readonly #plan: Delay;
  readonly #context: RunContext;
  readonly #markAt: number;
  /** The last watermark that came; us. */
  #given = NO_MARK;
  /** The last one that the clock made; us. A row cannot be in time for what has been closed by it. */
  #made = NO_MARK;
  /** ms of the clock. */
  #heard = performance.now();
  #timer: NodeJS.Timeout | undefined;
  /** A watermark of the clock that is still being handed on. Never rejects. */
  #ticking: Promise<void> | undefined;
  #isBusy = false;

  constructor(plan: Delay, context: RunContext) {
    this.#plan = plan;
    this.#context = context;
    this.#markAt = plan.input.schema.findIndex((f) => f.name === markField.name);
  }

  async onBatch(batch: RecordBatch, _port: number, out: Output): Promise<void> {
    await this.#attended(out, () => out.emit({ ...this.#later(batch), schema: this.#plan.schema }));
  }

  async onWatermark(time: number, _port: number, out: Output): Promise<void> {
    this.#given = time;
    await this.#attended(out, () => out.watermark(time - this.#plan.by));
  }

  async onEnd(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#ticking;
  }

  close(): Promise<void> {
    return this.onEnd();
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

  async #attended(out: Output, work: () => void | Promise<void>): Promise<void> {
    if (this.#ticking !== undefined) await this.#ticking;
    this.#isBusy = true;
    this.#heard = performance.now();
    try {
      await work();
    } finally {
      this.#isBusy = false;
      this.#watch(out);
    }
  }

  /** Looks at the clock until the next rows come. */
  #watch(out: Output): void {
    const { idle, by } = this.#plan;
    if (idle === undefined || this.#timer !== undefined) return;
    const tick = (): void => {
      this.#timer = setTimeout(tick, Math.min(1000, Math.max(10, idle / 4))).unref();
      const quiet = performance.now() - this.#heard;
      if (this.#isBusy || this.#ticking !== undefined || out.full || quiet < idle || this.#given === NO_MARK) return;
      this.#made = this.#given - by + Math.floor(quiet * 1000);
      this.#ticking = this.#pass(this.#made, out).finally(() => (this.#ticking = undefined));
    };
    this.#timer = setTimeout(tick, idle).unref();
  }

  async #pass(watermark: number, out: Output): Promise<void> {
    try {
      await out.watermark(watermark);
    } catch (error) {
      this.#context.fail(error);
    }
  }
}
