import { rowCount, type RecordBatch } from '../../data/batch.ts';
import { Footprint } from '../../data/footprint.ts';
import type { Shell } from '../../plan/plan.ts';
import type { RunContext } from '../context.ts';
import { givesAgain } from '../again.ts';
import type { Operator, Output } from '../operator.ts';
import { BrokenPromise } from './broken-promise.ts';
import { witnessOf } from './shell-witness.ts';

/** Rows after which the counts are made to agree: few at first, so that somebody who wants few does not wait for many. */
const FIRST = 4096;
const MOST = 1 << 18;
/** The same for rows that nobody waits for, since they show only when all is well. */
const WATCHED = 1 << 20;
/** Bytes of rows that are kept meanwhile, where they have to be. */
const KEPT = 64 * 1024 * 1024;

/**
 * Guards a SCOPE RECORD command that EMITS ONE and around which columns go: one row too few, and each row behind it gets
 * the columns of another. So rows are handed on when as many have come out as went in (`guard: 'hold'`), or it is known
 * that whoever takes them lets nobody see them before the end (`watch`). Where the counts differ, the row to blame is
 * looked for: among those since they agreed, which are kept; or, if nothing else asks for them to agree and the rows can be
 * read once more, among all of them.
 */
export class GuardedOperator implements Operator {
  readonly #inner: Operator;
  readonly #plan: Shell;
  readonly #context: RunContext;
  readonly #holds: boolean;
  readonly #keeps: boolean;
  /** What went in since the counts agreed; what came out and is not handed on. */
  #kept: RecordBatch[] = [];
  #ready: RecordBatch[] = [];
  #sent = 0;
  #received = 0;
  readonly #footprint = new Footprint();
  #most: number;
  #out: Output | undefined;
  #explained: Promise<unknown> | undefined;

  constructor(plan: Shell, context: RunContext, make: (plan: Shell, context: RunContext) => Operator) {
    const { guard, ...plain } = plan;
    this.#plan = plain;
    this.#context = context;
    this.#holds = guard === 'hold';
    this.#keeps = this.#holds || !(context.again !== undefined && givesAgain(plan.input!));
    this.#most = this.#holds ? FIRST : WATCHED;
    this.#inner = make(plain, { ...context, fail: (error) => void this.#explain(error).then(context.fail) });
  }

  wants(port: number, out: Output): boolean {
    return this.#inner.wants?.(port, this.#own(out)) ?? !out.full;
  }

  async onBatch(batch: RecordBatch, port: number, out: Output): Promise<void> {
    if (!this.#keeps) return this.#told(() => this.#inner.onBatch(batch, port, this.#own(out)));
    this.#sent += rowCount(batch);
    this.#kept.push(batch);
    this.#footprint.add(batch);
    await this.#told(() => this.#inner.onBatch(batch, port, this.#own(out)));
    if (this.#sent - this.#received >= this.#most || this.#footprint.bytes > KEPT) {
      this.#most = Math.max(this.#most, Math.min(MOST, this.#most * 4));
      await this.onBarrier(out);
    }
  }

  /** Held: nothing tells when the rows before it have come out. */
  onWatermark(): void {
    return undefined;
  }

  onBarrier(out: Output): Promise<void> {
    return this.#told(() => this.#inner.onBarrier?.(this.#own(out)));
  }

  onEnd(port: number, out: Output): Promise<void> {
    return this.#told(() => this.#inner.onEnd?.(port, this.#own(out)));
  }

  close(failed: boolean): void | Promise<void> {
    this.#kept = this.#ready = [];
    return this.#inner.close?.(failed);
  }

  /** Does `work`, and says of what it throws which row is to blame. */
  async #told(work: () => void | Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      throw await this.#explain(error);
    }
  }

  #own(out: Output): Output {
    if (this.#out !== undefined) return this.#out;
    const take = (batch: RecordBatch): void | Promise<void> => this.#take(batch, out);
    this.#out = {
      emit: take,
      watermark: (time) => out.watermark(time),
      get full() {
        return out.full;
      },
    };
    return this.#out;
  }

  #take(batch: RecordBatch, out: Output): void | Promise<void> {
    if (!this.#keeps) return out.emit(batch);
    this.#received += rowCount(batch);
    const agrees = this.#received === this.#sent;
    if (agrees) this.#forget();
    if (!this.#holds) return out.emit(batch);
    this.#ready.push(batch);
    return agrees ? this.#handOn(out) : undefined;
  }

  #forget(): void {
    this.#kept = [];
    this.#footprint.clear();
    this.#sent = this.#received = 0;
  }

  async #handOn(out: Output): Promise<void> {
    for (const batch of this.#ready.splice(0)) if (!out.full) await out.emit(batch);
  }

  #explain(error: unknown): Promise<unknown> {
    if (!(error instanceof BrokenPromise) || error.axis !== 'emits') return Promise.resolve(error);
    return (this.#explained ??= witnessOf(this.#plan, this.#context, this.#keeps ? this.#kept : undefined).then(
      (witness) => (witness === undefined ? error : error.shownBy(witness)),
      () => error,
    ));
  }
}
