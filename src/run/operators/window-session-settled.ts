import { rowCount, rowRange, type RecordBatch } from '../../data/batch.ts';
import { rowBytes } from '../../data/footprint.ts';
import { concat } from '../../data/gather.ts';
import { sortRows } from '../../data/order.ts';
import type { Window } from '../../plan/windows.ts';
import type { RunContext } from '../context.ts';
import type { Operator, Output } from '../operator.ts';
import { Pause } from '../pause.ts';
import { windowColumns } from './window-assign.ts';
import { PartitionKeys } from './window-keys.ts';
import { SortedSessions } from './window-session-sorted.ts';
import type { SessionFrame } from './window-session.ts';
import { timesOf } from './window-times.ts';

/** Bytes for each row while rows are put in order: their numbers and the words that are sorted, twice. */
const SORTING = 48;

/** SESSION over rows that are all there before any is wanted: in their own order, sessions as the order of time has them. */
export function settledSessions(plan: Window, frame: SessionFrame, context: RunContext): Operator {
  const times = timesOf(plan, plan.time!);
  const columnsOf = windowColumns(plan);
  const keys = new PartitionKeys(plan);
  const account = context.memory.open();
  const { batchRows } = context.settings;
  let kept: RecordBatch[] = [];
  let bytes = 0;
  let sorted: SortedSessions | undefined;

  const spill = (): void => {
    sorted ??= new SortedSessions(plan, frame, keys, context);
    if (kept.length > 0) {
      const all = concat(plan.input.schema, kept);
      sorted.add(all, times(all));
    }
    kept = [];
    bytes = 0;
    account.hold(0);
  };

  const emitSorted = async (out: Output): Promise<void> => {
    spill();
    for await (const { batch, starts, ends } of sorted!.rows(new Pause(context.signal))) {
      await out.emit({ schema: plan.schema, length: batch.length, columns: columnsOf(batch, starts, ends) });
      if (out.full) return;
    }
  };

  return {
    onBatch(batch) {
      kept.push(batch);
      // The rows, and a copy of them in one piece with its order.
      bytes += rowBytes(batch) * 2 + rowCount(batch) * SORTING;
      if (account.hold(bytes)) spill();
    },
    onWatermark: () => undefined,
    async onEnd(_port, out) {
      if (sorted !== undefined) return emitSorted(out);
      const all = concat(plan.input.schema, kept);
      const time = times(all);
      const ids = Float64Array.from(keys.of(all));
      const [starts, ends] = [new Float64Array(all.length), new Float64Array(all.length)];
      const order = sortRows(
        [ids, time].map((values) => ({
          column: { kind: 'f64' as const, values, nulls: undefined },
          type: 'REAL' as const,
          descending: false,
          nullsFirst: true,
        })),
        all.length,
      );
      const isNext = (row: number, before: number, start: number): boolean =>
        ids[row] === ids[before] &&
        time[row]! < time[before]! + frame.gap &&
        time[row]! < start + (frame.most ?? Infinity);
      for (let from = 0, to; from < order.length; from = to) {
        const start = time[order[from]!]!;
        for (to = from + 1; to < order.length && isNext(order[to]!, order[to - 1]!, start); to++);
        const end = Math.min(time[order[to - 1]!]! + frame.gap, start + (frame.most ?? Infinity));
        for (const row of order.subarray(from, to)) {
          starts[row] = start;
          ends[row] = end;
        }
      }
      const columns = columnsOf(all, starts, ends);
      for (let at = 0; at < all.length && !out.full; at += batchRows) {
        const selection = rowRange(at, Math.min(at + batchRows, all.length));
        await out.emit({ schema: plan.schema, length: all.length, columns, selection });
      }
      account.close();
    },
    close() {
      account.close();
      sorted?.close();
    },
  };
}
