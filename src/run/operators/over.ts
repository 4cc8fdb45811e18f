import { rowCount, rowNumbers, rowRange, type RecordBatch } from '../../data/batch.ts';
import { Footprint } from '../../data/footprint.ts';
import { concat, gatherBatch, pick } from '../../data/gather.ts';
import { RowError } from '../../expr/functions/function.ts';
import type { Frame, Over } from '../../plan/over.ts';
import type { RunContext } from '../context.ts';
import type { Operator, Output } from '../operator.ts';
import { framesOf, type Frames } from './over-frame.ts';
import { overFunction } from './over-functions.ts';
import { LargePartition } from './over-large.ts';
import { largeCalls } from './over-large-calls.ts';
import { changes, keyColumns, partitionsOf, type Partitions } from './over-partitions.ts';

/** So many rows are waited for before partitions are looked for: small ones are computed many at a time. */
const ENOUGH = 65_536;
/** Bytes for each row while calls are computed: its group of equals, and its frame. */
const COMPUTING = 12;

/**
 * Holds the rows of a partition until the next one begins, or the input ends, and then computes all calls over it. One
 * that the memory does not hold goes to scratch files, if all calls can do with that.
 */
export function overOperator(plan: Over, context: RunContext): Operator {
  const { settings, memory } = context;
  const { schema } = plan.input;
  const partitionKeys = keyColumns(plan.partitionBy, schema);
  const orderKeys = keyColumns(plan.orderBy, schema);
  const functions = plan.calls.map((call) => overFunction(call, schema));
  const account = memory.open();
  const footprint = new Footprint();
  let kept: RecordBatch[] = [];
  let rows = 0;
  let enough = ENOUGH;
  let enoughWhenFull = 0;
  const calls = largeCalls(plan);
  let large: LargePartition | undefined;
  let last: RecordBatch | undefined;
  /** The rows themselves, a copy of them in one piece, and what is computed. */
  const heldBytes = (): number => footprint.bytes * 2 + rows * (COMPUTING + 8 * plan.calls.length);

  /** Hands on the partitions that are complete, at the end all of them. */
  const flush = async (isEnd: boolean, out: Output): Promise<void> => {
    const all = concat(schema, kept);
    const found = changes(partitionKeys(all), rows);
    const complete = isEnd ? rows : found.at(-2)!;
    if (complete < rows) {
      const rest = rowRange(complete, rows);
      kept = [complete === 0 ? all : gatherBatch(all, rest)];
      rows -= complete;
      footprint.clear();
      footprint.add(kept[0]!);
      // A partition that is larger than this is not looked through again for each batch.
      enough = Math.max(ENOUGH, rows * 2);
      enoughWhenFull = rows * 2;
    } else {
      kept = [];
      rows = enoughWhenFull = 0;
      footprint.clear();
    }
    account.hold(heldBytes());
    if (complete === 0) return;
    const bounds = isEnd ? found : found.subarray(0, -1);
    const whole = partitionsOf({ ...all, length: complete }, bounds, orderKeys);
    await emit(computed(whole), out);
  };

  const computed = (partitions: Partitions): RecordBatch => {
    const frames = new Map<string, Frames>();
    const framesFor = (frame: Frame) => {
      const key = JSON.stringify(frame);
      if (!frames.has(key)) frames.set(key, framesOf(frame, partitions));
      return frames.get(key)!;
    };
    try {
      const made = functions.map((compute, i) => compute(partitions, () => framesFor(plan.calls[i]!.frame)));
      return { schema: plan.schema, length: partitions.rows, columns: [...partitions.batch.columns, ...made] };
    } catch (error) {
      // Its place among the rows that are held is no row of any batch.
      if (error instanceof RowError) delete error.row;
      throw error;
    }
  };

  const emit = async (batch: RecordBatch, out: Output): Promise<void> => {
    for (let from = 0; from < batch.length && !out.full; from += settings.batchRows) {
      const length = Math.min(settings.batchRows, batch.length - from);
      const piece = rowRange(from, from + length);
      await out.emit({ schema: plan.schema, length, columns: batch.columns.map((column) => pick(column, piece)) });
    }
  };

  /** Takes the rows that are of the large partition. @returns the other ones */
  const addLarge = async (batch: RecordBatch, out: Output): Promise<RecordBatch> => {
    const rowsHere = rowNumbers(batch);
    const both = concat(schema, [...(last === undefined ? [] : [last]), batch]);
    const before = last === undefined ? 0 : 1;
    const end = changes(partitionKeys(both), both.length)[1]! - before;
    if (end > 0) large!.add({ ...batch, selection: rowsHere.subarray(0, end) });
    last = gatherBatch(both, Uint32Array.of(end + before - 1));
    if (end < rowsHere.length) await endLarge(out);
    return { ...batch, selection: rowsHere.subarray(end) };
  };
  const endLarge = async (out: Output): Promise<void> => {
    await large!.emit(out);
    large!.close();
    large = last = undefined;
  };
  /** All rows that are kept are of one partition. */
  const beginLarge = async (out: Output): Promise<void> => {
    large = new LargePartition(plan, calls!, context);
    const waiting = kept;
    kept = [];
    rows = 0;
    footprint.clear();
    account.close();
    for (const batch of waiting) await addLarge(batch, out);
  };

  return {
    async onBatch(given, _port, out) {
      const batch = large === undefined ? given : await addLarge(given, out);
      if (rowCount(batch) === 0) return;
      kept.push(batch);
      rows += rowCount(batch);
      footprint.add(batch);
      const isTooMuch = account.hold(heldBytes());
      const isDue = rows >= enough || (isTooMuch && (calls !== undefined || rows >= enoughWhenFull));
      if (isDue && plan.partitionBy.length > 0) await flush(false, out);
      if (calls !== undefined && isTooMuch && account.hold(heldBytes())) return beginLarge(out);
      memory.refuse(heldBytes(), 'a partition of a window function', 'PARTITION BY more, so that each has fewer rows');
    },
    /** Where rows are held back over it, nothing can be promised of those that go on. */
    async onWatermark(time, _port, out) {
      if (plan.closes !== true) return;
      if (rows > 0) await flush(true, out);
      await out.watermark(time);
    },
    async onEnd(_port, out) {
      if (large !== undefined) await endLarge(out);
      if (rows > 0) await flush(true, out);
    },
    close() {
      account.close();
      large?.close();
    },
  };
}
