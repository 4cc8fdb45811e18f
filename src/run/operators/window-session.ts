import { rowsOf } from '../../data/batch.ts';
import type { Window, WindowFrame } from '../../plan/windows.ts';
import type { RunContext } from '../context.ts';
import type { Operator, Output } from '../operator.ts';
import { windowColumns } from './window-assign.ts';
import { PartitionKeys } from './window-keys.ts';
import { SessionSpill } from './window-session-spill.ts';
import { OpenSessions, type Members, type Session } from './window-sessions.ts';
import { RowStore } from './window-store.ts';
import { clockFunction, hiddenColumn, placeOf, timesOf } from './window-times.ts';

export type SessionFrame = Extract<WindowFrame, { readonly kind: 'session' }>;

/** Bytes of an open session beside its rows. */
const SESSION = 250;

/** Numbers of rows in the store, in the order in which they came. */
export class RowNumbers implements Members<RowNumbers> {
  rows: number[];

  constructor(rows: number[] = []) {
    this.rows = rows;
  }

  add(row: number): void {
    this.rows.push(row);
  }

  absorb(other: RowNumbers): void {
    this.rows = this.rows.concat(other.rows);
  }

  divided(_border: number, isBefore: (place: number) => boolean): { before: RowNumbers; others: RowNumbers } {
    return {
      before: new RowNumbers(this.rows.filter((_, place) => isBefore(place))),
      others: new RowNumbers(this.rows.filter((_, place) => !isBefore(place))),
    };
  }
}

/**
 * SESSION over rows with event time: a session is given as soon as the watermark says that it is over. When the memory
 * does not hold the rows, they wait in scratch files, and sessions that are over are found some time later.
 */
export function streamingSessions(plan: Window, frame: SessionFrame, context: RunContext): Operator {
  const { settings, progress, memory } = context;
  const event = plan.event!;
  const times = timesOf(plan, plan.time!);
  const clock = clockFunction(event.clock, event.time);
  const markAt = placeOf(plan.input.schema, event.mark);
  const columnsOf = windowColumns(plan);
  const keys = new PartitionKeys(plan);
  const account = memory.open();
  let store = new RowStore(plan.input.schema);
  let open = new OpenSessions(frame, () => new RowNumbers());
  let spill: SessionSpill | undefined;

  /** Sessions in the order of their ends, then in that in which their first rows came. */
  const give = async (sessions: Session<RowNumbers>[], out: Output): Promise<void> => {
    for (const { members } of sessions) members.rows.sort((a, b) => a - b);
    sessions.sort((a, b) => a.end - b.end || a.members.rows[0]! - b.members.rows[0]!);
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
      for (const row of session.members.rows) {
        rows.push(row);
        starts.push(session.start);
        ends.push(session.end);
        if (rows.length >= settings.batchRows) await flush();
      }
    }
    await flush();
    for (const session of sessions) store.release(session.members.rows);
  };

  const tidy = (): void => {
    const stale = keys.size > 1024 && keys.size > 2 * open.keys;
    if (!stale && !store.isSparse) return;
    const all = [...open.clusters()].map(({ members }) => members);
    const { batch, renumbered } = store.compact(all.flatMap(({ rows }) => rows));
    const ids = keys.restart(batch);
    const base = renumbered.size === 0 ? 0 : renumbered.values().next().value!;
    for (const members of all) members.rows = members.rows.map((row) => renumbered.get(row)!);
    open.renumber(({ rows }) => ids[rows[0]! - base]!);
  };

  const settle = (): void => {
    const bytes = store.bytes + keys.bytes + open.keys * SESSION;
    if (!account.hold(bytes)) return;
    spill = new SessionSpill(plan, frame, context);
    spill.take(store, open);
    store = new RowStore(plan.input.schema);
    open = new OpenSessions(frame, () => new RowNumbers());
    keys.clear();
    account.hold(0);
  };

  /** Gives what is over of the rows in files. If the others fit into memory again, it goes on there. */
  const giveSpilled = async (from: SessionSpill, out: Output): Promise<void> => {
    await from.give(out);
    const rows = from.restored();
    if (rows === undefined) return;
    const ids = keys.of(rows.batch);
    const base = store.add(rows.batch);
    for (const { rows: own, ...cluster } of rows.clusters)
      open.put(ids[own[0]!]!, { ...cluster, members: new RowNumbers(own.map((row) => base + row)) });
    spill = undefined;
    from.close();
    settle();
  };

  return {
    async onBatch(batch, _port, out) {
      const time = times(batch);
      const marks = hiddenColumn(batch, markAt);
      const markOf = (row: number): number => (event.clock === undefined ? marks[row]! : clock(marks[row]!));
      if (spill !== undefined) {
        spill.keep(batch, time, markOf);
        return spill.isWorthIt ? giveSpilled(spill, out) : undefined;
      }
      const ids = keys.of(batch);
      const base = store.add(batch);
      const late: number[] = [];
      for (const row of rowsOf(batch))
        if (!open.add(ids[row]!, base + row, time[row]!, markOf(row))) late.push(base + row);
      progress.rowsLate += late.length;
      store.release(late);
      settle();
    },
    async onWatermark(watermark, _port, out) {
      const time = clock(watermark);
      if (spill !== undefined) {
        if (!spill.mayEnd(time)) return out.watermark(time);
        return spill.isWorthIt || spill.isTimeForIt ? giveSpilled(spill, out) : undefined;
      }
      const over = open.close(time);
      if (over.length > 0) {
        await give(over, out);
        tidy();
        account.hold(store.bytes + keys.bytes + open.keys * SESSION);
      }
      await out.watermark(time);
    },
    async onEnd(_port, out) {
      if (spill === undefined) await give(open.close(Infinity), out);
      else if (spill.mayEnd(Infinity)) await spill.give(out);
      account.close();
    },
    close() {
      account.close();
      spill?.close();
    },
  };
}
