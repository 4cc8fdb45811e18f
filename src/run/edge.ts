import { performance } from 'node:perf_hooks';
import type { RecordBatch } from '../data/batch.ts';
import { rowCount } from '../data/batch.ts';
import type { HeldCount } from './held.ts';
import type { Operator, OperatorStats, Output } from './operator.ts';
import { blockedBy, charged, handedOn } from './operator-times.ts';
import { Turnstile } from './turnstile.ts';

/** A running operator with its output and what is known of its inputs. */
export class Running {
  readonly operator: Operator;
  readonly stats: OperatorStats;
  readonly out: Edge | undefined;
  /** Calls never overlap, whoever makes them: several sources, a command that hands on what it prints, a timer. */
  readonly turnstile = new Turnstile();
  /** Called after rows of which the operator wants no more: a source that waits for more of them may stop. */
  readonly filled: () => void;
  readonly held: HeldCount | undefined;
  /** Inputs that have not ended. */
  open: number;
  /** The last watermark of each input; one that has ended is +Infinity. */
  readonly watermarks: number[];

  constructor(
    operator: Operator,
    stats: OperatorStats,
    out: Edge | undefined,
    inputs: number,
    filled: () => void,
    held?: HeldCount,
  ) {
    this.operator = operator;
    this.stats = stats;
    this.out = out;
    this.filled = filled;
    this.held = held;
    this.open = inputs;
    this.watermarks = new Array<number>(inputs).fill(-Infinity);
  }
}

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
    const { operator, stats, out, turnstile } = this.#to;
    this.#from.rowsOut += rows;
    this.#from.batchesOut++;
    stats.rowsIn += rows;
    stats.batchesIn++;
    const start = performance.now();
    const pending = turnstile.pass(() => charged(stats, () => operator.onBatch(batch, this.#port, out ?? nowhere)));
    if (pending !== undefined) return this.#waitFor(start, pending);
    handedOn(this.#from, start);
    this.#to.held?.look();
    this.#noticeFull();
    return undefined;
  }

  watermark(time: number): void | Promise<void> {
    const { operator, stats, out, watermarks, turnstile } = this.#to;
    if (!(time > watermarks[this.#port]!)) return undefined;
    return turnstile.pass(() => {
      watermarks[this.#port] = time;
      if (operator.onWatermark !== undefined)
        return charged(stats, () => operator.onWatermark!(time, this.#port, out ?? nowhere));
      return out === undefined ? undefined : passOn(watermarks, out);
    });
  }

  /** No more rows will come this way. Ends the operators below once all their inputs have ended. */
  async end(): Promise<void> {
    const { operator, stats, out, watermarks, turnstile } = this.#to;
    await turnstile.pass(async () => {
      await charged(stats, () => operator.onEnd?.(this.#port, out ?? nowhere));
      watermarks[this.#port] = Infinity;
      if (--this.#to.open === 0) {
        this.#to.held?.close();
        await out?.end();
      } else if (operator.onWatermark === undefined && out !== undefined) await passOn(watermarks, out);
    });
  }

  /** An epoch is over: pushes out what every operator below still holds of it. */
  async barrier(): Promise<void> {
    const { operator, stats, out, turnstile } = this.#to;
    await turnstile.pass(async () => {
      await charged(stats, () => operator.onBarrier?.(out ?? nowhere));
      await out?.barrier();
    });
  }

  async #waitFor(start: number, pending: Promise<void>): Promise<void> {
    await blockedBy(this.#from, start, pending);
    this.#to.held?.look();
    this.#noticeFull();
  }

  /** Only operators that decide for themselves what they want can have come to want no more. */
  #noticeFull(): void {
    if (this.#to.operator.wants !== undefined && this.full) this.#to.filled();
  }
}

/** The least watermark of all inputs, once each has one. That all have ended is said by `end`. */
function passOn(watermarks: readonly number[], out: Edge): void | Promise<void> {
  const least = Math.min(...watermarks);
  return least > -Infinity && least < Infinity ? out.watermark(least) : undefined;
}

/** What the root operator emits into; roots emit nothing. */
const nowhere: Output = { emit: () => undefined, watermark: () => undefined, full: false };
