import { rowsOf } from '../../data/batch.ts';
import type { Window, WindowFrame } from '../../plan/windows.ts';
import type { RunContext } from '../context.ts';
import type { Operator, Output } from '../operator.ts';
import { windowColumns } from './window-assign.ts';
import { PartitionKeys } from './window-keys.ts';
import { RowWindowSpill } from './window-rows-spill.ts';
import { RowStore } from './window-store.ts';

/** The rows of one key that some window is still to have. */
interface Tail {
  /** How many rows came. */
  count: number;
  /** Numbers, in the store, of the last of them. */
  rows: number[];
}

/** Bytes of the tail of a key beside its rows. */
const TAIL = 100;
/** Most rows that are moved to scratch files at once. */
const PIECE = 16_384;

export type RowFrame = Extract<WindowFrame, { readonly kind: 'rows' }>;

/**
 * TUMBLE_ROWS and HOP_ROWS: after every `slide` rows of a key, the last `size` of them. When the memory does not hold the
 * rows, they wait in scratch files, and windows that are complete are found some time later.
 */
export function rowWindows(plan: Window, frame: RowFrame, context: RunContext): Operator {
  const { settings, memory } = context;
  const { size, slide, partial } = frame;
  const columnsOf = windowColumns(plan);
  const keys = new PartitionKeys(plan);
  const account = memory.open();
  let store = new RowStore(plan.input.schema);
  /** By number of the key, which rises from key to key. */
  const tails = new Map<number, Tail>();
  let spill: RowWindowSpill | undefined;
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

  const settle = (): void => {
    if (!account.hold(store.bytes + keys.bytes + tails.size * TAIL)) return;
    spill = new RowWindowSpill(plan, frame, context);
    spill.takeKeys(
      keys.values(),
      Float64Array.from(tails.values(), ({ count }) => count),
    );
    const all = [...tails.values()].flatMap(({ rows, count }) =>
      rows.map((row, i) => ({ row, place: count - rows.length + 1 + i })),
    );
    all.sort((a, b) => a.row - b.row);
    for (let from = 0; from < all.length; from += PIECE) {
      const piece = all.slice(from, from + PIECE);
      spill.takeRows(
        store.take(piece.map(({ row }) => row)),
        Float64Array.from(piece, ({ place }) => place),
      );
    }
    store = new RowStore(plan.input.schema);
    keys.clear();
    tails.clear();
    account.hold(0);
  };

  const giveSpilled = async (from: RowWindowSpill, isEnd: boolean, out: Output): Promise<void> => {
    let last: number | undefined;
    for await (const { batch, ends: e, windows: of } of from.windows(isEnd)) {
      const n = of.map((window) => {
        if (last !== undefined && window !== last) windows++;
        last = window;
        return windows;
      });
      const columns = columnsOf(batch, e.map((end) => end - size), e, plan.numbered ? n : undefined); // prettier-ignore
      await out.emit({ schema: plan.schema, length: batch.length, columns });
      if (out.full) break;
    }
    if (last !== undefined) windows++;
    if (plan.numbered && !isEnd) await out.watermark(windows);
  };

  return {
    async onBatch(batch, _port, out) {
      if (spill !== undefined) {
        spill.keep(batch);
        return spill.isTimeForIt ? giveSpilled(spill, false, out) : undefined;
      }
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
      if (store.isSparse) {
        const { renumbered } = store.compact([...tails.values()].flatMap((tail) => tail.rows));
        for (const tail of tails.values()) tail.rows = tail.rows.map((row) => renumbered.get(row)!);
      }
      settle();
    },
    /** Windows that count rows know nothing of time. */
    onWatermark: () => undefined,
    async onEnd(_port, out) {
      if (spill !== undefined) return giveSpilled(spill, true, out);
      for (const tail of tails.values()) {
        if (tail.count % slide !== 0) complete(tail, Math.ceil(tail.count / slide) * slide);
      }
      await flush(out);
      account.close();
    },
    close() {
      account.close();
      spill?.close();
    },
  };
}
