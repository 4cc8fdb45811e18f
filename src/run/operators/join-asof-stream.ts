import { Bug } from '../../base/errors.ts';
import { rowNumbers, type RecordBatch } from '../../data/batch.ts';
import { rowBytes } from '../../data/footprint.ts';
import { gatherBatch, NO_ROW } from '../../data/gather.ts';
import { column } from '../../expr/expr.ts';
import type { AsofJoin } from '../../plan/joins.ts';
import type { RunContext } from '../context.ts';
import type { Account } from '../memory.ts';
import type { Operator, Output } from '../operator.ts';
import { AsofRights } from './join-asof-rights.ts';
import { AsofSpill } from './join-asof-spill.ts';
import { joinKeys, type JoinKeys } from './join-keys.ts';
import { timeColumn } from './join-times.ts';

/** Bytes of the time and the number of a row. */
const TIMES = 12;

/** Left rows that wait for the right side's watermark, by number in their batch, in order. */
interface Waiting {
  readonly batch: RecordBatch;
  readonly times: Float64Array;
  rows: Uint32Array;
  least: number;
  /** About what it takes. */
  readonly bytes: number;
}

/**
 * ASOF join by event time of inputs that come side by side: a left row goes out once the right side's watermark says
 * that no nearer row can come. Rows that are late by their own `$mark` take no part, since what they would have met may
 * be forgotten: a late row of the right is left out, one of the left meets none.
 *
 * What does not fit into memory goes to scratch files, if it looks back in time; left rows then wait for both watermarks.
 */
export const streamAsofOperator = (plan: AsofJoin, context: RunContext): Operator => new StreamAsof(plan, context);

class StreamAsof implements Operator {
  readonly #plan: AsofJoin;
  readonly #context: RunContext;
  readonly #keys: JoinKeys;
  readonly #account: Account;
  #rights: AsofRights;
  #spill: AsofSpill | undefined;
  readonly #leftTime: (batch: RecordBatch) => Float64Array;
  readonly #rightTime: (batch: RecordBatch) => Float64Array;
  readonly #leftMark: (batch: RecordBatch) => Float64Array;
  readonly #rightMark: (batch: RecordBatch) => Float64Array;
  #waiting: Waiting[] = [];
  /** us, of left and right. */
  readonly #watermarks: [number, number] = [-Infinity, -Infinity];

  constructor(plan: AsofJoin, context: RunContext) {
    const { left, right, nearest, eventTime } = plan;
    if (eventTime === undefined) throw new Bug('a streaming ASOF join without event time');
    this.#plan = plan;
    this.#context = context;
    this.#keys = joinKeys(plan.equal, left.schema, right.schema);
    this.#account = context.memory.open();
    this.#rights = new AsofRights(right.schema, this.#keys, nearest.compare);
    this.#leftTime = timeColumn(nearest.left, left.schema);
    this.#rightTime = timeColumn(nearest.right, right.schema);
    const { leftMark } = eventTime;
    this.#leftMark = leftMark === undefined ? noMark : timeColumn(column(leftMark, 'TIMESTAMP'), left.schema);
    this.#rightMark = timeColumn(column(eventTime.rightMark, 'TIMESTAMP'), right.schema);
  }

  wants(port: number, out: Output): boolean {
    if (out.full) return false;
    const [left, right] = this.#watermarks;
    if (port === 1) return left < Infinity || this.#waiting.length > 0 || this.#spill?.hasLefts === true;
    const hasRights = this.#spill === undefined ? this.#rights.size > 0 : this.#spill.hasRights;
    return this.#plan.kind === 'left' || right < Infinity || hasRights;
  }

  async onBatch(batch: RecordBatch, port: number, out: Output): Promise<void> {
    if (port === 1) this.#takeRight(batch);
    else if (this.#spill !== undefined) await this.#keepLeft(this.#spill, batch, out);
    else {
      const times = this.#leftTime(batch);
      const waiting = { batch, times, rows: rowNumbers(batch), least: -Infinity, bytes: 0 };
      await this.#settle(waiting, this.#leftMark(batch), out);
    }
    this.#hold();
  }

  async onWatermark(time: number, port: number, out: Output): Promise<void> {
    this.#watermarks[port] = time;
    await this.#advance(out);
  }

  async onEnd(port: number, out: Output): Promise<void> {
    this.#watermarks[port] = Infinity;
    await this.#advance(out);
  }

  close(): void {
    this.#account.close();
    this.#spill?.close();
  }

  /** Goes on in scratch files when there is too much. */
  #hold(): void {
    const inMemory = this.#rights.bytes + this.#waiting.reduce((sum, { bytes }) => sum + bytes, 0);
    const bytes = this.#spill?.bytes ?? inMemory;
    const isTooMuch = this.#account.hold(bytes);
    // What looks ahead in time waits for one row of each key, which may never come.
    if (!this.#plan.nearest.compare.startsWith('>'))
      this.#context.memory.refuse(bytes, 'the state of an ASOF join', 'look at sources whose times lag behind: WATERMARK FOR .., idle_timeout'); // prettier-ignore
    else if (isTooMuch && this.#spill === undefined) {
      this.#spill = new AsofSpill(this.#plan, this.#keys, this.#context);
      const { rows, times } = this.#rights.all();
      this.#spill.addRight(rows, times);
      for (const { batch, times: own, rows: selection } of this.#waiting)
        this.#spill.addLeft({ ...batch, selection }, own);
      this.#rights = new AsofRights(this.#plan.right.schema, this.#keys, this.#plan.nearest.compare);
      this.#waiting = [];
      this.#account.hold(this.#spill.bytes);
    }
  }

  /** Keeps left rows; those that meet none for certain go out. */
  async #keepLeft(spill: AsofSpill, batch: RecordBatch, out: Output): Promise<void> {
    const [times, marks] = [this.#leftTime(batch), this.#leftMark(batch)];
    const all = rowNumbers(batch);
    const isLate = (row: number): boolean => times[row]! < marks[row]!;
    const isAlone = (row: number): boolean => isLate(row) || times[row] === -Infinity;
    const alone = all.filter(isAlone);
    this.#context.progress.rowsLate += alone.filter(isLate).length;
    spill.addLeft({ ...batch, selection: all.filter((row) => !isAlone(row)) }, times);
    if (alone.length === 0 || this.#plan.kind !== 'left' || out.full) return;
    const lefts = gatherBatch(batch, alone);
    const columns = [...lefts.columns, ...this.#rights.columns(new Uint32Array(alone.length).fill(NO_ROW))];
    await out.emit({ schema: this.#plan.schema, length: lefts.length, columns });
  }

  #takeRight(batch: RecordBatch): void {
    const times = this.#rightTime(batch);
    const marks = this.#rightMark(batch);
    const all = rowNumbers(batch);
    const rows = all.filter((row) => times[row]! >= marks[row]!);
    this.#context.progress.rowsLate += all.length - rows.length;
    if (this.#spill !== undefined) this.#spill.addRight({ ...batch, selection: rows }, times);
    else if (rows.length > 0)
      this.#rights.add(
        gatherBatch(batch, rows),
        Float64Array.from(rows, (row) => times[row]!),
      );
  }

  async #advance(out: Output): Promise<void> {
    const [left, right] = this.#watermarks;
    if (this.#spill !== undefined) {
      const both = Math.min(left, right);
      await this.#spill.give(both, out);
      this.#hold();
      if (Number.isFinite(both)) await out.watermark(both);
      return;
    }
    const before = this.#waiting;
    this.#waiting = [];
    for (const waiting of before) {
      if (waiting.least < right) await this.#settle(waiting, undefined, out);
      else this.#waiting.push(waiting);
    }
    const least = this.#waiting.reduce((time, w) => Math.min(time, w.least), left);
    this.#rights.prune(least);
    if (Number.isFinite(least)) await out.watermark(least);
  }

  /** Gives the rows whose nearest is known; the others wait. @param marks of rows that have just come. */
  async #settle(waiting: Waiting, marks: Float64Array | undefined, out: Output): Promise<void> {
    const { batch, times } = waiting;
    const right = this.#watermarks[1];
    const ids = this.#rights.idsOf({ ...batch, selection: waiting.rows });
    const ready: number[] = [];
    const found: number[] = [];
    const open: number[] = [];
    let least = Infinity;
    for (const row of waiting.rows) {
      const time = times[row]!;
      const isLate = marks !== undefined && time < marks[row]!;
      const nearest = isLate || time === -Infinity ? NONE : this.#rights.nearest(ids[row]!, time, right);
      if (isLate) this.#context.progress.rowsLate++;
      if (nearest.open) {
        open.push(row);
        least = Math.min(least, time);
      } else if (nearest.row !== NO_ROW || this.#plan.kind === 'left') {
        ready.push(row);
        found.push(nearest.row);
      }
    }
    if (open.length > 0) this.#waiting.push(this.#kept(waiting, Uint32Array.from(open), least, marks !== undefined));
    if (ready.length === 0 || out.full) return;
    const lefts = gatherBatch(batch, Uint32Array.from(ready));
    const columns = [...lefts.columns, ...this.#rights.columns(Uint32Array.from(found))];
    await out.emit({ schema: this.#plan.schema, length: lefts.length, columns });
  }

  /** Rows that have just come are copied: a batch may hold much more than them. */
  #kept({ batch, times, bytes }: Waiting, rows: Uint32Array, least: number, isNew: boolean): Waiting {
    if (!isNew && rows.length * 4 > batch.length) return { batch, times, rows, least, bytes };
    return {
      bytes: rowBytes({ ...batch, selection: rows }) + rows.length * TIMES,
      batch: gatherBatch(batch, rows),
      times: Float64Array.from(rows, (row) => times[row]!),
      rows: Uint32Array.from(rows.keys()),
      least,
    };
  }
}

const noMark = (batch: RecordBatch): Float64Array => new Float64Array(batch.length).fill(-Infinity);

const NONE = { row: NO_ROW, open: false };
