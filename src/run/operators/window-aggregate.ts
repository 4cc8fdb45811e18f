import { rowNumbers, rowsOf, type RecordBatch } from '../../data/batch.ts';
import type { Column, F64Column } from '../../data/column.ts';
import { compareValues } from '../../data/compare.ts';
import { markField, NO_MARK, timeField } from '../../data/event-time.ts';
import { compact, NO_ROW, slice } from '../../data/gather.ts';
import type { Value } from '../../data/value.ts';
import { grown } from '../../expr/kernel/aggregates/count.ts';
import { compileExpr } from '../../expr/kernel/compile.ts';
import type { Aggregate } from '../../plan/plan.ts';
import type { Closing } from '../../plan/windows.ts';
import type { RunContext } from '../context.ts';
import type { IsDue } from '../due-rows.ts';
import type { Held } from '../held.ts';
import type { Operator, Output } from '../operator.ts';
import { ScratchSegments } from '../scratch-segments.ts';
import { isHeavy } from './aggregate-heavy.ts';
import { firstRows, prepareSpilling, type GroupSet, type SpillingGroups } from './window-groups.ts';
import { isOfValues } from './window-heavy.ts';
import { instant, isOver, OpenWindows, type Generation, type OpenWindow } from './window-open.ts';
import { WindowSpill } from './window-spill.ts';
import { clockValues, hiddenColumn, placeOf } from './window-times.ts';

/** A generation with so many groups takes no further windows. */
const ENOUGH = 4096;

/** While results are made, the groups are there twice. */
const FINISHING = 1.5;

/**
 * Hash aggregation that gives a group as soon as the watermark says that it is complete, and forgets it. While the memory
 * does not hold more, the rows of new groups wait in scratch files, and so does what grows with the rows of the others.
 */
export function closingAggregate(plan: Aggregate, closing: Closing, context: RunContext): Operator {
  const { settings, memory } = context;
  const segments = new ScratchSegments(context);
  const groups = new ClosingGroups(plan, closing, context, prepareSpilling(plan, context, segments), enoughOf(plan));
  const account = memory.open();

  const giveGroups = async (over: readonly OpenWindow<SpillingGroups>[], out: Output): Promise<void> => {
    for (let from = 0, to; from < over.length && !out.full; from = to) {
      const { generation } = over[from]!;
      const ids: number[] = [];
      for (to = from; to < over.length && over[to]!.generation === generation; to++)
        for (const id of over[to]!.groups) ids.push(id);
      for await (const part of generation.groups.parts(Uint32Array.from(ids))) {
        const batch = groups.asRows(generation, part.ids, part.columns);
        for (let at = 0; at < batch.length && !out.full; at += settings.batchRows)
          await out.emit(compact(slice(batch, at, at + settings.batchRows)));
        if (out.full) break;
      }
    }
  };

  /** Gives windows that are over in the order of their values; of each the groups that came later are in the files. */
  const give = async (
    over: readonly OpenWindow<SpillingGroups>[],
    time: number | undefined,
    out: Output,
  ): Promise<void> => {
    const { spill } = groups;
    if (spill === undefined) return giveGroups(over, out);
    const isDue: IsDue = time === undefined ? () => true : groups.isOverAt(time);
    let from = 0;
    const giveUpTo = async (to: number, isBefore: IsDue): Promise<void> => {
      if (!spill.has(isBefore)) return;
      await giveGroups(over.slice(from, to), out);
      from = to;
      await spill.emit(isBefore, out);
    };
    for (const [i, { value }] of over.entries()) {
      await giveUpTo(i, (due) => compareValues(due, value) < 0);
      await giveUpTo(i + 1, (due) => compareValues(due, value) <= 0);
    }
    await giveGroups(over.slice(from), out);
    if (spill.has(isDue) && !out.full) await spill.emit(isDue, out);
  };

  const forget = (over: readonly OpenWindow<SpillingGroups>[]): void => {
    const generations = new Set(over.map(({ generation }) => generation));
    for (const { open, groups } of generations) if (open === 0) groups.release();
  };

  const settle = (): void => {
    if (account.hold(groups.bytes * FINISHING)) {
      groups.spill ??= new WindowSpill(plan, closing, context);
      groups.makeRoom();
    }
    const isShort = account.hold(groups.bytes * FINISHING);
    if (groups.spill !== undefined) groups.spill.isShort = isShort;
    const { bytes, what, help } = groups.held;
    memory.refuse(bytes, what, help);
  };
  return {
    onBatch(batch) {
      for (const { generation, rows, ids } of groups.number(batch)) generation.groups.add(rows, ids);
      settle();
    },
    async onWatermark(time, _port, out) {
      const over = groups.close(time);
      settle();
      await give(over, time, out);
      forget(over);
      await out.watermark(groups.promised(time));
    },
    async onEnd(_port, out) {
      const over = groups.close();
      settle();
      await give(over, undefined, out);
      account.close();
    },
    close(failed) {
      account.close();
      segments.close();
      return groups.spill?.close(failed);
    },
  };
}

/** How many groups may live and die together: where windows hold rows, those of one window. */
const enoughOf = ({ aggregates }: Aggregate): number =>
  aggregates.some((call) => isHeavy(call) && !isOfValues(call)) ? 1 : ENOUGH;

/** Rows of one generation, and the group of each. */
interface NumberedRows<G extends GroupSet> {
  readonly generation: Generation<G>;
  /** How many groups it had before. */
  readonly before: number;
  readonly rows: RecordBatch;
  readonly ids: Uint32Array;
}

/** The groups of a plan by the windows that they close with. */
export class ClosingGroups<G extends GroupSet> {
  /** Where the rows of groups go for which there is no room. */
  spill: WindowSpill | undefined;
  readonly #plan: Aggregate;
  readonly #closing: Closing;
  readonly #context: RunContext;
  readonly #open: OpenWindows<G>;
  readonly #timeAt: number;
  readonly #markAt: number;
  readonly #valueOf: (batch: RecordBatch) => Column;
  readonly #clockAt: (times: Float64Array) => Column;

  /** @param enough see `OpenWindows`. */
  constructor(plan: Aggregate, closing: Closing, context: RunContext, makeGroups: () => G, enough = ENOUGH) {
    const { schema } = plan.input;
    this.#plan = plan;
    this.#closing = closing;
    this.#context = context;
    this.#timeAt = placeOf(schema, closing.time);
    this.#markAt = placeOf(schema, closing.mark);
    this.#valueOf = compileExpr(closing.value, schema);
    this.#clockAt = clockValues(closing.clock, closing.time);
    this.#open = new OpenWindows(makeGroups, enough);
  }

  /** Numbers the groups of rows that are in time; the caller has to add the rows. */
  number(given: RecordBatch): NumberedRows<G>[] {
    const values = this.#valueOf(given);
    const batch = this.#withRoom(this.#inTime(given, values), values);
    const found = this.#open.of(batch, values, this.#closing.value.type);
    const generations = new Set(found.windows.map((window) => window.generation));
    return [...generations].map((generation) => {
      const selection =
        generations.size === 1
          ? batch.selection
          : rowNumbers(batch).filter((row) => found.at(row).generation === generation);
      const rows = { ...batch, selection };
      const before = generation.groups.size;
      return { generation, before, rows, ids: this.#take(generation, rows, found.at) };
    });
  }

  /** About what is in memory. */
  get bytes(): number {
    return this.#open.bytes + (this.spill?.bytes ?? 0);
  }

  get held(): Held {
    return {
      bytes: this.bytes,
      what: 'the state of windows that are open',
      help: 'smaller windows, fewer keys, or a watermark that lags behind less',
    };
  }

  /** Lets what grows with the rows of groups go on in scratch files, if that is what takes the room. */
  makeRoom(this: ClosingGroups<SpillingGroups>): void {
    const generations = [...this.#open.generations].filter(({ groups }) => groups.heavyBytes > 0);
    const heavy = generations.reduce((sum, { groups }) => sum + groups.heavyBytes, 0);
    if (heavy * 4 < this.bytes) return;
    // Otherwise all that a file holds of a generation would be read for each of its windows.
    this.#open.enough = 1;
    for (const { groups } of generations) groups.spill();
  }

  /** Takes out the windows that are over when the watermark is there. */
  close(time?: number): OpenWindow<G>[] {
    return this.#open.close(time === undefined ? undefined : this.#clock(time));
  }

  /** The watermark of what will come out, when that of the input is `time`. */
  promised(time: number): number {
    return Math.min(time, this.#open.earliest, this.spill?.earliest ?? Infinity);
  }

  /** What is over when the watermark is there. */
  isOverAt(time: number): IsDue {
    const clock = this.#clock(time);
    return (value) => isOver(value, clock);
  }

  /** Groups as rows, with the columns of the plan up to the row time. @param results their keys, aggregates and bare columns. */
  asRows({ times }: Generation, ids: Uint32Array, results: readonly Column[]): RecordBatch {
    const { schema } = this.#plan;
    const hidden = (f: (id: number) => number): F64Column => ({
      kind: 'f64',
      values: Float64Array.from(ids, f),
      nulls: undefined,
    });
    const has = (name: string): boolean => schema.some((f) => f.name === name);
    const columns = [
      ...results,
      ...(has(timeField.name) ? [hidden((id) => times[id]!)] : []),
      ...(has(markField.name) ? [hidden(() => NO_MARK)] : []),
    ];
    return { schema: schema.slice(0, columns.length), length: ids.length, columns };
  }

  #clock(time: number): Value {
    return instant(this.#clockAt(Float64Array.of(time)), this.#closing.clock.type, 0);
  }

  /** Leaves out the rows whose group was over when they came. */
  #inTime(batch: RecordBatch, values: Column): RecordBatch {
    const times = hiddenColumn(batch, this.#timeAt);
    const marks = hiddenColumn(batch, this.#markAt);
    // No clock runs backwards: only a row behind its own mark can be too late.
    const doubtful: number[] = [];
    for (const row of rowsOf(batch)) if (times[row]! < marks[row]! && marks[row]! > NO_MARK) doubtful.push(row);
    if (doubtful.length === 0) return batch;
    const clocks = this.#clockAt(Float64Array.from(doubtful, (row) => marks[row]!));
    const { value, clock } = this.#closing;
    const late = new Set(
      doubtful.filter((row, i) => isOver(instant(values, value.type, row), instant(clocks, clock.type, i))),
    );
    if (late.size === 0) return batch;
    this.#context.progress.rowsLate += late.size;
    return { ...batch, selection: rowNumbers(batch).filter((row) => !late.has(row)) };
  }

  /** Leaves out the rows for whose groups there is no room, and which are kept elsewhere. */
  #withRoom(batch: RecordBatch, values: Column): RecordBatch {
    const { spill } = this;
    if (spill === undefined) return batch;
    const { type } = this.#closing.value;
    const keys = spill.keysOf(batch);
    const windows = this.#open.find(batch, values, type);
    const ids = new Map<Generation<G>, Uint32Array>();
    for (const window of windows.windows)
      if (window !== undefined && !ids.has(window.generation))
        ids.set(window.generation, window.generation.groups.find(keys, batch));
    const taken: number[] = [];
    const others: number[] = [];
    for (const row of rowsOf(batch)) {
      const window = windows.at(row);
      const isKnown = window !== undefined && ids.get(window.generation)![row] !== NO_ROW;
      (isKnown || !spill.takes(instant(values, type, row)) ? taken : others).push(row);
    }
    if (others.length === 0) return batch;
    spill.keep({ ...batch, selection: Uint32Array.from(others) }, values, keys);
    return { ...batch, selection: Uint32Array.from(taken) };
  }

  #take(generation: Generation<G>, batch: RecordBatch, windowAt: (row: number) => OpenWindow<G>): Uint32Array {
    const { groups } = generation;
    const before = groups.size;
    const ids = groups.number(batch);
    for (const row of firstRows(batch, ids, before)) windowAt(row).groups.push(ids[row]!);
    generation.times = grown(generation.times, groups.size);
    const { times } = generation;
    times.fill(-Infinity, before, groups.size);
    const rowTimes = hiddenColumn(batch, this.#timeAt);
    for (const row of rowsOf(batch)) {
      const id = ids[row]!;
      const time = rowTimes[row]!;
      if (time > times[id]!) times[id] = time;
      const window = windowAt(row);
      if (time < window.least) window.least = time;
    }
    return ids;
  }
}
