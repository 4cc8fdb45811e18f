import { columnBuilder } from '../../../data/builder.ts';
import { cell } from '../../../data/cell.ts';
import type { Column } from '../../../data/column.ts';
import type { Rows } from '../../../data/hash.ts';
import type { Type } from '../../../data/types.ts';
import type { Value } from '../../../data/value.ts';
import { realOrNull } from '../../compare.ts';
import { Sum } from '../../functions/sum.ts';
import type { Accumulators } from '../aggregate.ts';
import { grown, retained } from './count.ts';

export type SumFunction = 'sum' | 'total' | 'avg';

function resultOf(fn: SumFunction, sum: Sum): Value {
  if (fn === 'sum') return sum.exact;
  if (fn === 'total') return realOrNull(sum.real);
  return sum.count === 0n ? null : realOrNull(sum.real / Number(sum.count));
}

/** What both sums share: a group that meets a cell out of the ordinary goes on in a `Sum`, the reference. */
abstract class Sums implements Accumulators {
  protected sums = new Float64Array(16);
  protected counts = new Float64Array(16);
  protected slow = new Map<number, Sum>();
  readonly #fn: SumFunction;
  readonly #type: Type;
  readonly #argType: Type;

  constructor(fn: SumFunction, argType: Type, type: Type) {
    this.#fn = fn;
    this.#argType = argType;
    this.#type = type;
  }

  grow(groups: number): void {
    this.sums = grown(this.sums, groups);
    this.counts = grown(this.counts, groups);
  }

  retain(groups: Uint32Array): void {
    this.sums = retained(this.sums, groups);
    this.counts = retained(this.counts, groups);
    const slow = this.slow;
    this.slow = new Map();
    if (slow.size === 0) return;
    for (const [i, group] of groups.entries()) if (slow.has(group)) this.slow.set(i, slow.get(group)!);
  }

  get bytes(): number {
    // A slow sum is an object with a bigint or two.
    return this.sums.byteLength + this.counts.byteLength + this.slow.size * 200;
  }

  add([column]: readonly Column[], rows: Rows, ids: Uint32Array): void {
    if (column!.kind === 'f64' || column!.kind === 'bool') return this.addNumbers(column!, rows, ids);
    const count = rows.selection?.length ?? rows.length;
    for (let k = 0; k < count; k++) {
      const row = rows.selection?.[k] ?? k;
      this.slowly(ids[row]!).add(cell(column!, this.#argType, row));
    }
  }

  finish(groups: number, only?: Uint32Array): Column {
    const count = only?.length ?? groups;
    const builder = columnBuilder(this.#type, count);
    for (let i = 0; i < count; i++) {
      const group = only === undefined ? i : only[i]!;
      const slow = this.slow.get(group);
      if (slow !== undefined) builder.append(resultOf(this.#fn, slow));
      else if (this.#fn !== 'total' && this.counts[group] === 0) builder.appendNull();
      else {
        const sum = this.real(group);
        const result = this.#fn === 'avg' ? sum / this.counts[group]! : sum;
        if (Number.isNaN(result)) builder.appendNull();
        else builder.appendNumber(result);
      }
    }
    return builder.finish();
  }

  protected abstract addNumbers(column: Extract<Column, { kind: 'f64' | 'bool' }>, rows: Rows, ids: Uint32Array): void;
  /** The sum of a group that is not slow. */
  protected abstract real(group: number): number;
  /** A fresh `Sum` that stands where the group stands. */
  protected abstract convert(group: number): Sum;

  protected slowly(group: number): Sum {
    let sum = this.slow.get(group);
    if (sum === undefined) {
      sum = this.convert(group);
      sum.count = BigInt(this.counts[group]!);
      this.slow.set(group, sum);
      // NaN never leaves the range test of the fast loop, which then asks for the slow sum.
      this.sums[group] = NaN;
    }
    return sum;
  }
}

/** Of INTEGERs: exact as a double while the sum is safe. */
export class IntegerSums extends Sums {
  protected addNumbers(
    { values, nulls }: Extract<Column, { kind: 'f64' | 'bool' }>,
    { length, selection }: Rows,
    ids: Uint32Array,
  ): void {
    const { sums, counts } = this;
    const count = selection?.length ?? length;
    for (let k = 0; k < count; k++) {
      const row = selection === undefined ? k : selection[k]!;
      if (nulls !== undefined && (nulls[row >> 3]! & (1 << (row & 7))) !== 0) continue;
      const group = ids[row]!;
      const sum = sums[group]! + values[row]!;
      if (sum <= Number.MAX_SAFE_INTEGER && sum >= Number.MIN_SAFE_INTEGER) {
        sums[group] = sum;
        counts[group]!++;
      } else this.slowly(group).add(BigInt(values[row]!));
    }
  }
  protected real(group: number): number {
    return this.sums[group]!;
  }
  protected convert(group: number): Sum {
    const sum = new Sum();
    sum.add(BigInt(this.sums[group]!));
    return sum;
  }
}

/** Of REALs: Kahan-Babuska-Neumaier, step by step as `Sum` does it. */
export class RealSums extends Sums {
  #errors = new Float64Array(16);

  override get bytes(): number {
    return super.bytes + this.#errors.byteLength;
  }

  override grow(groups: number): void {
    super.grow(groups);
    this.#errors = grown(this.#errors, groups);
  }

  override retain(groups: Uint32Array): void {
    super.retain(groups);
    this.#errors = retained(this.#errors, groups);
  }

  protected addNumbers(
    { values, nulls }: Extract<Column, { kind: 'f64' | 'bool' }>,
    { length, selection }: Rows,
    ids: Uint32Array,
  ): void {
    const { sums, counts } = this;
    const errors = this.#errors;
    const count = selection?.length ?? length;
    for (let k = 0; k < count; k++) {
      const row = selection === undefined ? k : selection[k]!;
      if (nulls !== undefined && (nulls[row >> 3]! & (1 << (row & 7))) !== 0) continue;
      const group = ids[row]!;
      const s = sums[group]!;
      const r = values[row]!;
      const t = s + r;
      errors[group]! += Math.abs(s) > Math.abs(r) ? s - t + r : r - t + s;
      sums[group] = t;
      counts[group]!++;
      if (t !== t) this.slow.get(group)?.add(r);
    }
  }
  protected real(group: number): number {
    const error = this.#errors[group]!;
    return Number.isFinite(error) ? this.sums[group]! + error : this.sums[group]!;
  }
  protected convert(group: number): Sum {
    const sum = new Sum();
    if (this.counts[group] === 0) return sum;
    sum.add(this.sums[group]!);
    if (Number.isFinite(this.#errors[group]!)) sum.add(this.#errors[group]!);
    return sum;
  }
}
