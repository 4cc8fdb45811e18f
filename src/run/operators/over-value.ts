import { columnBuilder } from '../../data/builder.ts';
import { cell } from '../../data/cell.ts';
import type { Column } from '../../data/column.ts';
import { NO_ROW, pick } from '../../data/gather.ts';
import type { Type } from '../../data/types.ts';
import type { Value } from '../../data/value.ts';
import { numberOfText, numericValue } from '../../expr/compare.ts';
import { RowError } from '../../expr/functions/function.ts';
import type { Frames } from './over-frame.ts';
import type { Partitions } from './over-partitions.ts';
import { hole } from './over-slide.ts';

/** An argument of a call, for each row. */
export interface Argument {
  readonly column: Column;
  readonly type: Type;
}

/**
 * `lag` (sign -1) and `lead` (1): the argument in the row so many places away, else the default of the current row. The
 * distance is that of the current row, and may be negative; one that is no whole number leads to no row.
 */
export function shifted(sign: 1 | -1, args: readonly Argument[], { rows, bounds }: Partitions, type: Type): Column {
  const [value, distance, otherwise] = args;
  const from = new Uint32Array(rows).fill(NO_ROW);
  for (let p = 0; p + 1 < bounds.length; p++) {
    for (let row = bounds[p]!; row < bounds[p + 1]!; row++) {
      const by = distance === undefined ? 1 : placesOf(cell(distance.column, distance.type, row));
      const at = row + sign * by;
      if (at >= bounds[p]! && at < bounds[p + 1]!) from[row] = at;
    }
  }
  if (otherwise === undefined) return pick(value!.column, from);
  const builder = columnBuilder(type, rows);
  for (let row = 0; row < rows; row++) {
    if (from[row] === NO_ROW) builder.append(cell(otherwise.column, otherwise.type, row));
    else builder.append(cell(value!.column, value!.type, from[row]!));
  }
  return builder.finish();
}

/** NaN for what is no whole number. */
function placesOf(v: Value): number {
  const number = numericValue(v);
  return number === null || (typeof number === 'number' && !Number.isInteger(number)) ? NaN : Number(number);
}

/** `first_value`, `last_value` and `nth_value`. */
export function placed(fn: 'first' | 'last' | 'nth', args: readonly Argument[], p: Partitions, frames: Frames): Column {
  const [value, which] = args;
  const from = new Uint32Array(p.rows);
  for (let row = 0; row < p.rows; row++) {
    const seen = rowsSeen(row, p, frames);
    const n = fn === 'first' ? 1 : fn === 'last' ? seen.count : numberOf(cell(which!.column, which!.type, row));
    from[row] = n >= 1 && n <= seen.count ? seen.at(n - 1) : NO_ROW;
  }
  return pick(value!.column, from);
}

function numberOf(v: Value): number {
  const number = typeof v === 'string' ? numberOfText(v) : v;
  const n = typeof number === 'bigint' || typeof number === 'number' ? Number(number) : NaN;
  if (!Number.isInteger(n) || n < 1) throw new RowError('second argument to nth_value must be a positive integer');
  return n;
}

/** The rows of a frame without those that EXCLUDE leaves out: how many, and which is the i-th. */
function rowsSeen(
  row: number,
  { groups, groupOf }: Partitions,
  { start, end, frame }: Frames,
): { readonly count: number; readonly at: (i: number) => number } {
  const from = start[row]!;
  const to = end[row]!;
  if (frame.exclude === undefined) return { count: to - from, at: (i) => from + i };
  const inside = (place: number) => Math.min(Math.max(place, from), to);
  const [holeStart, holeEnd] = hole(frame.exclude, row, groups, groupOf).map(inside) as [number, number];
  const before = holeStart - from;
  const own = frame.exclude === 'ties' && row >= from && row < to ? 1 : 0;
  return {
    count: before + own + (to - holeEnd),
    at: (i) => (i < before ? from + i : i < before + own ? row : holeEnd + (i - before - own)),
  };
}
