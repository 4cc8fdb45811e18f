import { rowsOf, type RecordBatch } from '../../data/batch.ts';
import { cell } from '../../data/cell.ts';
import { compareAcross, mergeColumns, type MergeColumns, type MergeKey } from '../../data/merge-order.ts';
import type { Shell } from '../../plan/plan.ts';
import type { Operator, Output } from '../operator.ts';
import { brokenPromise } from './shell-faults.ts';

/** SORTED BY: each row that comes out is held against the one before it. */
export class SortedCheck {
  readonly #plan: Shell;
  readonly #keys: readonly MergeKey[];
  #last: MergeColumns | undefined;
  #row = 0;
  #rows = 0;

  constructor(plan: Shell, columns: readonly string[]) {
    this.#plan = plan;
    this.#keys = columns.map((name) => {
      const at = plan.schema.findIndex((field) => field.name === name);
      return { at, type: plan.schema[at]!.type, descending: false, nullsFirst: true };
    });
  }

  /** @throws BrokenPromise E0502 */
  look(batch: RecordBatch): void {
    const columns = mergeColumns(this.#keys, batch);
    for (const row of rowsOf(batch)) {
      this.#rows++;
      if (this.#last !== undefined && compareAcross(this.#keys, this.#last, this.#row, columns, row) > 0)
        throw this.#unsorted(batch, columns, row);
      this.#last = columns;
      this.#row = row;
    }
  }

  #unsorted(batch: RecordBatch, columns: MergeColumns, row: number): Error {
    const names = this.#keys.map(({ at }) => batch.schema[at]!.name).join(', ');
    const shownOf = (of: MergeColumns, n: number): string =>
      this.#keys.map(({ type }, k) => String(cell(of[k]!.column, type, n))).join(', ');
    const message = `declared SORTED BY (${names}), but row ${this.#rows.toLocaleString('en-US')} comes before the one in front of it`;
    const notes = [`${shownOf(columns, row)} came behind ${shownOf(this.#last!, this.#row)}`];
    return brokenPromise(this.#plan, 'sortedBy', message, notes);
  }
}

/** Undefined where nothing is to be checked: also what was found false once is not relied on any more. */
export function sortedCheck(plan: Shell): SortedCheck | undefined {
  const { sortedBy } = plan.contract;
  if (sortedBy === undefined || sortedBy.by === 'quarantined' || plan.input === undefined) return undefined;
  const isThere = sortedBy.value.every((name) => plan.schema.some((field) => field.name === name));
  return isThere ? new SortedCheck(plan, sortedBy.value) : undefined;
}

/** The operator, whose rows are looked at as they are handed on. */
export function inSortedOrder(plan: Shell, inner: Operator): Operator {
  const check = sortedCheck(plan);
  if (check === undefined) return inner;
  let own: Output | undefined;
  const looked = (out: Output): Output =>
    (own ??= {
      emit: (batch) => (check.look(batch), out.emit(batch)),
      watermark: (time) => out.watermark(time),
      get full() {
        return out.full;
      },
    });
  return {
    onBatch: (batch, port, out) => inner.onBatch(batch, port, looked(out)),
    onWatermark: (time, port, out) => inner.onWatermark?.(time, port, looked(out)),
    onEnd: (port, out) => inner.onEnd?.(port, looked(out)),
    onBarrier: (out) => inner.onBarrier?.(looked(out)),
    ...(inner.wants && { wants: (port, out) => inner.wants!(port, looked(out)) }),
    close: (failed) => inner.close?.(failed),
  };
}
