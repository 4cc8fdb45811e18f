import { rowCount, rowNumbers, type RecordBatch } from '../../data/batch.ts';
import { columnBuilder } from '../../data/builder.ts';
import type { Column } from '../../data/column.ts';
import { concat, gatherBatch } from '../../data/gather.ts';
import { rowComparator } from '../../data/order.ts';
import type { Over } from '../../plan/over.ts';
import type { RunContext } from '../context.ts';
import type { Output } from '../operator.ts';
import { Pause } from '../pause.ts';
import { Scratch, type Frame } from '../scratch.ts';
import type { LargeCall, Standing } from './over-large-call.ts';
import { GroupLog, type Group } from './over-large-groups.ts';
import { keyColumns, partitionsOf, type KeyColumns } from './over-partitions.ts';

/**
 * One partition that the memory does not hold, in scratch files: its rows, and beside them its groups of equals. At the
 * end both are read side by side.
 */
export class LargePartition {
  readonly #plan: Over;
  readonly #context: RunContext;
  readonly #calls: readonly LargeCall[];
  readonly #orderKeys: KeyColumns;
  readonly #scratch: Scratch;
  readonly #frames: Frame[] = [];
  readonly #groups: GroupLog;
  /** The last row so far. */
  #last: RecordBatch | undefined;
  #rows = 0;
  #groupRows = 0;

  constructor(plan: Over, calls: readonly LargeCall[], context: RunContext) {
    this.#plan = plan;
    this.#context = context;
    this.#calls = calls;
    this.#orderKeys = keyColumns(plan.orderBy, plan.input.schema);
    this.#scratch = new Scratch(context);
    this.#groups = new GroupLog(
      this.#of('peers').map(({ call }) => call.type),
      context,
    );
    for (const call of calls) call.reset();
  }

  /** Takes rows of the partition, in their order. */
  add(given: RecordBatch): void {
    const { batchRows } = this.#context.settings;
    const all = rowNumbers(given);
    for (let from = 0; from < all.length; from += batchRows) {
      const batch = gatherBatch(given, all.subarray(from, from + batchRows));
      this.#note(batch);
      this.#frames.push(this.#scratch.write(batch, rowNumbers(batch)));
      this.#rows += batch.length;
      this.#last = gatherBatch(batch, Uint32Array.of(batch.length - 1));
    }
  }

  /** Hands all rows on, with what was computed; none may follow. */
  async emit(out: Output): Promise<void> {
    this.#endGroup();
    const pause = new Pause(this.#context.signal);
    const wholes = new Map(this.#of('whole').map((call) => [call, call.result()]));
    for (const call of this.#of('row')) call.reset();
    const groups = this.#groups.read();
    const near = new Neighbours(this.#calls, this.#frames, (frame) => this.#scratch.read(frame, this.#plan.input.schema), this.#plan); // prettier-ignore
    let group: Group | undefined;
    let first = 0;
    for (let f = 0; f < this.#frames.length && !out.full; f++) {
      const { batch, around, from } = near.at(f);
      const { length } = batch;
      const standing = standingOf(length, first, this.#rows);
      const peers = this.#of('peers').map(({ call }) => columnBuilder(call.type, length));
      for (let row = 0; row < length; row++) {
        while (group === undefined || first + row >= group.end) group = groups.next().value;
        standing.group[row] = group.number;
        standing.groupStart[row] = group.start;
        standing.groupEnd[row] = group.end;
        peers.forEach((builder, p) => { builder.append(group!.results[p]!); }); // prettier-ignore
      }
      const peerColumns = peers.map((builder) => builder.finish());
      const columns = this.#calls.map((call): Column => {
        call.open(batch);
        switch (call.how.by) {
          case 'place':
            return call.placed(standing);
          case 'peers':
            return peerColumns[this.#of('peers').indexOf(call)]!;
          case 'row':
            return call.stepped(length);
          case 'near':
            return call.near(
              partitionsOf(around, Uint32Array.of(0, around.length), () => []),
              from,
              from + length,
            );
          case 'whole': {
            const builder = columnBuilder(call.call.type, length);
            for (let row = 0; row < length; row++) builder.append(wholes.get(call)!);
            return builder.finish();
          }
        }
      });
      await out.emit({ schema: this.#plan.schema, length, columns: [...batch.columns, ...columns] });
      first += length;
      await pause.taken();
    }
  }

  close(): void {
    this.#scratch.close();
    this.#groups.close();
  }

  #of(by: LargeCall['how']['by']): readonly LargeCall[] {
    return this.#calls.filter((call) => call.how.by === by);
  }

  #note(batch: RecordBatch): void {
    const stepping = this.#calls.filter(({ how }) => how.by === 'whole' || how.by === 'peers');
    for (const call of this.#calls) if (stepping.includes(call) || call.how.by === 'place') call.open(batch);
    const both = this.#last === undefined ? batch : concat(batch.schema, [this.#last, batch]);
    const before = both.length - batch.length;
    const keys = this.#orderKeys(both);
    const compare = keys.length === 0 ? () => 0 : rowComparator(keys);
    for (let row = 0; row < batch.length; row++) {
      if (row + before > 0 && compare(row + before - 1, row + before) !== 0) this.#endGroup();
      this.#groupRows++;
      for (const call of stepping) call.step(row);
    }
  }

  #endGroup(): void {
    this.#groups.add(this.#groupRows, this.#of('peers').map((call) => call.result())); // prettier-ignore
    this.#groupRows = 0;
  }
}

const standingOf = (length: number, first: number, rows: number): Standing => ({
  rows,
  first,
  group: new Float64Array(length),
  groupStart: new Float64Array(length),
  groupEnd: new Float64Array(length),
});

/** Reads the frames of a partition one after the other, each with as many rows around it as the calls look at. */
class Neighbours {
  readonly #back: number;
  readonly #ahead: number;
  readonly #frames: readonly Frame[];
  readonly #read: (frame: Frame) => RecordBatch;
  readonly #plan: Over;
  #before: RecordBatch | undefined;
  /** The frame at hand and those behind it that are there already. */
  #loaded: RecordBatch[] = [];

  constructor(calls: readonly LargeCall[], frames: readonly Frame[], read: (frame: Frame) => RecordBatch, plan: Over) {
    const near = calls.flatMap(({ how }) => (how.by === 'near' ? [how] : []));
    this.#back = Math.max(0, ...near.map(({ back }) => back));
    this.#ahead = Math.max(0, ...near.map(({ ahead }) => ahead));
    this.#frames = frames;
    this.#read = read;
    this.#plan = plan;
  }

  /** @returns the batch, and it among its neighbours: it begins at row `from` of them. */
  at(f: number): { readonly batch: RecordBatch; readonly around: RecordBatch; readonly from: number } {
    if (this.#loaded.length === 0) this.#loaded.push(this.#read(this.#frames[f]!));
    const batch = this.#loaded[0]!;
    if (this.#back === 0 && this.#ahead === 0) {
      this.#loaded = [];
      return { batch, around: batch, from: 0 };
    }
    const behind = (): number => this.#loaded.reduce((sum, { length }) => sum + length, -batch.length);
    for (let next = f + this.#loaded.length; next < this.#frames.length && behind() < this.#ahead; next++)
      this.#loaded.push(this.#read(this.#frames[next]!));
    const { schema } = this.#plan.input;
    const from = this.#before === undefined ? 0 : rowCount(this.#before);
    const around = concat(schema, [...(this.#before === undefined ? [] : [this.#before]), ...this.#loaded]);
    const end = from + batch.length;
    const kept = Math.min(end, this.#back);
    this.#before = gatherBatch(
      around,
      Uint32Array.from({ length: kept }, (_, i) => end - kept + i),
    );
    this.#loaded.shift();
    return { batch, around, from };
  }
}
