import { rowsOf, type RecordBatch } from '../../data/batch.ts';
import { cell } from '../../data/cell.ts';
import type { Column } from '../../data/column.ts';
import { columnBuilder } from '../../data/builder.ts';
import type { Type } from '../../data/types.ts';
import { sameFraction } from '../../expr/functions/aggregate.ts';
import { RowError } from '../../expr/functions/function.ts';
import { grown } from '../../expr/kernel/aggregates/count.ts';
import { quantiles, type QuantileFunction } from './over-quantile.ts';

/** Percentiles of groups whose values come in order, one group after the other: two values of each are looked at. */
export class SortedQuantiles {
  readonly #fn: QuantileFunction;
  readonly #types: readonly Type[];
  /** By group: how many values there are. */
  #counts = new Float64Array(16);
  #group = -1;
  #at = 0;
  #fraction: number | undefined;
  #low: number | undefined;
  #high: number | undefined;

  /** @param types of the arguments. */
  constructor(fn: QuantileFunction, types: readonly Type[]) {
    this.#fn = fn;
    this.#types = types;
  }

  get bytes(): number {
    return this.#counts.byteLength;
  }

  /** Rows that are going to come, in any order. @throws RowError for what is no number */
  announce([column]: readonly Column[], rows: Omit<RecordBatch, 'columns'>, ids: Uint32Array, groups: number): void {
    this.#counts = grown(this.#counts, groups);
    for (const row of rowsOf({ ...rows, columns: [] })) {
      const value = cell(column!, this.#types[0]!, row);
      if (value === null) continue;
      if (typeof value === 'string' || typeof value === 'object')
        throw new RowError(`input to ${this.#fn}() is not numeric`);
      if (!Number.isFinite(Number(value))) throw new RowError(`Inf input to ${this.#fn}()`);
      this.#counts[ids[row]!]!++;
    }
  }

  /** The next row in the order of groups and values. */
  add(group: number, columns: readonly Column[], row: number): void {
    if (group !== this.#group) this.#begin(group);
    const [value, fraction] = columns;
    if (fraction !== undefined) {
      const given = cell(fraction, this.#types[1]!, row);
      this.#fraction = sameFraction(this.#fn, this.#fraction, given, quantiles[this.#fn].top);
    }
    const v = cell(value!, this.#types[0]!, row);
    if (v === null) return;
    const below = Math.trunc(this.#place);
    if (this.#at === below) this.#low = Number(v);
    if (this.#at === below + 1) this.#high = Number(v);
    this.#at++;
  }

  /** The result of a group whose rows have come. */
  result(group: number): number | null {
    if (group !== this.#group || this.#low === undefined) return null;
    const part = this.#place - Math.trunc(this.#place);
    const high = quantiles[this.#fn].discrete || part === 0 ? this.#low : (this.#high ?? this.#low);
    return this.#low + (high - this.#low) * part;
  }

  column(results: readonly (number | null)[]): Column {
    const builder = columnBuilder('REAL', results.length);
    for (const result of results) builder.append(result);
    return builder.finish();
  }

  get #place(): number {
    return (this.#fraction ?? 0) * ((this.#counts[this.#group] ?? 0) - 1);
  }

  #begin(group: number): void {
    this.#group = group;
    this.#at = 0;
    this.#low = this.#high = undefined;
    this.#fraction = this.#types.length === 1 ? 0.5 : undefined;
  }
}
