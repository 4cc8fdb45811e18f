import { rowNumbers, type RecordBatch } from '../../data/batch.ts';
import type { F64Column } from '../../data/column.ts';
import { gatherBatch, concat } from '../../data/gather.ts';
import { KeyTable } from '../../data/hash.ts';
import { diffField } from '../../plan/changes.ts';
import { Bug } from '../../base/errors.ts';

/** Rows without a selection with `$diff` behind their columns: the first `gone` of them are in a result no more. */
export function withDiff(rows: RecordBatch, gone: number): RecordBatch {
  const values = new Float64Array(rows.length).fill(-1, 0, gone).fill(1, gone);
  const diff: F64Column = { kind: 'f64', values, nulls: undefined };
  return { schema: [...rows.schema, diffField], length: rows.length, columns: [...rows.columns, diff] };
}

/** `$diff` of each row, by physical row; undefined for rows that only become more. */
export function diffOf({ schema, columns }: RecordBatch): Float64Array | undefined {
  const at = schema.findIndex((f) => f.name === diffField.name);
  if (at < 0) return undefined;
  const column = columns[at]!;
  if (column.kind !== 'f64') throw new Bug(`$diff in a column of kind ${column.kind}`);
  return column.values;
}

/** The columns of some rows but `$diff`. */
export function withoutDiff(batch: RecordBatch): RecordBatch {
  const kept = batch.schema.flatMap((f, i) => (f.name === diffField.name ? [] : [i]));
  if (kept.length === batch.schema.length) return batch;
  return { ...batch, schema: kept.map((i) => batch.schema[i]!), columns: kept.map((i) => batch.columns[i]!) };
}

/**
 * What makes one bag of rows of another: the rows that go, then those that come, with `$diff`. Both have no selection,
 * and the same columns; equal rows count as often as they are there.
 */
export function difference(old: RecordBatch, now: RecordBatch): RecordBatch {
  const table = new KeyTable(now.schema.map(({ type }) => ({ type })));
  const oldIds = table.groupIds(old.columns, old);
  const ids = table.groupIds(now.columns, now);
  const gone = surplus(old, oldIds, ids, table.size);
  const come = surplus(now, ids, oldIds, table.size);
  return withDiff(concat(now.schema, [gatherBatch(old, gone), gatherBatch(now, come)]), gone.length);
}

/** The rows that the other bag does not have, or has less often. */
function surplus(rows: RecordBatch, own: Uint32Array, other: Uint32Array, kinds: number): Uint32Array {
  const there = new Int32Array(kinds);
  for (const id of other) there[id]!++;
  return rowNumbers(rows).filter((row) => there[own[row]!]!-- <= 0);
}
