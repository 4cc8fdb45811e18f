import { rowNumbers, type RecordBatch } from '../../data/batch.ts';
import { columnBuilder } from '../../data/builder.ts';
import type { Column } from '../../data/column.ts';
import { compact, concat, gatherBatch, slice } from '../../data/gather.ts';
import { rowComparator } from '../../data/order.ts';
import type { Over } from '../../plan/over.ts';
import type { RunContext } from '../context.ts';
import type { Output } from '../operator.ts';
import { Pause } from '../pause.ts';
import { Scratch, type Frame } from '../scratch.ts';
import { Around } from './over-large-around.ts';
import type { LargeCall, Standing } from './over-large-call.ts';
import { GroupLog, type Group } from './over-large-groups.ts';
import { keyColumns, type KeyColumns } from './over-partitions.ts';

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
    const { batchRows } = this.#context.settings;
    const wholes = new Map(this.#of('whole').map((call) => [call, call.result()]));
    for (const call of this.#of('row')) call.reset();
    const groups = this.#groups.read();
    const read = (frame: Frame): RecordBatch => this.#scratch.read(frame, this.#plan.input.schema);
    const pieces = new Around(this.#plan, this.#calls, this.#frames, read, this.#orderKeys, this.#context.memory);
    let group: Group | undefined;
    let first = 0;
    for (let piece = pieces.next(); piece !== undefined && !out.full; piece = pieces.next()) {
      const { batch } = piece;
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
          case 'frame':
            return call.near(piece);
          case 'sum':
            return call.moved(piece);
          case 'whole': {
            const builder = columnBuilder(call.call.type, length);
            for (let row = 0; row < length; row++) builder.append(wholes.get(call)!);
            return builder.finish();
          }
        }
      });
      const made = { schema: this.#plan.schema, length, columns: [...batch.columns, ...columns] };
      for (let at = 0; at < length && !out.full; at += batchRows)
        await out.emit(compact(slice(made, at, at + batchRows)));
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
