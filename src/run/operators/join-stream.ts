import type { RecordBatch } from '../../data/batch.ts';
import type { Retention } from '../../plan/joins.ts';
import type { Join } from '../../plan/plan.ts';
import type { RunContext } from '../context.ts';
import type { Account } from '../memory.ts';
import type { Operator, Output } from '../operator.ts';
import { joinParts, JoinPairs, type JoinParts } from './join-pairs.ts';
import { StreamJoinSpill } from './join-stream-spill.ts';
import { rowTimes, type TimesOf } from './join-times.ts';

/**
 * Symmetric hash join of two inputs that come side by side: each row meets the rows of the other side that came before
 * it, and is kept for those behind it until the other side's watermark says that none of them can meet it. Then a row
 * that has met none gets its NULLs (outer), or goes out (anti).
 *
 * A row that is late meets just the rows that its source's watermark had not given up when it came (`$mark`): so neither
 * batches nor the interleaving of the inputs change a result.
 *
 * What does not fit into memory goes to scratch files by the hashes of its keys, and so do the rows that come after;
 * every now and then they are joined, one part after the other; one that does not fit, block by block.
 *
 * Wilschut, Apers: Dataflow Query Execution in a Parallel Main-Memory Environment (PDIS 1991); Kang, Naughton, Viglas:
 * Evaluating Window Joins over Unbounded Streams (ICDE 2003); Urhan, Franklin: XJoin (IEEE Data Eng. Bull. 2000).
 */
export const streamJoinOperator = (plan: Join, retention: Retention, context: RunContext): Operator =>
  new StreamJoin(plan, retention, context);

class StreamJoin implements Operator {
  readonly #parts: JoinParts;
  readonly #retention: Retention;
  readonly #context: RunContext;
  readonly #timesOf: readonly [TimesOf, TimesOf];
  readonly #account: Account;
  /** By side, us: of its rows still to come, none happens before. Infinity: there are none. */
  readonly #watermarks: [number, number] = [-Infinity, -Infinity];
  #pairs: JoinPairs;
  /** Instead of `#pairs`, while they are too many. */
  #spill: StreamJoinSpill | undefined;

  constructor(plan: Join, retention: Retention, context: RunContext) {
    this.#parts = joinParts(plan, retention);
    this.#retention = retention;
    this.#context = context;
    this.#timesOf = [
      rowTimes(plan.left.schema, retention.left, retention.ttl),
      rowTimes(plan.right.schema, retention.right, retention.ttl),
    ];
    this.#account = context.memory.open();
    this.#pairs = new JoinPairs(this.#parts);
  }

  wants(port: number, out: Output): boolean {
    if (out.full) return false;
    const isOtherOpen = this.#watermarks[1 - port]! < Infinity;
    return isOtherOpen || this.#spill !== undefined || this.#pairs.sides[1 - port]!.alive > 0 || this.#parts.keepsUnmet[port]!; // prettier-ignore
  }

  async onBatch(batch: RecordBatch, port: number, out: Output): Promise<void> {
    await this.#forgetByClock(out);
    const times = this.#timesOf[port]!(batch);
    if (this.#spill === undefined) await this.#pairs.take(batch, times, port, this.#limits[port]!, out);
    else {
      this.#spill.keep(batch, times, port, this.#limits);
      if (this.#spill.isWorthIt) await this.#join(this.#spill, out);
    }
    this.#settle();
  }

  async onWatermark(time: number, port: number, out: Output): Promise<void> {
    this.#watermarks[port] = time;
    await this.#forgetByClock(out);
    if (this.#retention.ttl === undefined) await this.#expire(1 - port, out);
    await this.#passOn(out);
  }

  async onEnd(port: number, out: Output): Promise<void> {
    this.#watermarks[port] = Infinity;
    await this.#expire(1 - port, out);
    if (this.#watermarks[1 - port] === Infinity && this.#spill !== undefined) await this.#join(this.#spill, out);
    await this.#passOn(out);
    if (this.#watermarks[1 - port] === Infinity) this.close();
  }

  close(): void {
    this.#account.close();
    this.#spill?.close();
  }

  /** By side: rows of it that this time is beyond are of no use; us. */
  get #limits(): readonly [number, number] {
    const { ttl } = this.#retention;
    const of = (other: number): number => (ttl === undefined || other === Infinity ? other : Date.now() * 1000);
    return [of(this.#watermarks[1]), of(this.#watermarks[0])];
  }

  async #forgetByClock(out: Output): Promise<void> {
    if (this.#retention.ttl === undefined) return;
    for (const port of [0, 1]) await this.#expire(port, out);
  }

  async #expire(port: number, out: Output): Promise<void> {
    if (this.#spill === undefined) await this.#pairs.expire(port, this.#limits[port]!, out);
    else if (this.#spill.isTimeForIt) await this.#join(this.#spill, out);
  }

  /** Joins what has come since the last time. When what is left fits into memory, it goes on there. */
  async #join(spill: StreamJoinSpill, out: Output): Promise<void> {
    await spill.join(this.#limits, out);
    const restored = spill.restored();
    if (restored === undefined) return;
    this.#pairs = restored;
    this.#spill = undefined;
    spill.close();
  }

  #settle(): void {
    if (this.#spill !== undefined) return;
    const { bytes } = this.#pairs;
    if (this.#account.hold(bytes)) {
      this.#spill = new StreamJoinSpill(this.#parts, this.#pairs, this.#context);
      this.#pairs = new JoinPairs(this.#parts);
      this.#account.hold(0);
    }
  }

  /** Rows that are held back may come out with their own time, which the watermark must not pass before. */
  #passOn(out: Output): void | Promise<void> {
    const time = Math.min(...this.#watermarks, (this.#spill ?? this.#pairs).leastTime);
    return Number.isFinite(time) ? out.watermark(time) : undefined;
  }
}
