import { rowCount, rowsOf, type RecordBatch } from '../../data/batch.ts';
import type { F64Column } from '../../data/column.ts';
import { markField, timeField } from '../../data/event-time.ts';
import { rowBytes } from '../../data/footprint.ts';
import { concat, gatherBatch } from '../../data/gather.ts';
import { sortRows } from '../../data/order.ts';
import type { Value } from '../../data/value.ts';
import { compileExpr } from '../../expr/kernel/compile.ts';
import type { TimeSort } from '../../plan/watermark.ts';
import type { RunContext } from '../context.ts';
import type { IsDue } from '../due-rows.ts';
import type { Operator, Output } from '../operator.ts';
import { Pause } from '../pause.ts';
import { keysOf } from './sort-keys.ts';
import { TimeSortSpill } from './time-sort-spill.ts';
import { instant, isOver } from './window-open.ts';
import { clockValues, placeOf } from './window-times.ts';

/** Rows that wait for the watermark. The times of those that are left of it lie between `least` and `greatest`. */
interface Held {
  readonly batch: RecordBatch;
  readonly least: number;
  readonly greatest: number;
}

/** Keeps the rows that the watermark has not passed yet; those that the memory does not hold in scratch files. */
export function timeSortOperator(plan: TimeSort, context: RunContext): Operator {
  const { settings, progress } = context;
  const account = context.memory.open();
  const { schema } = plan.input;
  const [time, mark] = [timeField, markField].map(({ name }) => schema.findIndex((f) => f.name === name));
  const kernels = plan.keys.map((key) => compileExpr(key.expr, schema));
  const closing = plan.closing && {
    clock: plan.closing.clock,
    column: placeOf(schema, plan.closing.column),
    at: clockValues(plan.closing.clock, timeField.name),
  };
  /** What is below has been given. */
  let border: Value = null;
  let held: Held[] = [];
  let bytes = 0;
  let spill: TimeSortSpill | undefined;

  const times = (batch: RecordBatch): Float64Array => (batch.columns[time!] as F64Column).values;

  const hold = (batch: RecordBatch): void => {
    const values = times(batch);
    let [least, greatest] = [Infinity, -Infinity];
    for (const row of rowsOf(batch)) {
      least = Math.min(least, values[row]!);
      greatest = Math.max(greatest, values[row]!);
    }
    if (least <= greatest) held.push({ batch, least, greatest });
  };

  /** The rows for which `keep` holds. */
  const narrowed = (batch: RecordBatch, keep: (row: number) => boolean): RecordBatch => {
    const selection = new Uint32Array(rowCount(batch));
    let n = 0;
    for (const row of rowsOf(batch)) if (keep(row)) selection[n++] = row;
    return n === selection.length ? batch : { ...batch, selection: selection.subarray(0, n) };
  };

  /** Takes rows out of those that are held, and that have one before `end`: `taken` says which, and holds the others. */
  const take = (end: number, taken: (part: (typeof held)[number]) => RecordBatch[]): RecordBatch[] => {
    const before = held;
    held = [];
    return before.flatMap((part) => {
      if (part.least < end) return taken(part);
      held.push(part);
      return [];
    });
  };

  /** Takes the rows out of those that are held whose value is over; all of them are before `end`. */
  const takeClosed = (end: number): RecordBatch[] => {
    const clock = instant(closing!.at(Float64Array.of(end)), closing!.clock.type, 0);
    if (clock === border) return [];
    border = clock;
    return take(end, ({ batch }) => {
      const { type } = schema[closing!.column]!;
      const isClosed = (row: number): boolean => isOver(instant(batch.columns[closing!.column]!, type, row), clock);
      hold(narrowed(batch, (row) => !isClosed(row)));
      const closed = narrowed(batch, isClosed);
      return rowCount(closed) === 0 ? [] : [closed];
    });
  };

  /** Takes the rows before `end` out of those that are held. */
  const takeBefore = (end: number): RecordBatch[] => {
    if (closing !== undefined && end !== Infinity) return takeClosed(end);
    return take(end, (part) => {
      if (part.greatest < end) return [part.batch];
      const values = times(part.batch);
      hold(narrowed(part.batch, (row) => values[row]! >= end));
      return [narrowed(part.batch, (row) => values[row]! < end)];
    });
  };

  /** What is held goes to scratch files from here on, until all of that has been given. */
  const settle = (): void => {
    if (!account.hold(spill?.bytes ?? bytes) || spill !== undefined) return;
    spill = new TimeSortSpill(plan, context);
    for (const { batch } of held) spill.add(batch);
    held = [];
    bytes = 0;
    account.hold(spill.bytes);
  };

  /** As `release`, of rows in scratch files. */
  const releaseSpilled = async (from: TimeSortSpill, end: number, out: Output): Promise<void> => {
    let isDue: IsDue = (time) => end === Infinity || (time as number) < end;
    if (closing !== undefined && end !== Infinity) {
      const clock = instant(closing.at(Float64Array.of(end)), closing.clock.type, 0);
      if (clock === border) return;
      border = clock;
      isDue = (value) => isOver(value, clock);
    }
    const pause = new Pause(context.signal);
    for (const batch of from.take(isDue)) {
      await out.emit({ ...batch, schema: plan.schema });
      if (out.full) return;
      await pause.taken();
    }
    if (from.isEmpty) {
      spill = undefined;
      from.close();
    }
    settle();
  };

  const release = async (end: number, out: Output): Promise<void> => {
    if (spill !== undefined) return releaseSpilled(spill, end, out);
    const all = concat(schema, takeBefore(end));
    bytes -= rowBytes(all);
    if (all.length === 0) return;
    const order = sortRows(keysOf(plan.keys, kernels, all), all.length);
    for (let at = 0; at < order.length && !out.full; at += settings.batchRows)
      await out.emit({ ...gatherBatch(all, order.subarray(at, at + settings.batchRows)), schema: plan.schema });
  };

  return {
    onBatch(batch) {
      const values = times(batch);
      const marks = (batch.columns[mark!] as F64Column).values;
      const inTime = narrowed(batch, (row) => values[row]! >= marks[row]!);
      progress.rowsLate += rowCount(batch) - rowCount(inTime);
      if (spill === undefined) {
        hold(inTime);
        bytes += rowBytes(inTime);
      } else spill.add(inTime);
      settle();
    },
    async onWatermark(watermark, _port, out) {
      await release(watermark, out);
      // Rows that wait for others of their value may be before it.
      const least = (): number => spill?.earliest ?? held.reduce((time, part) => Math.min(time, part.least), Infinity);
      await out.watermark(closing === undefined ? watermark : Math.min(watermark, least()));
    },
    async onEnd(_port, out) {
      await release(Infinity, out);
      account.close();
    },
    close() {
      account.close();
      spill?.close();
    },
  };
}
