import { rowCount, rowsOf, type RecordBatch } from '../../data/batch.ts';
import type { Column } from '../../data/column.ts';
import { cell } from '../../data/cell.ts';
import { NO_ROW } from '../../data/gather.ts';
import { dropNulls, KeyTable } from '../../data/hash.ts';
import type { Affinity, Field, Type } from '../../data/types.ts';
import { unify } from '../../data/types.ts';
import { applyAffinity } from '../../expr/compare.ts';
import { compileExpr } from '../../expr/kernel/compile.ts';
import type { Join } from '../../plan/plan.ts';
import { widenColumn } from './widen.ts';

/** Pairs of rows whose keys are equal, handed out in the order of the left rows, some at a time. */
export interface Pairs {
  /** At most about `most` pairs more. Left rows below `settled` have all their pairs in what was handed out so far. */
  next(most: number): { lefts: Uint32Array; rights: Uint32Array; settled: number; done: boolean };
}
export interface JoinIndex {
  pairs(left: RecordBatch): Pairs;
}

/** Indexes the right side by the keys of the join; with no keys, every left row meets every right row. */
export function joinIndex(plan: Join, right: RecordBatch): JoinIndex {
  if (plan.equal.length === 0) {
    const first = right.length > 0 ? 0 : NO_ROW;
    return {
      pairs: (left) =>
        walk(
          left,
          () => first,
          (row) => (row + 1 < right.length ? row + 1 : NO_ROW),
        ),
    };
  }
  const sides = plan.equal.map((pair): { type: Type; left: KeySide; right: KeySide; field: Field } => {
    const type = pair.affinity === undefined ? unify(pair.left.type, pair.right.type) : 'ANY';
    return {
      type,
      left: { kernel: compileExpr(pair.left, plan.left.schema), from: pair.left.type },
      right: { kernel: compileExpr(pair.right, plan.right.schema), from: pair.right.type },
      field: { name: 'key', type, ...(pair.collation && { collation: pair.collation }) },
    };
  });
  const keysOf = (batch: RecordBatch, side: 'left' | 'right'): Column[] =>
    sides.map((s, i) => keyColumn(s[side], s.type, plan.equal[i]!.affinity, batch));

  const table = new KeyTable(sides.map((s) => s.field));
  const keys = keysOf(right, 'right');
  // NULL equals nothing, not even NULL.
  const ids = dropNulls(table.groupIds(keys, right), keys, right);
  // Rows of one key are a chain; built from the end, so that it is in the order of the rows.
  const first = new Uint32Array(table.size).fill(NO_ROW);
  const following = new Uint32Array(right.length).fill(NO_ROW);
  for (let row = right.length - 1; row >= 0; row--) {
    if (ids[row] === NO_ROW) continue;
    following[row] = first[ids[row]!]!;
    first[ids[row]!] = row;
  }
  return {
    pairs(left) {
      const columns = keysOf(left, 'left');
      const found = dropNulls(table.find(columns, left), columns, left);
      const start = (row: number): number => (found[row] === NO_ROW ? NO_ROW : first[found[row]!]!);
      return walk(left, start, (row) => following[row]!);
    },
  };
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

/** Follows the chain of right rows of each left row; `start` and `following` give `NO_ROW` at its end. */
function walk(left: RecordBatch, start: (row: number) => number, following: (row: number) => number): Pairs {
  const rows = rowsOf(left);
  let row = rows.next();
  let at: number | undefined;
  return {
    next(most) {
      const capacity = Math.min(most, Math.max(1024, rowCount(left) * 2));
      const lefts: number[] = [];
      const rights: number[] = [];
      while (!row.done) {
        at ??= start(row.value);
        for (; at !== NO_ROW && lefts.length < capacity; at = following(at)) {
          lefts.push(row.value);
          rights.push(at);
        }
        if (at !== NO_ROW) break;
        at = undefined;
        row = rows.next();
        if (lefts.length >= capacity) break;
      }
      const settled = row.done ? Infinity : row.value;
      return { lefts: Uint32Array.from(lefts), rights: Uint32Array.from(rights), settled, done: row.done === true };
    },
  };
}
