import { performance } from 'node:perf_hooks';
import type { RecordBatch } from '../data/batch.ts';
import { rowCount } from '../data/batch.ts';
import type { Operator, OperatorStats, Output } from './operator.ts';

/** A running operator with its output and the number of inputs that have not ended. */
export interface Running {
  readonly operator: Operator;
  readonly stats: OperatorStats;
  readonly out: Edge | undefined;
  open: number;
}

/** Time spent below the call that is being measured, so that each operator is charged for its own work only. */
let nested = 0;

/** The way from one operator into a port of the next; it counts rows and time. */
export class Edge implements Output {
  readonly #to: Running;
  readonly #port: number;
  readonly #from: OperatorStats;

  constructor(from: OperatorStats, to: Running, port: number) {
    this.#from = from;
    this.#to = to;
    this.#port = port;
  }

  get full(): boolean {
    const { operator, out } = this.#to;
    return operator.wants ? !operator.wants(this.#port, out ?? nowhere) : (out?.full ?? false);
  }

  emit(batch: RecordBatch): void | Promise<void> {
    const rows = rowCount(batch);
    if (rows === 0) return undefined;
    this.#from.rowsOut += rows;
    this.#to.stats.rowsIn += rows;
    const { operator, out } = this.#to;
    const outer = nested;
    nested = 0;
    const start = performance.now();
    let pending: void | Promise<void>;
    try {
      pending = operator.onBatch(batch, this.#port, out ?? nowhere);
    } finally {
      const elapsed = performance.now() - start;
      this.#to.stats.busy += elapsed - nested;
      nested = outer + elapsed;
    }
    return pending instanceof Promise ? this.#waitFor(pending) : undefined;
  }

  async #waitFor(pending: Promise<void>): Promise<void> {
    const start = performance.now();
    await pending;
    this.#from.blocked += performance.now() - start;
  }

  /** No more rows will come this way. Ends the operators below once all their inputs have ended. */
  async end(): Promise<void> {
    const { operator, out } = this.#to;
    await operator.onEnd?.(this.#port, out ?? nowhere);
    if (--this.#to.open === 0) await out?.end();
  }

  /** An epoch is over: pushes out what every operator below still holds of it. */
  async barrier(): Promise<void> {
    const { operator, out } = this.#to;
    await operator.onBarrier?.(out ?? nowhere);
    await out?.barrier();
  }
}

/** What the root operator emits into; roots emit nothing. */
const nowhere: Output = { emit: () => undefined, full: false };
