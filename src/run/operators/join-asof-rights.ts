import type { RecordBatch } from '../../data/batch.ts';
import type { Column } from '../../data/column.ts';
import { NO_ROW } from '../../data/gather.ts';
import { dropNulls, KeyTable } from '../../data/hash.ts';
import type { JoinKeys } from './join-keys.ts';
import { RowStore } from './join-store.ts';

/** Fewer rows than this are not worth looking for those that are not needed any more. */
const FEW = 4096;

/** Bytes of a row beside its columns, and of a key beside its rows. */
const ROW = 24;
const SERIES = 160;

/** The rows of one key in the order of their times, equal times in the order of their arrival. */
interface Series {
  times: number[];
  rows: number[];
}

/** The right side of a streaming ASOF join: by key, the rows that are nearest to some left row still to be settled. */
export class AsofRights {
  readonly #schema: RecordBatch['schema'];
  readonly #keys: JoinKeys;
  readonly #compare: '<' | '<=' | '>' | '>=';
  #store: RowStore;
  #table: KeyTable;
  /** By number of the key. */
  #series: Series[] = [];
  #pruneAt = FEW;

  constructor(schema: RecordBatch['schema'], keys: JoinKeys, compare: '<' | '<=' | '>' | '>=') {
    this.#schema = schema;
    this.#keys = keys;
    this.#compare = compare;
    this.#store = new RowStore(schema);
    this.#table = new KeyTable(keys.fields);
  }

  /** About what all of it takes. */
  get bytes(): number {
    return this.#store.bytes + this.#table.bytes + this.#store.length * ROW + this.#series.length * SERIES;
  }

  get size(): number {
    return this.#store.length;
  }

  /** All rows that have a key, in the order in which they came, with their times. */
  all(): { readonly rows: RecordBatch; readonly times: Float64Array } {
    const at = new Map<number, number>();
    for (const { times, rows } of this.#series) rows.forEach((row, i) => at.set(row, times[i]!));
    const numbers = Uint32Array.from(at.keys()).sort();
    return { rows: this.#store.batch(numbers), times: Float64Array.from(numbers, (row) => at.get(row)!) };
  }

  columns(rows: Uint32Array): Column[] {
    return this.#store.columns(rows);
  }

  /** @param rows without a selection. @param times us, by row. */
  add(rows: RecordBatch, times: Float64Array): void {
    const from = this.#store.length;
    const ids = this.#idsOf(this.#keys.right(rows), rows, true);
    this.#store.add(rows);
    while (this.#series.length < Math.max(this.#table.size, 1)) this.#series.push({ times: [], rows: [] });
    for (let i = 0; i < rows.length; i++) {
      if (ids[i] === NO_ROW) continue;
      const series = this.#series[ids[i]!]!;
      const time = times[i]!;
      if (time >= (series.times.at(-1) ?? -Infinity)) {
        series.times.push(time);
        series.rows.push(from + i);
      } else {
        const at = firstAbove(series.times, time, true);
        series.times.splice(at, 0, time);
        series.rows.splice(at, 0, from + i);
      }
    }
  }

  /** By row of a left batch: the number of its key, `NO_ROW` where there is no right row with it. */
  idsOf(left: RecordBatch): Uint32Array {
    return this.#idsOf(this.#keys.left(left), left, false);
  }

  #idsOf(keys: readonly Column[], batch: RecordBatch, insert: boolean): Uint32Array {
    if (this.#keys.fields.length === 0)
      return new Uint32Array(batch.length).fill(this.#series.length > 0 || insert ? 0 : NO_ROW);
    const ids = insert ? this.#table.groupIds(keys, batch) : this.#table.find(keys, batch);
    return dropNulls(ids, this.#keys.strict(keys), batch);
  }

  /**
   * The row of a key that is nearest to `time`, or `NO_ROW`; `until`: no row before it is still to come, so that `open`
   * says whether a nearer row can come yet.
   */
  nearest(id: number, time: number, until: number): { readonly row: number; readonly open: boolean } {
    const isBefore = this.#compare.startsWith('>');
    const series = id === NO_ROW ? undefined : this.#series[id];
    if (isBefore) {
      const at = series === undefined ? 0 : firstAbove(series.times, time, this.#compare === '>=');
      return { row: at === 0 ? NO_ROW : series!.rows[at - 1]!, open: time >= until };
    }
    const from = series === undefined ? 0 : firstAbove(series.times, time, this.#compare === '<');
    if (series === undefined || from === series.times.length) return { row: NO_ROW, open: until < Infinity };
    const nearest = series.times[from]!;
    return { row: series.rows[firstAbove(series.times, nearest, true) - 1]!, open: nearest >= until };
  }

  /** Forgets, when there are many, what no left row from `low` on can have for its nearest. */
  prune(low: number): void {
    if (this.#store.length < this.#pruneAt) return;
    const kept: number[] = [];
    const times: number[] = [];
    for (const series of this.#series) {
      const above = firstAbove(series.times, low, this.#compare === '>=');
      // Before `low`, only the last one can still be the nearest.
      const from = this.#compare.startsWith('>') ? Math.max(0, above - 1) : firstAbove(series.times, low, false);
      for (let i = from; i < series.rows.length; i++) {
        kept.push(series.rows[i]!);
        times.push(series.times[i]!);
      }
    }
    // In the order of their arrival, in which equal times must stay.
    const order = Uint32Array.from(kept.keys()).sort((a, b) => kept[a]! - kept[b]!);
    const rows = this.#store.batch(order.map((i) => kept[i]!));
    this.#store = new RowStore(this.#schema);
    this.#table = new KeyTable(this.#keys.fields);
    this.#series = [];
    if (rows.length > 0)
      this.add(
        rows,
        Float64Array.from(order, (i) => times[i]!),
      );
    this.#pruneAt = Math.max(FEW, this.#store.length * 2);
  }
}

/** How many of the ascending times are below `time`, or, with `orEqual`, not above it. */
function firstAbove(times: readonly number[], time: number, orEqual: boolean): number {
  let from = 0;
  let to = times.length;
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (times[middle]! < time || (orEqual && times[middle] === time)) from = middle + 1;
    else to = middle;
  }
  return from;
}
