import { cell } from '../../../data/cell.ts';
import type { Column, Utf8Column } from '../../../data/column.ts';
import { newNulls, setNull } from '../../../data/column.ts';
import { gather } from '../../../data/gather.ts';
import type { Rows } from '../../../data/hash.ts';
import type { Type } from '../../../data/types.ts';
import type { Accumulators } from '../aggregate.ts';
import type { BoxedAccumulators } from './boxed.ts';
import { grown, retained } from './count.ts';
import { TextCells } from './text-cells.ts';

/** min() and max(): the first of equal values. Goes on boxed once a column of another kind comes. */
abstract class Extremes implements Accumulators {
  protected groups = 0;
  readonly #boxed: BoxedAccumulators;
  #isBoxed = false;
  protected readonly type: Type;

  /** @param type of argument and result. @param boxed the same function, not used yet. */
  constructor(type: Type, boxed: BoxedAccumulators) {
    this.type = type;
    this.#boxed = boxed;
  }

  grow(groups: number): void {
    this.groups = groups;
    if (this.#isBoxed) this.#boxed.grow(groups);
  }

  retain(groups: Uint32Array): void {
    if (this.#isBoxed) this.#boxed.retain(groups);
    else this.retainBest(groups);
    this.groups = groups.length;
  }

  get bytes(): number {
    return this.#isBoxed ? this.#boxed.bytes : this.held;
  }

  add(args: readonly Column[], rows: Rows, ids: Uint32Array): void {
    if (!this.#isBoxed && this.take(args[0]!, rows, ids)) return;
    if (!this.#isBoxed) this.#box();
    this.#boxed.add(args, rows, ids);
  }

  finish(groups: number, only?: Uint32Array): Column {
    if (this.#isBoxed) return this.#boxed.finish(groups, only);
    return only === undefined ? this.best(groups) : gather(this.best(groups), only);
  }

  #box(): void {
    this.#isBoxed = true;
    this.#boxed.grow(this.groups);
    const best = this.best(this.groups);
    for (let group = 0; group < this.groups; group++) this.#boxed.addCells(group, [cell(best, this.type, group)]);
  }

  /** Takes the cells in, if the column is of the kind that this is for. */
  protected abstract take(column: Column, rows: Rows, ids: Uint32Array): boolean;
  protected abstract retainBest(groups: Uint32Array): void;
  protected abstract readonly held: number;
  /** The best so far of each group; NULL where there was none. */
  protected abstract best(groups: number): Column;
}

export class NumberExtremes extends Extremes {
  #best = new Float64Array(16);
  #seen = new Uint8Array(16);
  readonly #least: boolean;

  constructor(fn: 'min' | 'max', type: Type, boxed: BoxedAccumulators) {
    super(type, boxed);
    this.#least = fn === 'min';
  }

  override grow(groups: number): void {
    super.grow(groups);
    this.#best = grown(this.#best, groups);
    this.#seen = grown(this.#seen, groups);
  }

  protected retainBest(groups: Uint32Array): void {
    this.#best = retained(this.#best, groups);
    this.#seen = retained(this.#seen, groups);
  }

  protected get held(): number {
    return this.#best.byteLength + this.#seen.byteLength;
  }

  protected take(column: Column, { length, selection }: Rows, ids: Uint32Array): boolean {
    if (column.kind !== 'f64' && column.kind !== 'bool') return false;
    const { values, nulls } = column;
    const best = this.#best;
    const seen = this.#seen;
    const least = this.#least;
    const count = selection?.length ?? length;
    for (let k = 0; k < count; k++) {
      const row = selection === undefined ? k : selection[k]!;
      if (nulls !== undefined && (nulls[row >> 3]! & (1 << (row & 7))) !== 0) continue;
      const group = ids[row]!;
      const value = values[row]!;
      if (seen[group] === 1 && (least ? value >= best[group]! : value <= best[group]!)) continue;
      best[group] = value;
      seen[group] = 1;
    }
    return true;
  }

  protected best(groups: number): Column {
    const values = this.#best.slice(0, groups);
    let nulls: Uint8Array | undefined;
    for (let group = 0; group < groups; group++) {
      if (this.#seen[group] === 0) setNull((nulls ??= newNulls(groups)), group);
    }
    if (this.type === 'BOOLEAN') return { kind: 'bool', values: Uint8Array.from(values), nulls };
    return { kind: 'f64', values, nulls };
  }
}

/** Of BINARY text. A better value is copied, so that no batch is kept. */
export class TextExtremes extends Extremes {
  readonly #texts = new TextCells();
  readonly #sign: 1 | -1;

  constructor(fn: 'min' | 'max', type: Type, boxed: BoxedAccumulators) {
    super(type, boxed);
    this.#sign = fn === 'min' ? 1 : -1;
  }

  override grow(groups: number): void {
    super.grow(groups);
    this.#texts.grow(groups);
  }

  protected retainBest(groups: Uint32Array): void {
    this.#texts.retain(groups);
  }

  protected get held(): number {
    return this.#texts.byteLength;
  }

  protected take(column: Column, { length, selection }: Rows, ids: Uint32Array): boolean {
    if (column.kind !== 'utf8') return false;
    const { bytes, starts, ends, nulls }: Utf8Column = column;
    const count = selection?.length ?? length;
    for (let k = 0; k < count; k++) {
      const row = selection === undefined ? k : selection[k]!;
      if (nulls !== undefined && (nulls[row >> 3]! & (1 << (row & 7))) !== 0) continue;
      const group = ids[row]!;
      const order = this.#texts.compare(group, bytes, starts[row]!, ends[row]!);
      if (order === undefined || order * this.#sign > 0) this.#texts.set(group, bytes, starts[row]!, ends[row]!);
    }
    return true;
  }

  protected best(groups: number): Column {
    return this.#texts.column(groups);
  }
}
