import { columnBuilder } from '../../data/builder.ts';
import type { ColumnBuilder } from '../../data/column-builder.ts';
import { cell } from '../../data/cell.ts';
import { isNull, type BoolColumn, type Column, type F64Column } from '../../data/column.ts';
import type { Type } from '../../data/types.ts';
import type { Value } from '../../data/value.ts';
import { realOrNull } from '../../expr/compare.ts';
import { Sum } from '../../expr/functions/sum.ts';
import type { Argument } from './over-value.ts';
import type { Sliding } from './over-slide.ts';

export type SumFunction = 'sum' | 'total' | 'avg';

/** A sum that any cells come to and leave. */
export class SumState {
  #sum = new Sum();

  step({ column, type }: Argument, row: number): void {
    this.#sum.add(cell(column, type, row));
  }
  inverse({ column, type }: Argument, row: number): void {
    this.#sum.remove(cell(column, type, row));
  }
  /** @throws RowError where a sum of INTEGERs is too large */
  result(fn: SumFunction): Value {
    const sum = this.#sum;
    if (fn === 'sum') return sum.exact;
    if (fn === 'total') return realOrNull(sum.real);
    return sum.count === 0n ? null : realOrNull(sum.real / Number(sum.count));
  }
}

/** Any `sum`, `total` or `avg`, cell by cell. */
export class BoxedSum implements Sliding {
  readonly #fn: SumFunction;
  readonly #arg: Argument;
  readonly #out: ColumnBuilder;
  #state = new SumState();

  constructor(fn: SumFunction, arg: Argument, rows: number, type: Type) {
    this.#fn = fn;
    this.#arg = arg;
    this.#out = columnBuilder(type, rows);
  }
  reset(): void {
    this.#state = new SumState();
  }
  step(row: number): void {
    this.#state.step(this.#arg, row);
  }
  inverse(row: number): void {
    this.#state.inverse(this.#arg, row);
  }
  emit(): void {
    this.#out.append(this.#state.result(this.#fn));
  }
  finish(): Column {
    return this.#out.finish();
  }
}

/** What the sums of number columns share. */
abstract class NumberSum implements Sliding {
  protected readonly values: Float64Array | Uint8Array;
  protected sum = 0;
  readonly #nulls: Uint8Array | undefined;
  readonly #fn: SumFunction;
  readonly #out: ColumnBuilder;
  #count = 0;

  constructor(fn: SumFunction, { values, nulls }: F64Column | BoolColumn, rows: number, type: Type) {
    this.#fn = fn;
    this.values = values;
    this.#nulls = nulls;
    this.#out = columnBuilder(type, rows);
  }
  reset(): void {
    this.sum = 0;
    this.#count = 0;
  }
  step(row: number): void {
    if (this.#nulls !== undefined && isNull(this.#nulls, row)) return;
    this.#count++;
    this.add(this.values[row]!);
  }
  inverse(row: number): void {
    if (this.#nulls !== undefined && isNull(this.#nulls, row)) return;
    this.#count--;
    this.add(-this.values[row]!);
  }
  emit(): void {
    const result = this.#fn === 'avg' ? this.real() / this.#count : this.real();
    if ((this.#count === 0 && this.#fn !== 'total') || Number.isNaN(result)) this.#out.appendNull();
    else this.#out.appendNumber(result);
  }
  finish(): Column {
    return this.#out.finish();
  }
  protected abstract add(value: number): void;
  protected abstract real(): number;
}

/** Of INTEGERs, as long as the sum is a safe integer. */
export class IntegerSum extends NumberSum {
  /** Some sum was not: nothing that comes out can be used. */
  unsafe = false;

  protected add(value: number): void {
    this.sum += value;
    if (this.sum > Number.MAX_SAFE_INTEGER || this.sum < Number.MIN_SAFE_INTEGER) this.unsafe = true;
  }
  protected real(): number {
    return this.sum;
  }
}

/** Of REALs: Kahan-Babuska-Neumaier, step by step as `Sum` does it. */
export class RealSum extends NumberSum {
  #error = 0;

  override reset(): void {
    super.reset();
    this.#error = 0;
  }
  protected add(value: number): void {
    const s = this.sum;
    const t = s + value;
    this.#error += Math.abs(s) > Math.abs(value) ? s - t + value : value - t + s;
    this.sum = t;
  }
  protected real(): number {
    return Number.isFinite(this.#error) ? this.sum + this.#error : this.sum;
  }
}
