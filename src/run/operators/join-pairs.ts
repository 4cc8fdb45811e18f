import { rowsOf, type RecordBatch } from '../../data/batch.ts';
import type { Column } from '../../data/column.ts';
import { gatherBatch, NO_ROW, pick } from '../../data/gather.ts';
import { dropNulls } from '../../data/hash.ts';
import type { Field, Schema } from '../../data/types.ts';
import { compilePredicate } from '../../expr/kernel/compile.ts';
import type { Retention } from '../../plan/joins.ts';
import type { Join } from '../../plan/plan.ts';
import type { Output } from '../operator.ts';
import { joinKeys } from './join-keys.ts';
import { JoinSide, type RowTimes } from './join-side.ts';

/** Most pairs of rows that are put together at once. */
const PAIRS = 65_536;

/** What is compiled of a streaming join, for all states that it has. */
export interface JoinParts {
  readonly plan: Join;
  readonly retention: Retention;
  readonly fields: readonly Field[];
  /** By side: the keys of rows. */
  readonly keysOf: readonly [(batch: RecordBatch) => Column[], (batch: RecordBatch) => Column[]];
  /** By side: whether rows that meet none are given, too; once it is known that they do not. */
  readonly keepsUnmet: readonly [boolean, boolean];
  /** Only rows of the left are given, each once. */
  readonly isHalf: boolean;
  readonly strict: (keys: readonly Column[]) => readonly Column[];
  readonly pairSchema: Schema;
  readonly residual: ((batch: RecordBatch) => Uint32Array) | undefined;
}

export function joinParts(plan: Join, retention: Retention): JoinParts {
  const { kind, left, right, equal } = plan;
  const keys = joinKeys(equal, left.schema, right.schema);
  const pairSchema = [...left.schema, ...right.schema];
  return {
    plan,
    retention,
    fields: keys.fields,
    keysOf: [keys.left, keys.right],
    keepsUnmet: [kind === 'left' || kind === 'full' || kind === 'anti', kind === 'right' || kind === 'full'],
    isHalf: kind === 'semi' || kind === 'anti',
    strict: keys.strict,
    pairSchema,
    residual: plan.on && compilePredicate(plan.on, pairSchema),
  };
}

/**
 * The rows of both sides of a streaming join that can still meet others. A limit says up to which time nothing more comes
 * that rows of a side could meet (us; Infinity: nothing at all): by it they are forgotten.
 */
export class JoinPairs {
  readonly #parts: JoinParts;
  readonly sides: readonly [JoinSide, JoinSide];

  constructor(parts: JoinParts) {
    const { plan, fields, keysOf } = parts;
    this.#parts = parts;
    this.sides = [
      new JoinSide(plan.left.schema, fields, keysOf[0]),
      new JoinSide(plan.right.schema, fields, keysOf[1]),
    ];
  }

  /** About what all of it takes. */
  get bytes(): number {
    return this.sides[0].bytes + this.sides[1].bytes;
  }

  /** None of the rows that may still come out with their own time happened before; us. */
  get leastTime(): number {
    const { keepsUnmet, isHalf } = this.#parts;
    const held = this.sides.filter((_, port) => keepsUnmet[port] || (isHalf && port === 0));
    return Math.min(Infinity, ...held.map((side) => side.leastTime));
  }

  /** Takes the rows of a batch in. @param limit of the side that they are of. */
  async take(batch: RecordBatch, times: RowTimes, port: number, limit: number, out: Output): Promise<void> {
    const { keepsUnmet, isHalf } = this.#parts;
    const own = this.sides[port]!;
    const met = new Uint8Array(batch.length);
    await this.meet(batch, times, port, met, out);
    const unkeyed = this.keyed(batch, port);
    const kept: number[] = [];
    const unmet: number[] = [];
    for (const row of rowsOf(batch)) {
      // Of a row that has gone out, or cannot any more, nothing is left to come.
      if (isHalf && port === 0 && met[row] === 1) continue;
      if (unkeyed[row] !== NO_ROW && times.until[row]! >= limit && limit < Infinity) kept.push(row);
      else if (keepsUnmet[port] && met[row] === 0) unmet.push(row);
    }
    const rows = Uint32Array.from(kept);
    const of = (values: Float64Array) => Float64Array.from(rows, (row) => values[row]!);
    const keptMet = Uint8Array.from(rows, (row) => met[row]!);
    own.add(gatherBatch(batch, rows), { until: of(times.until), time: of(times.time), mark: of(times.mark) }, keptMet);
    if (unmet.length > 0) await this.emitUnmet(gatherBatch(batch, Uint32Array.from(unmet)), port, out);
  }

  /**
   * Gives the pairs of the rows of a batch with those of the other side.
   *
   * @param met by physical row: whether it has met one; it is noted here. @param among which of the others: those with
   * numbers below `end` that a limit of `least` is not beyond.
   */
  async meet(
    batch: RecordBatch,
    times: RowTimes,
    port: number,
    met: Uint8Array,
    out: Output,
    among: Among = { end: Infinity, least: -Infinity },
  ): Promise<void> {
    const { keysOf, strict } = this.#parts;
    const other = this.sides[1 - port]!;
    const keys = keysOf[port]!(batch);
    const found = dropNulls(other.firstWith(keys, batch), strict(keys), batch);
    const walk = this.#walk(batch, found, times, other, among);
    for (let pairs = walk(); pairs !== undefined && !out.full; pairs = walk()) {
      await this.#emitPairs(batch, port, pairs, met, out);
    }
  }

  /** By physical row: `NO_ROW` where it has a NULL in a key, so that it meets none. */
  keyed(batch: RecordBatch, port: number): Uint32Array {
    const { keysOf, strict } = this.#parts;
    return dropNulls(new Uint32Array(batch.length), strict(keysOf[port]!(batch)), batch);
  }

  /** Forgets the rows of a side that its limit is beyond. */
  async expire(port: number, limit: number, out: Output): Promise<void> {
    const state = this.sides[port]!;
    const unmet = state.expire(limit);
    if (this.#parts.keepsUnmet[port] && !out.full) {
      for (let at = 0; at < unmet.length; at += PAIRS)
        await this.emitUnmet(state.batch(unmet.subarray(at, at + PAIRS)), port, out);
    }
    state.compact();
  }

  /** Hands out the pairs of a batch's rows with the rows of the other side, some at a time; undefined at the end. */
  #walk(
    batch: RecordBatch,
    first: Uint32Array,
    { until, mark }: RowTimes,
    other: JoinSide,
    among: Among,
  ): () => Pairs | undefined {
    const rows = rowsOf(batch);
    let row = rows.next();
    let at: number | undefined;
    // Where the other side is far ahead, most of its rows are out of reach.
    const reach = this.#parts.retention.ttl === undefined ? other.endAfter(greatest(until, batch)) : other.numbered;
    const end = Math.min(reach, among.end);
    return () => {
      if (row.done) return undefined;
      const own: number[] = [];
      const others: number[] = [];
      while (!row.done && own.length < PAIRS) {
        const i = row.value;
        for (at ??= first[i]!; at < end && own.length < PAIRS; at = other.after[at]!) {
          const isHeld =
            other.dead[at] === 0 &&
            other.until[at]! >= among.least &&
            until[i]! >= other.mark[at]! &&
            other.until[at]! >= mark[i]!;
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
    const { plan, isHalf, pairSchema, residual } = this.#parts;
    const state = this.sides[1 - port]!;
    const mine = batch.columns.map((c) => pick(c, pairs.own));
    const theirs = state.columns(pairs.others);
    const columns = port === 0 ? [...mine, ...theirs] : [...theirs, ...mine];
    const paired: RecordBatch = { schema: pairSchema, length: pairs.own.length, columns };
    const selection = residual?.(paired);
    const fresh: number[] = [];
    for (let k = 0; k < (selection?.length ?? paired.length); k++) {
      const i = selection === undefined ? k : selection[k]!;
      const [row, other] = [pairs.own[i]!, pairs.others[i]!];
      if (port === 0 && met[row] === 0) fresh.push(row);
      if (port === 1 && state.met[other] === 0) fresh.push(other);
      met[row] = 1;
      state.met[other] = 1;
    }
    if (!isHalf) {
      const whole = { ...paired, schema: plan.schema };
      if (selection === undefined) return out.emit(whole);
      return selection.length === 0 ? undefined : out.emit({ ...whole, selection });
    }
    if (fresh.length === 0) return undefined;
    if (port === 1) for (const row of fresh) state.kill(row);
    if (plan.kind === 'anti') return undefined;
    const rows = Uint32Array.from(fresh);
    const lefts = port === 0 ? gatherBatch(batch, rows) : state.batch(rows);
    return out.emit({ ...lefts, schema: plan.schema });
  }

  /** Rows of one side that have met none; all of them. */
  emitUnmet(rows: RecordBatch, port: number, out: Output): void | Promise<void> {
    const { schema } = this.#parts.plan;
    if (this.#parts.isHalf) return out.emit({ ...rows, schema });
    const nulls = this.sides[1 - port]!.columns(new Uint32Array(rows.length).fill(NO_ROW));
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

/** Rows of a side, see `meet`. */
export interface Among {
  readonly end: number;
  readonly least: number;
}

/** Row numbers in the batch at hand and in the state of the other side. */
interface Pairs {
  readonly own: Uint32Array;
  readonly others: Uint32Array;
}
