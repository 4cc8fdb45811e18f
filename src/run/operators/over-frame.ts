import type { Frame, FrameBound } from '../../plan/over.ts';
import type { Partitions } from './over-partitions.ts';
import { rangeBounds } from './over-range.ts';

/** The frame of each row: rows `start[row] .. end[row]`, the end left out. Empty where the end is not behind the start. */
export interface Frames {
  readonly frame: Frame;
  /** Rising inside of a partition, and never beyond `end`. */
  readonly start: Uint32Array;
  /** Rising inside of a partition. */
  readonly end: Uint32Array;
}

export function framesOf(frame: Frame, partitions: Partitions): Frames {
  const start = boundsOf(frame, 'start', partitions);
  const end = boundsOf(frame, 'end', partitions);
  for (let row = 0; row < start.length; row++) if (start[row]! > end[row]!) start[row] = end[row]!;
  return { frame, start, end };
}

type Side = 'start' | 'end';

/** Where the frame of each row begins or ends. */
function boundsOf(frame: Frame, side: Side, partitions: Partitions): Uint32Array {
  const bound = frame[side];
  const { unit } = frame;
  const { bounds, rows } = partitions;
  const out = new Uint32Array(rows);
  for (let p = 0; p + 1 < bounds.length; p++) {
    const from = bounds[p]!;
    const to = bounds[p + 1]!;
    if (bound.kind === 'unbounded preceding') out.fill(from, from, to);
    else if (bound.kind === 'unbounded following') out.fill(to, from, to);
    else if (unit === 'rows') rowBounds(bound, side, from, to, out);
    else if (unit === 'range' && bound.offset !== undefined)
      rangeBounds(bound, side, partitions.order[0]!, from, to, out);
    else groupBounds(bound, side, partitions, from, to, out);
  }
  return out;
}

/** How many units before (negative) or behind the current one. */
const distance = ({ kind, offset }: FrameBound): number =>
  (offset === undefined ? 0 : Number(offset.value)) * (kind === 'preceding' ? -1 : 1);

const clamp = (n: number, least: number, most: number): number => (n < least ? least : n > most ? most : n);

function rowBounds(bound: FrameBound, side: Side, from: number, to: number, out: Uint32Array): void {
  const shift = distance(bound) + (side === 'end' ? 1 : 0);
  for (let row = from; row < to; row++) out[row] = clamp(row + shift, from, to);
}

function groupBounds(
  bound: FrameBound,
  side: Side,
  { groups, groupOf }: Partitions,
  from: number,
  to: number,
  out: Uint32Array,
): void {
  const shift = distance(bound) + (side === 'end' ? 1 : 0);
  const last = to === 0 ? 0 : groupOf[to - 1]! + 1;
  for (let row = from; row < to; row++) out[row] = groups[clamp(groupOf[row]! + shift, groupOf[from]!, last)]!;
}
