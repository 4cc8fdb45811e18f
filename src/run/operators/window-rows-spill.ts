import { numbersAt, rowNumbers, rowsOf, type RecordBatch } from '../../data/batch.ts';
import { numberColumn, type Column } from '../../data/column.ts';
import { concat, gather, NO_ROW, pick } from '../../data/gather.ts';
import type { MergeKey } from '../../data/merge-order.ts';
import type { Field, Schema } from '../../data/types.ts';
import type { Window } from '../../plan/windows.ts';
import type { RunContext } from '../context.ts';
import type { Account } from '../memory.ts';
import { ordinalKey } from '../ordinal.ts';
import { PartedRows, type Part, type TakenRows } from '../parted-rows.ts';
import { Pause } from '../pause.ts';
import { isWorthRound, Rounds } from '../rounds.ts';
import { RowSorter } from '../row-sorter.ts';
import { SortedRuns } from '../sorted-runs.ts';
import { PartitionKeys } from './window-keys.ts';
import type { RowFrame } from './window-rows.ts';

/** ms after which windows that are complete are looked for, however few rows came. */
const LONGEST = 100;
/** Bytes of a key in the part at hand, beside its values. */
const KEY = 150;

/** What a kept row is: one that has just come, one that was counted, or none but what is known of its key. */
const NEW = 0;
const COUNTED = 1;
const KEY_ONLY = 2;

/** What is known of a key in the part at hand. */
interface Counted {
  /** How many rows came; how many had come before. */
  count: number;
  readonly before: number;
  /** Number of its first row. */
  readonly first: number;
  /** Numbers of the rows with which its windows got complete since then, one after the other. */
  readonly done: number[];
}

/** Rows of windows in the order in which those got complete, with the ends of the windows. */
export interface WindowedRows {
  readonly batch: RecordBatch;
  readonly ends: Float64Array;
  /** The same for rows of the same window, another one for any other. */
  readonly windows: Float64Array;
}

/**
 * Windows that count rows, of rows in scratch files in parts by the hashes of their keys. The rows that come are put beside
 * those that some window is still to have; later they are counted, part by part.
 */
export class RowWindowSpill {
  readonly #frame: RowFrame;
  readonly #context: RunContext;
  readonly #account: Account;
  readonly #rounds = new Rounds(LONGEST);
  readonly #keys: PartitionKeys;
  readonly #width: number;
  /** The columns of a row; its keys; what it is; its place among those of its key, from 1; its number. */
  readonly #kept: Schema;
  /** The columns of a row; the end of a window; the number of the row that made it complete; that of the row. */
  readonly #given: Schema;
  readonly #order: readonly MergeKey[];
  readonly #parts: PartedRows;
  #runs: SortedRuns | undefined;
  #ordinal = 0;
  /** Bytes of the rows that were left when windows were looked for. */
  #stateBytes = 0;

  constructor(plan: Window, frame: RowFrame, context: RunContext) {
    const { schema } = plan.input;
    this.#frame = frame;
    this.#context = context;
    this.#account = context.memory.open();
    this.#keys = new PartitionKeys(plan);
    this.#width = schema.length;
    const real = (name: string): Field => ({ name, type: 'REAL' });
    const keys = this.#keys.fields.map(({ type }, k): Field => ({ name: `$key${k}`, type }));
    this.#kept = [...schema, ...keys, real('$kind'), real('$place'), real('$ordinal')];
    this.#given = [...schema, real('$end'), real('$done'), real('$ordinal')];
    this.#order = [ordinalKey(schema.length + 1), ordinalKey(schema.length + 2)];
    const keysOf = ({ columns }: RecordBatch): readonly Column[] => columns.slice(schema.length, -3);
    this.#parts = new PartedRows(this.#kept, this.#keys.fields, keysOf, context);
  }

  /**
   * Takes over what was in memory: first what is known of the keys, in the order of their first rows.
   *
   * @param keys their values. @param counts how many rows each has.
   */
  takeKeys(keys: readonly Column[], counts: Float64Array): void {
    const nothing = concat(this.#kept.slice(0, this.#width), []);
    const none = new Uint32Array(counts.length).fill(NO_ROW);
    const columns = [...nothing.columns.map((column) => gather(column, none)), ...keys];
    this.#add({ schema: this.#kept, length: counts.length, columns }, KEY_ONLY, counts);
  }

  /** Then the rows that some window is still to have, in their order. @param places from 1, by physical row. */
  takeRows(batch: RecordBatch, places: Float64Array): void {
    this.#add(this.#withKeys(batch), COUNTED, places);
    this.#stateBytes = this.#bytes;
  }

  /** Keeps rows that come. @throws RunError E0701 */
  keep(batch: RecordBatch): void {
    this.#add(this.#withKeys(batch), NEW, new Float64Array(batch.length));
    this.#account.hold(this.#parts.waitingBytes);
  }

  /** So many rows have come that looking for windows is worth reading the others, or nobody has looked for some time. */
  get isTimeForIt(): boolean {
    const fresh = this.#bytes - this.#stateBytes;
    return this.#rounds.isDue || isWorthRound(fresh, this.#stateBytes, this.#context.memory.share);
  }

  /** The windows that got complete. @param isEnd no more rows will come. */
  async *windows(isEnd: boolean): AsyncGenerator<WindowedRows> {
    const end = this.#rounds.begin();
    const pause = new Pause(this.#context.signal);
    const runs = (this.#runs = new SortedRuns(this.#given, this.#order, this.#context));
    for (const part of this.#parts.parts()) await this.#settle(part, runs, isEnd, pause);
    this.#stateBytes = this.#bytes;
    this.#account.hold(0);
    for await (const batch of runs.merged(pause)) {
      const own = { ...batch, schema: this.#given.slice(0, this.#width), columns: batch.columns.slice(0, this.#width) };
      yield { batch: own, ends: numbersAt(batch, this.#width), windows: numbersAt(batch, this.#width + 1) };
    }
    runs.close();
    this.#runs = undefined;
    end();
  }

  close(): void {
    this.#account.close();
    this.#parts.close();
    this.#runs?.close();
  }

  get #bytes(): number {
    return this.#parts.writtenBytes + this.#parts.waitingBytes;
  }

  #withKeys(batch: RecordBatch): RecordBatch {
    return { ...batch, columns: [...batch.columns, ...this.#keys.columns(batch)] };
  }

  #add(batch: RecordBatch, kind: number, places: Float64Array): void {
    const ordinals = new Float64Array(batch.length);
    for (const row of rowsOf(batch)) ordinals[row] = this.#ordinal++;
    const behind = [new Float64Array(batch.length).fill(kind), places, ordinals].map(numberColumn);
    this.#parts.add({ ...batch, schema: this.#kept, columns: [...batch.columns, ...behind] });
  }

  async #settle(part: Part, runs: SortedRuns, isEnd: boolean, pause: Pause): Promise<void> {
    const taken = this.#parts.taken(part);
    this.#keys.clear();
    const keys = await this.#counted(taken, pause);
    const sorter = new RowSorter(this.#given, this.#order, runs, this.#context);
    const counts = keys.map(({ before }) => before);
    this.#putKeys(part, taken, keys);
    for (const batch of taken.read()) {
      const ids = this.#idsOf(batch);
      const [kinds, places, ordinals] = [-3, -2, -1].map((at) => numbersAt(batch, at));
      const [rows, ends, done, left]: [number[], number[], number[], number[]] = [[], [], [], []];
      for (let row = 0; row < batch.length; row++) {
        if (kinds![row] === KEY_ONLY) continue;
        const id = ids[row]!;
        if (kinds![row] === NEW) places![row] = ++counts[id]!;
        kinds![row] = COUNTED;
        for (const [end, by] of this.#windowsOf(places![row]!, keys[id]!, isEnd)) {
          rows.push(row);
          ends.push(end);
          done.push(by);
        }
        if (this.#isWanted(places![row]!, keys[id]!)) left.push(row);
      }
      if (rows.length > 0) {
        const picked = Uint32Array.from(rows);
        const own = batch.columns.slice(0, this.#width).map((column) => pick(column, picked));
        const behind = [ends, done, Array.from(picked, (row) => ordinals![row]!)];
        const columns = behind.map((values) => numberColumn(Float64Array.from(values)));
        sorter.add({ schema: this.#given, length: picked.length, columns: [...own, ...columns] });
      }
      if (left.length > 0) this.#parts.put(part, { ...batch, selection: Uint32Array.from(left) });
      await pause.taken();
    }
    sorter.end();
    taken.release();
  }

  /** Counts the rows of a part. @returns its keys, by number. */
  async #counted(taken: TakenRows, pause: Pause): Promise<readonly Counted[]> {
    const { slide } = this.#frame;
    const keys: Counted[] = [];
    let windows = 0;
    for (const batch of taken.read()) {
      const ids = this.#idsOf(batch);
      const [kinds, places, ordinals] = [-3, -2, -1].map((at) => numbersAt(batch, at));
      for (let row = 0; row < batch.length; row++) {
        const isKey = kinds![row] === KEY_ONLY;
        const before = isKey ? places![row]! : 0;
        const key = (keys[ids[row]!] ??= { count: before, before, first: ordinals![row]!, done: [] });
        if (kinds![row] !== NEW || ++key.count % slide !== 0) continue;
        key.done.push(ordinals![row]!);
        windows++;
      }
      const bytes = keys.length * KEY + windows * 12 + this.#keys.bytes;
      this.#account.hold(bytes);
      this.#context.memory.refuse(bytes, 'a part of the state of windows that count rows', 'fewer keys');
      await pause.taken();
    }
    return keys;
  }

  /** The windows of a row that are given now: their ends, and the rows that made them complete. */
  *#windowsOf(place: number, { count, before, first, done }: Counted, isEnd: boolean): Generator<[number, number]> {
    const { size, slide, partial } = this.#frame;
    const least = (Math.floor(before / slide) + 1) * slide;
    for (let end = Math.max(least, Math.ceil(place / slide) * slide); end < place + size; end += slide) {
      if (end > count) {
        if (isEnd && partial && end - slide < count) yield [end, this.#ordinal + first];
        return;
      }
      if (partial || end >= size) yield [end, done[(end - least) / slide]!];
    }
  }

  /** Whether a window that is not complete is still to have the row. */
  #isWanted(place: number, { count }: Counted): boolean {
    const { size, slide } = this.#frame;
    return place > (Math.floor(count / slide) + 1) * slide - size;
  }

  /** Writes what is known of the keys, in their order. */
  #putKeys(part: Part, taken: TakenRows, keys: readonly Counted[]): void {
    let next = 0;
    for (const batch of taken.read()) {
      const ids = this.#idsOf(batch);
      const rows = rowNumbers(batch).filter((row) => ids[row] === next && ++next > 0);
      if (rows.length === 0) continue;
      const known = Array.from(rows, (row) => keys[ids[row]!]!);
      const behind = [known.map(() => KEY_ONLY), known.map(({ count }) => count), known.map(({ first }) => first)];
      const columns = batch.columns.slice(0, -3).map((column) => pick(column, rows));
      this.#parts.put(part, { schema: this.#kept, length: rows.length, columns: [...columns, ...behind.map((values) => numberColumn(Float64Array.from(values)))] }); // prettier-ignore
    }
  }

  /** By row of what is kept: the number of its key. */
  #idsOf(batch: RecordBatch): Uint32Array {
    return this.#keys.idsOf(batch.columns.slice(this.#width, -3), batch);
  }
}
