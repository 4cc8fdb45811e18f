import { rowCount, rowsOf, type RecordBatch } from '../../data/batch.ts';
import { NO_ROW } from '../../data/gather.ts';
import { dropNulls, KeyTable } from '../../data/hash.ts';
import type { Expr } from '../../expr/expr.ts';
import type { Join } from '../../plan/plan.ts';
import { joinKeys } from './join-keys.ts';
import { rangeIndex, rangeOf } from './join-range.ts';

/** Pairs of rows whose keys are equal, handed out in the order of the left rows, some at a time. */
export interface Pairs {
  /** At most about `most` pairs more. Left rows below `settled` have all their pairs in what was handed out so far. */
  next(most: number): { lefts: Uint32Array; rights: Uint32Array; settled: number; done: boolean };
}
export interface JoinIndex {
  pairs(left: RecordBatch): Pairs;
}

/** What of the condition the index leaves to be looked at, pair by pair. */
export function remaining(plan: Join): Expr | undefined {
  const range = rangeOf(plan);
  return range === undefined ? plan.on : range.rest;
}

/**
 * Indexes the right side by the keys of the join and by the range that its condition gives, if any. With neither, every
 * left row meets every right row. Pairs may still break what `remaining` gives.
 */
export function joinIndex(plan: Join, right: RecordBatch): JoinIndex {
  const range = rangeOf(plan);
  if (range !== undefined) return rangeIndex(plan, range, right);
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
  const keys = joinKeys(plan.equal, plan.left.schema, plan.right.schema);
  const table = new KeyTable(keys.fields);
  const rightKeys = keys.right(right);
  const ids = dropNulls(table.groupIds(rightKeys, right), keys.strict(rightKeys), right);
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
      const leftKeys = keys.left(left);
      const found = dropNulls(table.find(leftKeys, left), keys.strict(leftKeys), left);
      const start = (row: number): number => (found[row] === NO_ROW ? NO_ROW : first[found[row]!]!);
      return walk(left, start, (row) => following[row]!);
    },
  };
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
