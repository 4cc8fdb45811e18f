import type { RecordBatch } from '../data/batch.ts';
import { rowBytes } from '../data/footprint.ts';
import { concat } from '../data/gather.ts';
import type { MergeKey } from '../data/merge-order.ts';
import { sortRows } from '../data/order.ts';
import type { Schema } from '../data/types.ts';
import type { RunContext } from './context.ts';
import type { SortedRuns } from './sorted-runs.ts';

/** Most bytes of rows that are put in order at once. */
const MOST = 1 << 24;

/** Rows in any order on their way to sorted runs: they are put in order some at a time. */
export class RowSorter {
  readonly #schema: Schema;
  readonly #keys: readonly MergeKey[];
  readonly #runs: SortedRuns;
  readonly #context: RunContext;
  #waiting: RecordBatch[] = [];
  #bytes = 0;

  /** @param runs of this schema and these keys. */
  constructor(schema: Schema, keys: readonly MergeKey[], runs: SortedRuns, context: RunContext) {
    this.#schema = schema;
    this.#keys = keys;
    this.#runs = runs;
    this.#context = context;
  }

  add(batch: RecordBatch): void {
    this.#waiting.push(batch);
    this.#bytes += rowBytes(batch);
    if (this.#bytes >= Math.min(MOST, this.#context.memory.share / 8)) this.end();
  }

  /** All rows have come, for the time being. */
  end(): void {
    if (this.#waiting.length === 0) return;
    const all = concat(this.#schema, this.#waiting);
    this.#waiting = [];
    this.#bytes = 0;
    this.#runs.add(all, sortRows(this.#keys.map(({ at, ...key }) => ({ ...key, column: all.columns[at]! })), all.length)); // prettier-ignore
  }
}
