import { rowCount, rowRange, type RecordBatch } from '../../data/batch.ts';
import type { Column } from '../../data/column.ts';
import { Footprint } from '../../data/footprint.ts';
import { concat, gather, gatherBatch } from '../../data/gather.ts';
import type { MergeKey } from '../../data/merge-order.ts';
import { sortRows } from '../../data/order.ts';
import type { Field, Schema } from '../../data/types.ts';
import type { RunContext } from '../context.ts';
import type { Account } from '../memory.ts';
import type { Pause } from '../pause.ts';
import { SortedRuns } from '../sorted-runs.ts';

/** The group that a row is of: the first column of what is kept. */
export const groupField: Field = { name: '$group', type: 'INTEGER' };
const groupKey: MergeKey = { at: 0, type: 'INTEGER', descending: false, nullsFirst: true };
/** Bytes for each row while rows are put in order: their numbers and the words that are sorted, twice. */
const SORTING = 48;

/** Rows of groups for the end, when they are wanted group by group; what the memory does not hold is in a scratch file. */
export class KeptRows {
  /** Of all rows so far. */
  bytes = 0;
  readonly #schema: Schema;
  readonly #keys: readonly MergeKey[];
  readonly #context: RunContext;
  readonly #account: Account;
  readonly #footprint = new Footprint();
  readonly #runs: SortedRuns;
  #kept: RecordBatch[] = [];
  #rows = 0;

  /** @param schema with the group as first column. @param keys order inside of a group; equal rows stay in theirs. */
  constructor(schema: Schema, keys: readonly MergeKey[], context: RunContext) {
    this.#schema = schema;
    this.#keys = [groupKey, ...keys];
    this.#context = context;
    this.#account = context.memory.open();
    this.#runs = new SortedRuns(schema, this.#keys, context);
  }

  /** The rows are copied. */
  add(columns: readonly Column[], { length, selection }: Omit<RecordBatch, 'columns'>): void {
    const rows = selection ?? rowRange(0, length);
    const before = this.#footprint.bytes;
    const batch = { schema: this.#schema, length: rows.length, columns: columns.map((c) => gather(c, rows)) };
    this.#kept.push(batch);
    this.#rows += rowCount(batch);
    this.#footprint.add(batch);
    this.bytes += this.#footprint.bytes - before;
    // The rows themselves, and while they are sorted a copy of them in one piece.
    if (this.#account.hold(this.#footprint.bytes * 2 + this.#rows * SORTING)) this.#spill();
  }

  /** All rows in the order of their groups. They are used up. */
  async *sorted(pause: Pause): AsyncGenerator<RecordBatch> {
    if (this.#runs.isEmpty) {
      const { all, order } = this.#inOrder();
      const { batchRows } = this.#context.settings;
      for (let at = 0; at < order.length; at += batchRows) {
        yield gatherBatch(all, order.subarray(at, at + batchRows));
        await pause.taken();
      }
    } else {
      this.#spill();
      yield* this.#runs.merged(pause);
    }
    this.close();
  }

  close(): void {
    this.#clear();
    this.#runs.close();
  }

  #inOrder(): { readonly all: RecordBatch; readonly order: Uint32Array } {
    const all = concat(this.#schema, this.#kept);
    return { all, order: sortRows(this.#keys.map(({ at, ...key }) => ({ ...key, column: all.columns[at]! })), all.length) }; // prettier-ignore
  }

  #spill(): void {
    const { all, order } = this.#inOrder();
    this.#runs.add(all, order);
    this.#clear();
  }

  #clear(): void {
    this.#kept = [];
    this.#rows = 0;
    this.#footprint.clear();
    this.#account.close();
  }
}
