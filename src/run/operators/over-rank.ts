import { cell } from '../../data/cell.ts';
import type { Column } from '../../data/column.ts';
import type { Type } from '../../data/types.ts';
import { integerOf } from '../../expr/compare.ts';
import { RowError } from '../../expr/functions/function.ts';
import type { Partitions } from './over-partitions.ts';

/** Functions that only ask where in its partition a row stands. */
export const rankings = {
  row_number: (p: Partitions) => byRow(p, (row, from) => row - from + 1),
  rank: (p: Partitions) => byRow(p, (row, from) => p.groups[p.groupOf[row]!]! - from + 1),
  dense_rank: (p: Partitions) => byRow(p, (row, from) => p.groupOf[row]! - p.groupOf[from]! + 1),
  percent_rank: (p: Partitions) =>
    byRow(p, (row, from, to) => (to - from > 1 ? (p.groups[p.groupOf[row]!]! - from) / (to - from - 1) : 0)),
  cume_dist: (p: Partitions) => byRow(p, (row, from, to) => (p.groups[p.groupOf[row]! + 1]! - from) / (to - from)),
} as const;

/** `ntile(n)`: n parts whose sizes differ by one at most, the larger ones first. n is that of the first row. */
export function ntile(p: Partitions, count: Column, type: Type): Column {
  let parts = 0;
  return byRow(p, (row, from, to) => {
    if (row === from) parts = partsOf(cell(count, type, from));
    return partOf(row - from, to - from, parts);
  });
}

/** Which of so many parts row `at` of `rows` is in. */
export function partOf(at: number, rows: number, parts: number): number {
  const small = Math.floor(rows / parts);
  const large = rows % parts;
  const inLarge = large * (small + 1);
  return at < inLarge ? Math.floor(at / (small + 1)) + 1 : large + Math.floor((at - inLarge) / small) + 1;
}

/** @throws RowError for what is no positive number */
export function partsOf(given: Parameters<typeof integerOf>[0]): number {
  const parts = Number(integerOf(given));
  if (parts <= 0) throw new RowError('argument of ntile must be a positive integer');
  return parts;
}

/** @param of gives the number of a row in the partition `from .. to`. */
function byRow({ rows, bounds }: Partitions, of: (row: number, from: number, to: number) => number): Column {
  const values = new Float64Array(rows);
  for (let p = 0; p + 1 < bounds.length; p++) {
    const from = bounds[p]!;
    const to = bounds[p + 1]!;
    for (let row = from; row < to; row++) values[row] = of(row, from, to);
  }
  return { kind: 'f64', values, nulls: undefined };
}
