import { rowsOf } from '../../data/batch.ts';
import type { Window, WindowFrame } from '../../plan/windows.ts';
import type { RunContext } from '../context.ts';
import type { Operator, Output } from '../operator.ts';
import { windowColumns } from './window-assign.ts';
import { PartitionKeys } from './window-keys.ts';
import { RowStore } from './window-store.ts';

/** The rows of one key that some window is still to have. */
interface Tail {
  /** How many rows came. */
  count: number;
  /** Numbers, in the store, of the last of them. */
  rows: number[];
}

type RowFrame = Extract<WindowFrame, { readonly kind: 'rows' }>;

/** TUMBLE_ROWS and HOP_ROWS: after every `slide` rows of a key, the last `size` of them. */
export function rowWindows(plan: Window, frame: RowFrame, { settings }: RunContext): Operator {
  const { size, slide, partial } = frame;
  const columnsOf = windowColumns(plan);
  const keys = new PartitionKeys(plan);
  const store = new RowStore(plan.input.schema);
  const tails = new Map<number, Tail>();
  let windows = 0;

  /** Windows that are to be emitted together. */
  let rows: number[] = [];
  let ends: number[] = [];
  let numbers: number[] = [];

  const flush = async (out: Output): Promise<void> => {
    if (rows.length > 0 && !out.full) {
      const batch = store.take(rows);
      const [s, e, n] = [ends.map((end) => end - size), ends, numbers].map((values) => Float64Array.from(values));
      const columns = columnsOf(batch, s!, e!, plan.numbered ? n! : undefined);
      await out.emit({ schema: plan.schema, length: batch.length, columns });
    }
    [rows, ends, numbers] = [[], [], []];
  };

  /** The window of a key that ends at `end`, of those rows that are there. */
  const complete = (tail: Tail, end: number): void => {
    const from = Math.max(0, tail.rows.length - (tail.count - (end - size)));
    const found = tail.rows.slice(from);
    if (found.length < size && !partial) return;
    for (const row of found) {
      rows.push(row);
      ends.push(end);
      numbers.push(windows);
    }
    windows++;
  };

  return {
    held: {
      get bytes() {
        return store.bytes + keys.bytes;
      },
      what: 'the state of windows that count rows',
      help: 'smaller windows, or fewer keys',
    },
    async onBatch(batch, _port, out) {
      const ids = keys.of(batch);
      const base = store.add(batch);
      const done: number[] = [];
      for (const row of rowsOf(batch)) {
        let tail = tails.get(ids[row]!);
        if (tail === undefined) tails.set(ids[row]!, (tail = { count: 0, rows: [] }));
        tail.rows.push(base + row);
        if (++tail.count % slide !== 0) continue;
        complete(tail, tail.count);
        done.push(...tail.rows.splice(0, Math.max(0, tail.rows.length - (size - slide))));
        if (rows.length >= settings.batchRows) await flush(out);
      }
      await flush(out);
      if (plan.numbered) await out.watermark(windows);
      store.release(done);
      if (!store.isSparse) return;
      const { renumbered } = store.compact([...tails.values()].flatMap((tail) => tail.rows));
      for (const tail of tails.values()) tail.rows = tail.rows.map((row) => renumbered.get(row)!);
    },
    /** Windows that count rows know nothing of time. */
    onWatermark: () => undefined,
    async onEnd(_port, out) {
      for (const tail of tails.values()) {
        if (tail.count % slide !== 0) complete(tail, Math.ceil(tail.count / slide) * slide);
      }
      await flush(out);
    },
  };
}
