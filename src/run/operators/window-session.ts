import { rowCount, rowsOf, type RecordBatch } from '../../data/batch.ts';
import { rowBytes } from '../../data/footprint.ts';
import { concat } from '../../data/gather.ts';
import { sortRows } from '../../data/order.ts';
import type { Window, WindowFrame } from '../../plan/windows.ts';
import type { RunContext } from '../context.ts';
import type { Operator, Output } from '../operator.ts';
import { windowColumns } from './window-assign.ts';
import { PartitionKeys } from './window-keys.ts';
import { OpenSessions, type Session } from './window-sessions.ts';
import { RowStore } from './window-store.ts';
import { clockFunction, hiddenColumn, placeOf, timesOf } from './window-times.ts';

export type SessionFrame = Extract<WindowFrame, { readonly kind: 'session' }>;

/** SESSION over rows with event time: a session is given as soon as the watermark says that it is over. */
export function streamingSessions(plan: Window, frame: SessionFrame, { settings, progress }: RunContext): Operator {
  const event = plan.event!;
  const times = timesOf(plan, plan.time!);
  const clock = clockFunction(event.clock, event.time);
  const markAt = placeOf(plan.input.schema, event.mark);
  const columnsOf = windowColumns(plan);
  const keys = new PartitionKeys(plan);
  const store = new RowStore(plan.input.schema);
  const open = new OpenSessions(frame);

  /** Sessions in the order of their ends, then in that in which their first rows came. */
  const give = async (sessions: Session[], out: Output): Promise<void> => {
    for (const session of sessions) session.rows.sort((a, b) => a - b);
    sessions.sort((a, b) => a.end - b.end || a.rows[0]! - b.rows[0]!);
    let rows: number[] = [];
    let starts: number[] = [];
    let ends: number[] = [];
    const flush = async (): Promise<void> => {
      if (rows.length === 0 || out.full) return;
      const batch = store.take(rows);
      const columns = columnsOf(batch, Float64Array.from(starts), Float64Array.from(ends));
      [rows, starts, ends] = [[], [], []];
      await out.emit({ schema: plan.schema, length: batch.length, columns });
    };
    for (const session of sessions) {
      for (const row of session.rows) {
        rows.push(row);
        starts.push(session.start);
        ends.push(session.end);
        if (rows.length >= settings.batchRows) await flush();
      }
    }
    await flush();
    for (const session of sessions) store.release(session.rows);
  };

  const tidy = (): void => {
    const stale = keys.size > 1024 && keys.size > 2 * open.keys;
    if (!stale && !store.isSparse) return;
    const { batch, renumbered } = store.compact(open.rows());
    const ids = keys.restart(batch);
    const base = renumbered.size === 0 ? 0 : renumbered.values().next().value!;
    open.renumber(renumbered, (row) => ids[row - base]!);
  };

  return {
    held: {
      get bytes() {
        return store.bytes + keys.bytes;
      },
      what: 'the state of sessions',
      help: 'a smaller gap, or a longest session: SESSION(.., MAX ..)',
    },
    onBatch(batch) {
      const time = times(batch);
      const marks = hiddenColumn(batch, markAt);
      const ids = keys.of(batch);
      const base = store.add(batch);
      const late: number[] = [];
      for (const row of rowsOf(batch)) {
        const mark = event.clock === undefined ? marks[row]! : clock(marks[row]!);
        if (!open.add(ids[row]!, base + row, time[row]!, mark)) late.push(base + row);
      }
      progress.rowsLate += late.length;
      store.release(late);
    },
    async onWatermark(watermark, _port, out) {
      const time = clock(watermark);
      const over = open.close(time);
      if (over.length > 0) {
        await give(over, out);
        tidy();
      }
      await out.watermark(time);
    },
    onEnd: (_port, out) => give(open.close(Infinity), out),
  };
}

/** SESSION over rows that are all there before any is wanted: in their own order, sessions as the order of time has them. */
export function settledSessions(plan: Window, frame: SessionFrame, { settings }: RunContext): Operator {
  const times = timesOf(plan, plan.time!);
  const columnsOf = windowColumns(plan);
  const keys = new PartitionKeys(plan);
  const kept: RecordBatch[] = [];
  let bytes = 0;
  return {
    onBatch(batch) {
      kept.push(batch);
      // The rows, and a copy of them in one piece with its order.
      bytes += rowBytes(batch) * 2 + rowCount(batch) * 48;
    },
    held: {
      get bytes() {
        return bytes;
      },
      what: 'the state of sessions',
      help: 'give the source event time: WATERMARK FOR ..',
    },
    onWatermark: () => undefined,
    async onEnd(_port, out) {
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
      for (let at = 0; at < all.length && !out.full; at += settings.batchRows) {
        const selection = Uint32Array.from({ length: Math.min(settings.batchRows, all.length - at) }, (_, i) => at + i);
        await out.emit({ schema: plan.schema, length: all.length, columns, selection });
      }
    },
  };
}
