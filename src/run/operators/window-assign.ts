import { rowsOf, type RecordBatch } from '../../data/batch.ts';
import { numberColumn, type Column } from '../../data/column.ts';
import { markField, NO_MARK, timeField } from '../../data/event-time.ts';
import { pick } from '../../data/gather.ts';
import { Bug } from '../../base/errors.ts';
import type { Window, WindowFrame } from '../../plan/windows.ts';
import type { RunContext } from '../context.ts';
import type { Operator, Output } from '../operator.ts';
import { clockFunction, hiddenColumn, placeOf, timesOf, type Clock } from './window-times.ts';

type TimeFrame = Extract<WindowFrame, { readonly kind: 'hop' | 'cumulate' }>;

/** TUMBLE, HOP and CUMULATE: the windows of a row follow from its time alone. */
export function assignWindows(plan: Window, frame: TimeFrame, { settings, progress }: RunContext): Operator {
  const times = timesOf(plan, plan.time!);
  const columnsOf = windowColumns(plan);
  const clock = plan.event && clockFunction(plan.event.clock, plan.event.time);
  const single = frame.slide === frame.size;

  const emit = (batch: RecordBatch, starts: Float64Array, ends: Float64Array, out: Output) =>
    out.emit({ ...batch, schema: plan.schema, columns: columnsOf(batch, starts, ends) });

  /** One window each: the rows stay where they are. */
  const tumble = (batch: RecordBatch, time: Float64Array, out: Output): void | Promise<void> => {
    const { size, offset } = frame;
    const starts = new Float64Array(batch.length);
    const ends = new Float64Array(batch.length);
    for (let row = 0; row < batch.length; row++) {
      const start = Math.floor((time[row]! - offset) / size) * size + offset;
      starts[row] = start;
      ends[row] = start + size;
    }
    return emit(batch, starts, ends, out);
  };

  /** One pane each, or a part of one. */
  const pane = (batch: RecordBatch, time: Float64Array, of: number, out: Output): void | Promise<void> => {
    const { size, offset } = frame;
    const starts = new Float64Array(batch.length);
    const ends = new Float64Array(batch.length);
    const marks = hiddenColumn(batch, placeOf(batch.schema, plan.event!.mark));
    for (const row of rowsOf(batch)) {
      const start = Math.floor((time[row]! - offset) / size) * size + offset;
      const windows = of / size;
      const mark = clock!(marks[row]!);
      // Of its windows, so many have ended.
      const over = Math.min(windows, Math.max(0, Math.floor((mark - start) / size)));
      starts[row] = start;
      ends[row] = start + Math.min(windows, over + 1) * size;
      // It is left out of each of them; whoever gets a row that is late for all counts one.
      progress.rowsLate += over === windows ? over - 1 : over;
    }
    return emit(batch, starts, ends, out);
  };

  /** Several windows each: rows are repeated, in pieces, for one row may be in very many windows. */
  const repeat = async (batch: RecordBatch, time: Float64Array, out: Output): Promise<void> => {
    const most = settings.batchRows;
    const rows = new Uint32Array(most);
    const starts = new Float64Array(most);
    const ends = new Float64Array(most);
    let n = 0;
    const flush = async (): Promise<void> => {
      const piece = {
        schema: batch.schema,
        length: n,
        columns: batch.columns.map((column) => pick(column, rows.subarray(0, n))),
      };
      const [s, e] = [starts.slice(0, n), ends.slice(0, n)];
      n = 0;
      await emit(piece, s, e, out);
    };
    for (const row of rowsOf(batch)) {
      for (const [start, end] of windowsAt(time[row]!, frame)) {
        rows[n] = row;
        starts[n] = start;
        ends[n] = end;
        if (++n < most) continue;
        await flush();
        if (out.full) return;
      }
    }
    if (n > 0) await flush();
  };

  return {
    onBatch(batch, _port, out) {
      const time = times(batch);
      if (plan.panesOf !== undefined) return pane(batch, time, plan.panesOf, out);
      return single ? tumble(batch, time, out) : repeat(batch, time, out);
    },
    onWatermark: (time, _port, out) => (clock === undefined ? undefined : out.watermark(clock(time))),
  };
}

/** The windows that a moment is in, [start, end), in the order of their ends. */
export function* windowsAt(time: number, { kind, size, slide, offset }: TimeFrame): Generator<[number, number]> {
  if (kind === 'cumulate') {
    const start = Math.floor((time - offset) / size) * size + offset;
    for (let end = start + (Math.floor((time - start) / slide) + 1) * slide; end <= start + size; end += slide)
      yield [start, end];
    return;
  }
  const last = Math.floor((time - offset) / slide) * slide + offset;
  const before = Math.ceil((time - size + 1 - last) / slide) * slide;
  for (let start = last + before; start <= last; start += slide) yield [start, start + size];
}

/**
 * The columns of a window's output: those of the rows, the bounds, and the row time that goes with them. `numbers` is the
 * row time where windows are numbered.
 */
export function windowColumns(
  plan: Window,
): (batch: RecordBatch, starts: Float64Array, ends: Float64Array, numbers?: Float64Array) => readonly Column[] {
  const { schema, input, start, end, stamp, event } = plan;
  const clock: Clock | undefined = event && clockFunction(event.clock, event.time);
  const markAt = event && placeOf(input.schema, event.mark);
  const made = (
    name: string,
    batch: RecordBatch,
    starts: Float64Array,
    ends: Float64Array,
    numbers: Float64Array | undefined,
  ): Column | undefined => {
    if (name === start) return numberColumn(starts);
    if (name === end) return numberColumn(ends);
    if (name === stamp) return numberColumn(ends.map((e) => e - 1));
    if (numbers !== undefined && name === timeField.name) return numberColumn(numbers);
    if (numbers !== undefined && name === markField.name)
      return numberColumn(new Float64Array(ends.length).fill(NO_MARK));
    if (name === timeField.name && event !== undefined) return numberColumn(ends.map((e) => e - 1));
    if (name === markField.name && clock !== undefined) {
      const marks = hiddenColumn(batch, markAt!);
      return numberColumn(event!.clock === undefined ? marks : marks.map(clock));
    }
    return undefined;
  };
  const at = schema.map(({ name }) => input.schema.findIndex((f) => f.name === name));
  return (batch, starts, ends, numbers) =>
    schema.map(({ name }, c) => {
      const column = made(name, batch, starts, ends, numbers) ?? batch.columns[at[c]!];
      if (column === undefined) throw new Bug(`a window does not give column ${name}`);
      return column;
    });
}
