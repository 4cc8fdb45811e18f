import { rowCount, type RecordBatch } from '../../data/batch.ts';
import { Footprint } from '../../data/footprint.ts';
import type { Shell } from '../../plan/plan.ts';
import type { RunContext } from '../context.ts';
import { givesAgain } from '../again.ts';
import type { Operator, Output } from '../operator.ts';
import { perRecord } from './shell-faults.ts';
import { HeldRows } from './shell-held.ts';
import { isAboutCounts, withWitness } from './shell-witness.ts';

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
 * that whoever takes them lets nobody see them before the end (`watch`). Of one that EMITS 0..1 or 1..N the same row is
 * looked for; nothing goes around it, so its rows are not held. One that is not SCOPE RECORD gives its rows at its end,
 * or when as many have come out as went in. Where the counts differ, the row to blame is
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
  readonly #ready: HeldRows;
  /** Comes behind the rows that are held. */
  #watermark: number | undefined;
  readonly #isPerRecord: boolean;
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
    this.#isPerRecord = perRecord(plan);
    this.#ready = new HeldRows(context);
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
    if (this.#isPerRecord) {
      this.#kept.push(batch);
      this.#footprint.add(batch);
    }
    await this.#told(() => this.#inner.onBatch(batch, port, this.#own(out)));
    if (!this.#isPerRecord) return;
    if (this.#sent - this.#received >= this.#most || this.#footprint.bytes > KEPT) {
      this.#most = Math.max(this.#most, Math.min(MOST, this.#most * 4));
      await this.onBarrier(out);
    }
  }

  onWatermark(time: number, port: number, out: Output): void | Promise<void> {
    return this.#inner.onWatermark?.(time, port, this.#own(out));
  }

  async onBarrier(out: Output): Promise<void> {
    await this.#told(() => this.#inner.onBarrier?.(this.#own(out)));
    // Of EMITS 0..1 and 1..N the counts may be as they should without being the same.
    this.#forget();
  }

  onEnd(port: number, out: Output): Promise<void> {
    return this.#told(() => this.#inner.onEnd?.(port, this.#own(out)));
  }

  close(failed: boolean): void | Promise<void> {
    this.#kept = [];
    this.#ready.close();
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
      watermark: (time) => (this.#ready.isEmpty ? out.watermark(time) : void (this.#watermark = time)),
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
    this.#ready.add(batch);
    return agrees ? this.#handOn(out) : undefined;
  }

  #forget(): void {
    this.#kept = [];
    this.#footprint.clear();
    this.#sent = this.#received = 0;
  }

  async #handOn(out: Output): Promise<void> {
    for (const batch of this.#ready.take()) if (!out.full) await out.emit(batch);
    const time = this.#watermark;
    this.#watermark = undefined;
    if (time !== undefined) await out.watermark(time);
  }

  #explain(error: unknown): Promise<unknown> {
    if (!isAboutCounts(error)) return Promise.resolve(error);
    return (this.#explained ??= withWitness(error, this.#plan, this.#context, this.#keeps ? this.#kept : undefined));
  }
}
