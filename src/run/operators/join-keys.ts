import type { RecordBatch } from '../../data/batch.ts';
import { rowsOf } from '../../data/batch.ts';
import { cell } from '../../data/cell.ts';
import type { Column } from '../../data/column.ts';
import type { Affinity, Field, Type } from '../../data/types.ts';
import { unify } from '../../data/types.ts';
import { applyAffinity } from '../../expr/compare.ts';
import { compileExpr } from '../../expr/kernel/compile.ts';
import type { JoinPair, Plan } from '../../plan/plan.ts';
import { widenColumn } from './widen.ts';

/** The keys of both sides of a join in one form, in which equal ones are found by a `KeyTable` of `fields`. */
export interface JoinKeys {
  readonly fields: readonly Field[];
  readonly left: (batch: RecordBatch) => Column[];
  readonly right: (batch: RecordBatch) => Column[];
  /** Those of the keys in which a NULL equals nothing, not even NULL. */
  readonly strict: (keys: readonly Column[]) => readonly Column[];
}

export function joinKeys(equal: readonly JoinPair[], left: Plan['schema'], right: Plan['schema']): JoinKeys {
  const sides = equal.map((pair) => ({
    field: keyField(pair),
    affinity: pair.affinity,
    left: { kernel: compileExpr(pair.left, left), from: pair.left.type },
    right: { kernel: compileExpr(pair.right, right), from: pair.right.type },
  }));
  const columns = (batch: RecordBatch, side: 'left' | 'right'): Column[] =>
    sides.map((s) => keyColumn(s[side], s.field.type, s.affinity, batch));
  return {
    fields: sides.map((s) => s.field),
    left: (batch) => columns(batch, 'left'),
    right: (batch) => columns(batch, 'right'),
    strict: (keys) => keys.filter((_, i) => equal[i]!.nulls === undefined),
  };
}

function keyField(pair: JoinPair): Field {
  const type = pair.affinity === undefined ? unify(pair.left.type, pair.right.type) : 'ANY';
  return { name: 'key', type, ...(pair.collation && { collation: pair.collation }) };
}

interface KeySide {
  readonly kernel: (batch: RecordBatch) => Column;
  readonly from: Type;
}

function keyColumn(side: KeySide, to: Type, affinity: Affinity | undefined, batch: RecordBatch): Column {
  const column = side.kernel(batch);
  if (affinity === undefined) return widenColumn(column, side.from, to, batch);
  const values = new Array(batch.length).fill(null);
  for (const row of rowsOf(batch)) values[row] = applyAffinity(cell(column, side.from, row), affinity);
  return { kind: 'any', values };
}
