import { rowRange, rowsOf, type RecordBatch } from '../../data/batch.ts';
import type { Column } from '../../data/column.ts';
import { NO_ROW } from '../../data/gather.ts';
import { KeyTable } from '../../data/hash.ts';
import type { Field, Schema } from '../../data/types.ts';
import { RowStore } from './join-store.ts';

/** What is known of the rows of a batch beside their columns, by physical row. */
export interface RowTimes {
  /** Event time of the latest row of the other side that can meet this one; us. */
  readonly until: Float64Array;
  readonly time: Float64Array;
  readonly mark: Float64Array;
}

/** Rows of a block share what is looked at first when rows expire. */
const BLOCK = 1024;
/** Bytes beside the columns of a row: its times, its marks and its place in the index. */
const ROW = 30;
/** Fewer dead rows than this are not worth the copying of the others. */
const FEW = 4096;

/** The rows of one side of a streaming join that can still meet rows of the other, by their keys. */
export class JoinSide {
  /** By row: forgotten, or settled so that nothing more can come of it. */
  dead = new Uint8Array(64);
  /** By row: has met a row of the other side. */
  met = new Uint8Array(64);
  until = new Float64Array(64);
  mark = new Float64Array(64);
  /** By row: the next one with the same keys, or `NO_ROW`. */
  after = new Uint32Array(64);
  /** By number of the key: its first row that is not dead, as far as that was looked for, and its last row. */
  #first = new Uint32Array(64);
  #last = new Uint32Array(64);
  #time = new Float64Array(64);
  /** By block, of its rows that are not dead: the least `until`; the least `time` of those that have not met any. */
  #leastUntil: number[] = [];
  #leastTime: number[] = [];
  /** By block: none of its rows happened before. */
  #earliest: number[] = [];
  #alive = 0;
  #store: RowStore;
  #keys: KeyTable;
  readonly #schema: Schema;
  readonly #fields: readonly Field[];
  readonly #keysOf: (batch: RecordBatch) => Column[];

  constructor(schema: Schema, fields: readonly Field[], keysOf: (batch: RecordBatch) => Column[]) {
    this.#schema = schema;
    this.#fields = fields;
    this.#keysOf = keysOf;
    this.#store = new RowStore(schema);
    this.#keys = new KeyTable(fields);
  }

  /** About what all of it takes. */
  get bytes(): number {
    return this.#store.bytes + this.dead.length * ROW + this.#keys.bytes + this.#last.length * 8;
  }

  /** Rows that are kept and not dead. */
  get alive(): number {
    return this.#alive;
  }

  /** Rows that have a number, dead ones among them: all that is held in memory. */
  get numbered(): number {
    return this.#store.length;
  }

  /** The columns of some of the rows; `NO_ROW` is a row of NULLs. */
  columns(rows: Uint32Array): Column[] {
    return this.#store.columns(rows);
  }

  batch(rows: Uint32Array): RecordBatch {
    return this.#store.batch(rows);
  }

  /** By row of a batch of the other side: the first row here with these keys, or `NO_ROW`; dead ones may follow. */
  firstWith(keys: readonly Column[], batch: RecordBatch): Uint32Array {
    const isEmpty = this.numbered === 0;
    if (this.#fields.length === 0) return new Uint32Array(batch.length).fill(isEmpty ? NO_ROW : this.#firstOf(0));
    const found = this.#keys.find(keys, batch);
    for (const row of rowsOf(batch)) if (found[row] !== NO_ROW) found[row] = this.#firstOf(found[row]!);
    return found;
  }

  #firstOf(id: number): number {
    let row = this.#first[id]!;
    while (row !== NO_ROW && this.dead[row] !== 0) row = this.after[row]!;
    return (this.#first[id] = row);
  }

  /** Number of a row from which on all happened after `time`. */
  endAfter(time: number): number {
    let block = this.#earliest.length;
    let least = Infinity;
    while (block > 0) {
      least = Math.min(least, this.#earliest[block - 1]!);
      if (least <= time) break;
      block--;
    }
    return block * BLOCK;
  }

  /** Keeps the rows of a batch without a selection; `met` by row. */
  add(rows: RecordBatch, { until, time, mark }: RowTimes, met: Uint8Array): void {
    const from = this.#store.length;
    this.#store.add(rows);
    this.#grow(this.#store.length);
    const ids = this.#fields.length > 0 ? this.#keys.groupIds(this.#keysOf(rows), rows) : new Uint32Array(rows.length);
    while (this.#last.length < Math.max(this.#keys.size, 1)) {
      this.#first = larger(this.#first);
      this.#last = larger(this.#last);
    }
    for (let i = 0; i < rows.length; i++) {
      const row = from + i;
      const id = ids[i]!;
      this.after[row] = NO_ROW;
      // A key all of whose rows are dead may have lost its first row, but not its last.
      if (this.#isNew(id, row) || this.#first[id] === NO_ROW) this.#first[id] = row;
      else this.after[this.#last[id]!] = row;
      this.#last[id] = row;
      this.until[row] = until[i]!;
      this.#time[row] = time[i]!;
      this.mark[row] = mark[i]!;
      this.met[row] = met[i]!;
      this.dead[row] = 0;
      const block = Math.floor(row / BLOCK);
      this.#leastUntil[block] = Math.min(this.#leastUntil[block] ?? Infinity, until[i]!);
      if (met[i] === 0) this.#leastTime[block] = Math.min(this.#leastTime[block] ?? Infinity, time[i]!);
      this.#earliest[block] = Math.min(this.#earliest[block] ?? Infinity, time[i]!);
    }
    this.#alive += rows.length;
  }

  #known = 0;
  #isNew(id: number, row: number): boolean {
    if (this.#fields.length === 0) return row === 0;
    if (id < this.#known) return false;
    this.#known = id + 1;
    return true;
  }

  kill(row: number): void {
    if (this.dead[row] !== 0) return;
    this.dead[row] = 1;
    this.#alive--;
  }

  /** Kills the rows that no row from `watermark` on can meet; gives those of them that have met none, in order. */
  expire(watermark: number): Uint32Array {
    const unmet: number[] = [];
    for (let block = 0; block < this.#leastUntil.length; block++) {
      if (this.#leastUntil[block]! < watermark || watermark === Infinity) this.#expireBlock(block, watermark, unmet);
    }
    return Uint32Array.from(unmet);
  }

  #expireBlock(block: number, watermark: number, unmet: number[]): void {
    let least = Infinity;
    let leastTime = Infinity;
    for (let row = block * BLOCK; row < Math.min((block + 1) * BLOCK, this.#store.length); row++) {
      if (this.dead[row] !== 0) continue;
      if (this.until[row]! < watermark || watermark === Infinity) {
        this.kill(row);
        if (this.met[row] === 0) unmet.push(row);
      } else {
        least = Math.min(least, this.until[row]!);
        if (this.met[row] === 0) leastTime = Math.min(leastTime, this.#time[row]!);
      }
    }
    this.#leastUntil[block] = least;
    this.#leastTime[block] = leastTime;
  }

  /** The numbers of the rows that are not dead. */
  living(): Uint32Array {
    return rowRange(0, this.numbered).filter((row) => this.dead[row] === 0);
  }

  /** Some rows with what is known of them, as `add` takes them. */
  kept(numbers: Uint32Array): { readonly rows: RecordBatch; readonly times: RowTimes; readonly met: Uint8Array } {
    const pick = (values: Float64Array) => Float64Array.from(numbers, (row) => values[row]!);
    return {
      rows: this.#store.batch(numbers),
      times: { until: pick(this.until), time: pick(this.#time), mark: pick(this.mark) },
      met: Uint8Array.from(numbers, (row) => this.met[row]!),
    };
  }

  /** No row that is kept and has met none happened before; us. */
  get leastTime(): number {
    return this.#leastTime.reduce((least, time) => Math.min(least, time ?? Infinity), Infinity);
  }

  /** Forgets dead rows when most are. Numbers of rows change. */
  compact(): void {
    const length = this.numbered;
    if (length - this.#alive < Math.max(FEW, this.#alive)) return;
    const { rows, times, met } = this.kept(this.living());
    this.#store = new RowStore(this.#schema);
    this.#keys = new KeyTable(this.#fields);
    this.#known = 0;
    this.#alive = 0;
    this.#leastUntil = [];
    this.#leastTime = [];
    this.#earliest = [];
    this.add(rows, times, met);
  }

  #grow(rows: number): void {
    while (this.dead.length < rows) {
      this.dead = larger(this.dead);
      this.met = larger(this.met);
      this.until = larger(this.until);
      this.mark = larger(this.mark);
      this.#time = larger(this.#time);
      this.after = larger(this.after);
    }
  }
}

function larger<A extends Uint8Array | Uint32Array | Float64Array>(array: A): A {
  const grown = new (array.constructor as new (length: number) => A)(array.length * 2);
  grown.set(array);
  return grown;
}
