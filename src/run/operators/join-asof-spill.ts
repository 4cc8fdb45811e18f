import { gatherBatch, NO_ROW } from '../../data/gather.ts';
import { numbersAt, rowRange, type RecordBatch } from '../../data/batch.ts';
import { numberColumn } from '../../data/column.ts';
import type { Field } from '../../data/types.ts';
import type { AsofJoin } from '../../plan/joins.ts';
import type { RunContext } from '../context.ts';
import { DueRows, type IsDue } from '../due-rows.ts';
import type { Output } from '../operator.ts';
import { Pause } from '../pause.ts';
import { AsofRights } from './join-asof-rights.ts';
import type { JoinKeys } from './join-keys.ts';

const at: Field = { name: '$at', type: 'REAL' };

/**
 * Both sides of a streaming ASOF join that looks back in time, in scratch files by their times. When both watermarks have
 * passed some rows, these are gone through in the order of time: of what came before, only the last row of each key is held.
 */
export class AsofSpill {
  readonly #plan: AsofJoin;
  readonly #context: RunContext;
  readonly #lefts: DueRows;
  readonly #rights: DueRows;
  /** Of each key the last row so far, and some more. */
  readonly #near: AsofRights;

  constructor(plan: AsofJoin, keys: JoinKeys, context: RunContext) {
    const { left, right, nearest } = plan;
    this.#plan = plan;
    this.#context = context;
    this.#lefts = new DueRows([...left.schema, at], 'REAL', left.schema.length, context);
    this.#rights = new DueRows([...right.schema, at], 'REAL', right.schema.length, context);
    this.#near = new AsofRights(right.schema, keys, nearest.compare);
  }

  /** About what it takes in memory. */
  get bytes(): number {
    return this.#near.bytes + this.#lefts.bytes + this.#rights.bytes;
  }

  /** Nothing is left to wait for. */
  get hasLefts(): boolean {
    return !this.#lefts.isEmpty;
  }

  get hasRights(): boolean {
    return !this.#rights.isEmpty || this.#near.size > 0;
  }

  /** @param times us, by physical row. @throws RunError E0701 */
  addLeft(batch: RecordBatch, times: Float64Array): void {
    add(this.#lefts, batch, times);
  }

  addRight(batch: RecordBatch, times: Float64Array): void {
    add(this.#rights, batch, times);
  }

  /** Gives the left rows before `time`; no row of either side that happened before it is to come. */
  async give(time: number, out: Output): Promise<void> {
    const pause = new Pause(this.#context.signal);
    const isDue: IsDue = (due) => time === Infinity || (due as number) < time;
    const rights = this.#rights.take(isDue);
    /** All right rows up to it, and not beyond, are known; us. */
    let known = -Infinity;
    const goOn = (low: number): void => {
      this.#near.prune(low);
      const next = rights.next();
      if (next.done === true) known = Infinity;
      else known = this.#take(next.value);
    };
    for (const batch of this.#lefts.take(isDue)) {
      const times = timesOf(batch);
      for (let from = 0, to = 0; from < batch.length; from = to) {
        while (known <= times[from]!) goOn(times[from]!);
        while (to < batch.length && times[to]! < known) to++;
        if (!out.full) await this.#emit(batch, from, to, out);
        await pause.taken();
      }
    }
    while (known < Infinity) {
      goOn(time);
      await pause.taken();
    }
  }

  close(): void {
    this.#lefts.close();
    this.#rights.close();
  }

  /** @returns the time of the last row. */
  #take(batch: RecordBatch): number {
    const times = timesOf(batch);
    const { schema } = this.#plan.right;
    this.#near.add({ ...batch, schema, columns: batch.columns.slice(0, -1) }, times);
    this.#context.memory.refuse(
      this.#near.bytes,
      'the state of an ASOF join',
      'fewer keys: of each, the last row is kept',
    );
    return times[batch.length - 1]!;
  }

  async #emit(batch: RecordBatch, from: number, to: number, out: Output): Promise<void> {
    const times = timesOf(batch);
    const own = { ...batch, schema: this.#plan.left.schema, columns: batch.columns.slice(0, -1) };
    const rows = rowRange(from, to);
    const ids = this.#near.idsOf({ ...own, selection: rows });
    const found = rows.map((row) => this.#near.nearest(ids[row]!, times[row]!, Infinity).row);
    const wanted = rows.filter((_, i) => this.#plan.kind === 'left' || found[i] !== NO_ROW);
    if (wanted.length === 0) return;
    const lefts = gatherBatch(own, wanted);
    const columns = [...lefts.columns, ...this.#near.columns(wanted.map((row) => found[row - from]!))];
    await out.emit({ schema: this.#plan.schema, length: lefts.length, columns });
  }
}

function add(to: DueRows, batch: RecordBatch, values: Float64Array): void {
  const times = numberColumn(values);
  to.add({ ...batch, columns: [...batch.columns, times] }, times);
}

const timesOf = (batch: RecordBatch): Float64Array => numbersAt(batch, -1);
