import { rowsOf, type RecordBatch } from '../../data/batch.ts';
import { cell } from '../../data/cell.ts';
import { isNull, type Column } from '../../data/column.ts';
import { compareValues } from '../../data/compare.ts';
import { compareBytes } from '../../data/order.ts';
import type { Type } from '../../data/types.ts';
import type { Value } from '../../data/value.ts';
import { timestampOf } from '../../expr/cast.ts';
import type { GroupSet } from './window-groups.ts';

/** Bytes of a window that is open, beside its groups. */
const WINDOW = 250;

/** Groups of several windows that live and die together. */
export interface Generation<G extends GroupSet = GroupSet> {
  readonly groups: G;
  /** Latest event time of each group. */
  times: Float64Array;
  /** Windows of it that are not over. */
  open: number;
}

/** The groups that close together. */
export interface OpenWindow<G extends GroupSet = GroupSet> {
  /** What it closes by. */
  readonly value: Value;
  readonly generation: Generation<G>;
  /** Their numbers, as they came. */
  readonly groups: number[];
  /** Earliest event time of a row. */
  least: number;
}

/** The windows of the rows of a batch. */
export interface Found<W> {
  readonly windows: readonly W[];
  /** By physical row. */
  readonly at: (row: number) => W;
}

/** Whether what closes by `value` is over when the clock says `clock`. NULL is never over. */
export const isOver = (value: Value, clock: Value): boolean =>
  value !== null && clock !== null && compareValues(clock, value) > 0;

/** The windows that may still get rows. Those that are side by side share a generation, as long as that is not large. */
export class OpenWindows<G extends GroupSet> {
  readonly #makeGroups: () => G;
  readonly #windows = new Map<Value, OpenWindow<G>>();
  readonly #generations = new Set<Generation<G>>();
  #current: Generation<G> | undefined;
  /** The smallest value of all. */
  #least: Value | undefined;
  /** What is below is over. */
  #border: Value = null;

  /** A generation of so many groups takes no further windows: its memory is free some time after them. */
  enough: number;

  constructor(makeGroups: () => G, enough: number) {
    this.enough = enough;
    this.#makeGroups = makeGroups;
  }

  /** About what all of it takes. */
  get bytes(): number {
    let bytes = this.#windows.size * WINDOW;
    for (const { groups, times } of this.#generations) bytes += groups.bytes + times.byteLength;
    return bytes;
  }

  get generations(): Iterable<Generation<G>> {
    return this.#generations;
  }

  /** Earliest event time of a row in an open window. */
  get earliest(): number {
    let earliest = Infinity;
    for (const { least } of this.#windows.values()) earliest = Math.min(earliest, least);
    return earliest;
  }

  /** Opens the windows of the rows, if they are not. */
  of(batch: RecordBatch, values: Column, type: Type): Found<OpenWindow<G>> {
    return found(batch, values, type, (value) => this.#open(value));
  }

  /** As `of`, but opens none. */
  find(batch: RecordBatch, values: Column, type: Type): Found<OpenWindow<G> | undefined> {
    return found(batch, values, type, (value) => this.#windows.get(value));
  }

  /** Takes out the windows that are over, in the order of their values; all of them without a clock. */
  close(clock?: Value): OpenWindow<G>[] {
    if (clock !== undefined) {
      this.#border = clock;
      if (this.#least === undefined || !isOver(this.#least, clock)) return [];
    }
    const over: OpenWindow<G>[] = [];
    this.#least = undefined;
    for (const [value, window] of this.#windows) {
      if (clock !== undefined && !isOver(value, clock)) {
        this.#note(value);
        continue;
      }
      over.push(window);
      this.#windows.delete(value);
      const { generation } = window;
      generation.open--;
      if (generation.open > 0) continue;
      this.#generations.delete(generation);
      if (generation === this.#current) this.#current = undefined;
    }
    return over.sort((a, b) => compareValues(a.value, b.value));
  }

  #open(value: Value): OpenWindow<G> {
    let window = this.#windows.get(value);
    if (window !== undefined) return window;
    let generation: Generation<G>;
    // A late row that is kept makes its window again: from nothing, whatever is left of the first one.
    if (isOver(value, this.#border)) generation = this.#generation();
    else {
      if (this.#current === undefined || this.#current.groups.size >= this.enough) this.#current = this.#generation();
      generation = this.#current;
    }
    generation.open++;
    window = { value, generation, groups: [], least: Infinity };
    this.#windows.set(value, window);
    this.#note(value);
    return window;
  }

  #generation(): Generation<G> {
    const generation = { groups: this.#makeGroups(), times: new Float64Array(64), open: 0 };
    this.#generations.add(generation);
    return generation;
  }

  #note(value: Value): void {
    if (value !== null && (this.#least === undefined || compareValues(value, this.#least) < 0)) this.#least = value;
  }
}

/** Neighbours are mostly of the same window. */
function found<W>(batch: RecordBatch, values: Column, type: Type, look: (value: Value) => W): Found<W> {
  const windows: W[] = [];
  const places = new Map<W, number>();
  const index = new Uint32Array(batch.length);
  let before: Value | undefined;
  let beforeRow = -1;
  let place = 0;
  for (const row of rowsOf(batch)) {
    if (beforeRow < 0 || !isSameText(values, row, beforeRow)) {
      const value = instant(values, type, row);
      if (value !== before || beforeRow < 0) {
        before = value;
        const window = look(value);
        const known = places.get(window);
        place = known ?? windows.push(window) - 1;
        if (known === undefined) places.set(window, place);
      }
    }
    beforeRow = row;
    index[row] = place;
  }
  return { windows, at: (row) => windows[index[row]!]! };
}

/** A cell that windows are told apart and ordered by: numbers of any kind as such, and so are times (us). */
export function instant(column: Column, type: Type, row: number): Value {
  if (column.kind === 'f64' && !isNull(column.nulls, row)) return column.values[row]!;
  const value = cell(column, type, row);
  if (type === 'TIMESTAMP') return timestampOf(value) ?? value;
  return typeof value === 'bigint' && BigInt(Number(value)) === value ? Number(value) : value;
}

/** Whether two cells of a TEXT column have the same bytes: so that runs of a text need not be decoded. */
function isSameText(column: Column, a: number, b: number): boolean {
  if (column.kind !== 'utf8' || column.nulls !== undefined) return false;
  const { bytes, starts, ends } = column;
  return compareBytes(bytes, starts[a]!, ends[a]!, bytes, starts[b]!, ends[b]!) === 0;
}
