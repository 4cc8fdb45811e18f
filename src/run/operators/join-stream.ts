import { rowsOf, type RecordBatch } from '../../data/batch.ts';
import type { Column } from '../../data/column.ts';
import { gatherBatch, NO_ROW, pick } from '../../data/gather.ts';
import { dropNulls } from '../../data/hash.ts';
import type { Schema } from '../../data/types.ts';
import { compilePredicate } from '../../expr/kernel/compile.ts';
import type { Horizon, Retention } from '../../plan/joins.ts';
import type { Join } from '../../plan/plan.ts';
import type { Held } from '../held.ts';
import type { Operator, Output } from '../operator.ts';
import { joinKeys } from './join-keys.ts';
import { JoinSide } from './join-side.ts';
import { rowTimes, type TimesOf } from './join-times.ts';

/** Most pairs of rows that are put together at once. */
const PAIRS = 65_536;

/**
 * Symmetric hash join of two inputs that come side by side: each row meets the rows of the other side that came before
 * it, and is kept for those behind it until the other side's watermark says that none of them can meet it. Then a row
 * that has met none gets its NULLs (outer), or goes out (anti).
 *
 * A row that is late meets just the rows that its source's watermark had not given up when it came (`$mark`): so neither
 * batches nor the interleaving of the inputs change a result.
 *
 * Wilschut, Apers: Dataflow Query Execution in a Parallel Main-Memory Environment (PDIS 1991); Kang, Naughton, Viglas:
 * Evaluating Window Joins over Unbounded Streams (ICDE 2003).
 */
export const streamJoinOperator = (plan: Join, retention: Retention): Operator => new StreamJoin(plan, retention);

interface Side {
  readonly state: JoinSide;
  readonly keysOf: (batch: RecordBatch) => Column[];
  readonly timesOf: TimesOf;
  /** Rows that meet none are given, too; once it is known that they do not. */
  readonly keepsUnmet: boolean;
  /** us; of its rows still to come, none happens before. Infinity: there are none. */
  watermark: number;
}

class StreamJoin implements Operator {
  readonly #plan: Join;
  readonly #retention: Retention;
  /** Only rows of the left are given, each once. */
  readonly #isHalf: boolean;
  readonly #sides: readonly [Side, Side];
  readonly #strict: (keys: readonly Column[]) => readonly Column[];
  readonly #pairSchema: Schema;
  readonly #residual: ((batch: RecordBatch) => Uint32Array) | undefined;

  constructor(plan: Join, retention: Retention) {
    const { kind, left, right, equal } = plan;
    this.#plan = plan;
    this.#retention = retention;
    this.#isHalf = kind === 'semi' || kind === 'anti';
    const keys = joinKeys(equal, left.schema, right.schema);
    const side = (
      schema: Schema,
      horizon: Horizon,
      keysOf: (batch: RecordBatch) => Column[],
      keepsUnmet: boolean,
    ): Side => ({
      state: new JoinSide(schema, keys.fields, keysOf),
      keysOf,
      timesOf: rowTimes(schema, horizon, retention.ttl),
      keepsUnmet,
      watermark: -Infinity,
    });
    this.#sides = [
      side(left.schema, retention.left, keys.left, kind === 'left' || kind === 'full' || kind === 'anti'),
      side(right.schema, retention.right, keys.right, kind === 'right' || kind === 'full'),
    ];
    this.#strict = keys.strict;
    this.#pairSchema = [...left.schema, ...right.schema];
    this.#residual = plan.on && compilePredicate(plan.on, this.#pairSchema);
  }

  get held(): Held {
    return {
      bytes: this.#sides[0].state.bytes + this.#sides[1].state.bytes,
      what: 'the state of a join of streams',
      help: 'let rows be forgotten sooner: a closer bound in time, WITHIN, or SET state_ttl',
    };
  }

  wants(port: number, out: Output): boolean {
    if (out.full) return false;
    const [own, other] = [this.#sides[port]!, this.#sides[1 - port]!];
    return other.watermark < Infinity || other.state.alive > 0 || own.keepsUnmet;
  }

  async onBatch(batch: RecordBatch, port: number, out: Output): Promise<void> {
    await this.#forgetByClock(out);
    const [own, other] = [this.#sides[port]!, this.#sides[1 - port]!];
    const keys = own.keysOf(batch);
    const times = own.timesOf(batch);
    const met = new Uint8Array(batch.length);
    const found = dropNulls(other.state.firstWith(keys, batch), this.#strict(keys), batch);
    const walk = this.#walk(batch, found, times, other.state);
    for (let pairs = walk(); pairs !== undefined && !out.full; pairs = walk()) {
      await this.#emitPairs(batch, port, pairs, met, out);
    }
    const unkeyed = dropNulls(new Uint32Array(batch.length), this.#strict(keys), batch);
    const kept: number[] = [];
    const unmet: number[] = [];
    const limit = this.#limitOf(other);
    for (const row of rowsOf(batch)) {
      // Of a row that has gone out, or cannot any more, nothing is left to come.
      if (this.#isHalf && port === 0 && met[row] === 1) continue;
      if (unkeyed[row] !== NO_ROW && times.until[row]! >= limit && other.watermark < Infinity) kept.push(row);
      else if (own.keepsUnmet && met[row] === 0) unmet.push(row);
    }
    const rows = Uint32Array.from(kept);
    const of = (values: Float64Array) => Float64Array.from(rows, (row) => values[row]!);
    const keptMet = Uint8Array.from(rows, (row) => met[row]!);
    own.state.add(
      gatherBatch(batch, rows),
      { until: of(times.until), time: of(times.time), mark: of(times.mark) },
      keptMet,
    );
    if (unmet.length > 0) await this.#emitUnmet(gatherBatch(batch, Uint32Array.from(unmet)), port, out);
  }

  async onWatermark(time: number, port: number, out: Output): Promise<void> {
    this.#sides[port]!.watermark = time;
    await this.#forgetByClock(out);
    if (this.#retention.ttl === undefined) await this.#expire(1 - port, time, out);
    await this.#passOn(out);
  }

  async onEnd(port: number, out: Output): Promise<void> {
    this.#sides[port]!.watermark = Infinity;
    await this.#expire(1 - port, Infinity, out);
    await this.#passOn(out);
  }

  /** Rows of the other side that this time is beyond are of no use. */
  #limitOf({ watermark }: Side): number {
    return this.#retention.ttl === undefined ? watermark : Date.now() * 1000;
  }

  async #forgetByClock(out: Output): Promise<void> {
    if (this.#retention.ttl === undefined) return;
    for (const port of [0, 1]) await this.#expire(port, Date.now() * 1000, out);
  }

  async #expire(port: number, watermark: number, out: Output): Promise<void> {
    const { state, keepsUnmet } = this.#sides[port]!;
    const unmet = state.expire(watermark);
    if (keepsUnmet && !out.full) {
      for (let at = 0; at < unmet.length; at += PAIRS)
        await this.#emitUnmet(state.batch(unmet.subarray(at, at + PAIRS)), port, out);
    }
    state.compact();
  }

  /** Rows that are held back may come out with their own time, which the watermark must not pass before. */
  #passOn(out: Output): void | Promise<void> {
    const [left, right] = this.#sides;
    const gives = Math.min(left.watermark, right.watermark);
    const held = this.#sides.filter((side, port) => side.keepsUnmet || (this.#isHalf && port === 0));
    const time = Math.min(gives, ...held.map((side) => side.state.leastTime));
    return Number.isFinite(time) ? out.watermark(time) : undefined;
  }

  /** Hands out the pairs of a batch's rows with the rows of the other side, some at a time; undefined at the end. */
  #walk(
    batch: RecordBatch,
    first: Uint32Array,
    { until, mark }: ReturnType<TimesOf>,
    other: JoinSide,
  ): () => Pairs | undefined {
    const rows = rowsOf(batch);
    let row = rows.next();
    let at: number | undefined;
    // Where the other side is far ahead, most of its rows are out of reach.
    const end = this.#retention.ttl === undefined ? other.endAfter(greatest(until, batch)) : other.numbered;
    return () => {
      if (row.done) return undefined;
      const own: number[] = [];
      const others: number[] = [];
      while (!row.done && own.length < PAIRS) {
        const i = row.value;
        for (at ??= first[i]!; at < end && own.length < PAIRS; at = other.after[at]!) {
          const isHeld = other.dead[at] === 0 && until[i]! >= other.mark[at]! && other.until[at]! >= mark[i]!;
          if (!isHeld) continue;
          own.push(i);
          others.push(at);
        }
        if (at < end) break;
        at = undefined;
        row = rows.next();
      }
      return { own: Uint32Array.from(own), others: Uint32Array.from(others) };
    };
  }

  async #emitPairs(batch: RecordBatch, port: number, pairs: Pairs, met: Uint8Array, out: Output): Promise<void> {
    if (pairs.own.length === 0) return;
    const { state } = this.#sides[1 - port]!;
    const mine = batch.columns.map((c) => pick(c, pairs.own));
    const theirs = state.columns(pairs.others);
    const columns = port === 0 ? [...mine, ...theirs] : [...theirs, ...mine];
    const paired: RecordBatch = { schema: this.#pairSchema, length: pairs.own.length, columns };
    const selection = this.#residual?.(paired);
    const fresh: number[] = [];
    for (let k = 0; k < (selection?.length ?? paired.length); k++) {
      const i = selection === undefined ? k : selection[k]!;
      const [row, other] = [pairs.own[i]!, pairs.others[i]!];
      if (port === 0 && met[row] === 0) fresh.push(row);
      if (port === 1 && state.met[other] === 0) fresh.push(other);
      met[row] = 1;
      state.met[other] = 1;
    }
    if (!this.#isHalf) {
      const whole = { ...paired, schema: this.#plan.schema };
      if (selection === undefined) return out.emit(whole);
      return selection.length === 0 ? undefined : out.emit({ ...whole, selection });
    }
    if (fresh.length === 0) return undefined;
    if (port === 1) for (const row of fresh) state.kill(row);
    if (this.#plan.kind === 'anti') return undefined;
    const rows = Uint32Array.from(fresh);
    const lefts = port === 0 ? gatherBatch(batch, rows) : state.batch(rows);
    return out.emit({ ...lefts, schema: this.#plan.schema });
  }

  /** Rows of one side that have met none; all of them. */
  #emitUnmet(rows: RecordBatch, port: number, out: Output): void | Promise<void> {
    const { schema } = this.#plan;
    if (this.#isHalf) return out.emit({ ...rows, schema });
    const nulls = this.#sides[1 - port]!.state.columns(new Uint32Array(rows.length).fill(NO_ROW));
    return out.emit({
      ...rows,
      schema,
      columns: port === 0 ? [...rows.columns, ...nulls] : [...nulls, ...rows.columns],
    });
  }
}

function greatest(values: Float64Array, batch: RecordBatch): number {
  let most = -Infinity;
  for (const row of rowsOf(batch)) if (values[row]! > most) most = values[row]!;
  return most;
}

/** Row numbers in the batch at hand and in the state of the other side. */
interface Pairs {
  readonly own: Uint32Array;
  readonly others: Uint32Array;
}
