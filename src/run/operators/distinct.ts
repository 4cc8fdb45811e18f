import { rowCount, rowsOf, type RecordBatch } from '../../data/batch.ts';
import { KeyTable } from '../../data/hash.ts';
import { Bug } from '../../base/errors.ts';
import type { Distinct } from '../../plan/plan.ts';
import type { Operator } from '../operator.ts';

/** Lets the first row of each kind pass, as it comes. */
export function distinctOperator(plan: Distinct): Operator {
  const positions = (plan.on ?? plan.schema.map((f) => f.name)).map((name) => {
    const at = plan.input.schema.findIndex((f) => f.name === name);
    if (at < 0) throw new Bug(`distinct on ${name}, which is no column`);
    return at;
  });
  const table = new KeyTable(positions.map((p) => plan.input.schema[p]!));
  return {
    onBatch(batch, _port, out) {
      const selection = newKeys(table, batch, positions);
      return selection.length === 0 ? undefined : out.emit({ ...batch, selection });
    },
  };
}

/** Adds the keys of a batch to the table; the rows whose key was not there before, ascending. */
export function newKeys(table: KeyTable, batch: RecordBatch, positions: readonly number[]): Uint32Array {
  let next = table.size;
  const ids = table.groupIds(
    positions.map((p) => batch.columns[p]!),
    batch,
  );
  const selection = new Uint32Array(rowCount(batch));
  let n = 0;
  // Groups are numbered in the order they come, so a row is the first of its group iff it has the next number.
  for (const row of rowsOf(batch)) {
    if (ids[row] !== next) continue;
    selection[n++] = row;
    next++;
  }
  return selection.subarray(0, n);
}
