import { rowCount, rowNumbers, rowsOf, type RecordBatch } from '../../data/batch.ts';
import { NO_ROW } from '../../data/gather.ts';
import { KeyTable } from '../../data/hash.ts';
import type { LimitBy } from '../../plan/plan.ts';
import { grown } from '../../expr/kernel/aggregates/count.ts';
import type { RunContext } from '../context.ts';
import type { Operator } from '../operator.ts';
import { keyedOperator, type KeyedRows } from './keyed.ts';
import { positionsOf } from './positions.ts';

/** Counts the rows of each key as they come, and lets those pass that its LIMIT wants. */
export function limitByOperator(plan: LimitBy, context: RunContext): Operator {
  const positions = positionsOf(plan.by, plan.input.schema);
  return keyedOperator(plan.input, positions, () => new RowCounts(plan, positions), context);
}

class RowCounts implements KeyedRows {
  readonly #plan: LimitBy;
  readonly #positions: readonly number[];
  readonly #table: KeyTable;
  #seen = new Float64Array(0);

  constructor(plan: LimitBy, positions: readonly number[]) {
    this.#plan = plan;
    this.#positions = positions;
    this.#table = new KeyTable(
      positions.map((p) => plan.input.schema[p]!),
      false,
    );
  }

  get bytes(): number {
    return this.#table.bytes + this.#seen.byteLength;
  }

  get growth(): number {
    return this.#table.growth;
  }

  add(batch: RecordBatch): Uint32Array {
    const ids = this.#table.groupIds(this.#keysOf(batch), batch);
    this.#seen = grown(this.#seen, this.#table.size);
    return this.#counted(batch, ids);
  }

  addKnown(batch: RecordBatch): { readonly passing: Uint32Array; readonly others: Uint32Array } {
    const ids = this.#table.find(this.#keysOf(batch), batch);
    const all = rowNumbers(batch);
    const known = { ...batch, selection: all.filter((row) => ids[row] !== NO_ROW) };
    return { passing: this.#counted(known, ids), others: all.filter((row) => ids[row] === NO_ROW) };
  }

  #counted(batch: RecordBatch, ids: Uint32Array): Uint32Array {
    const { offset, count = Infinity } = this.#plan;
    const selection = new Uint32Array(rowCount(batch));
    let n = 0;
    for (const row of rowsOf(batch)) {
      const at = this.#seen[ids[row]!]!++;
      if (at >= offset && at < offset + count) selection[n++] = row;
    }
    return selection.subarray(0, n);
  }

  #keysOf(batch: RecordBatch): RecordBatch['columns'] {
    return this.#positions.map((p) => batch.columns[p]!);
  }
}
