import type { Frame } from '../../plan/over.ts';
import type { Frames } from './over-frame.ts';
import type { Partitions } from './over-partitions.ts';

/** An aggregate over a frame that moves: rows are taken in at its end and, if that can be undone, let go at its start. */
export interface Sliding {
  /** No row is in the frame; a new partition begins, or a frame is computed by itself. */
  reset(): void;
  step(row: number): void;
  /** Lets go of the row that was taken in first. Absent where that cannot be. */
  inverse?(row: number): void;
  /** Sets down the result for a row: that of the rows that are in the frame now. */
  emit(row: number): void;
}

/**
 * Runs an aggregate over all frames.
 *
 * The order of steps, inverses and results is that of SQLite, because sums of REALs show it: what was rounded away when
 * a row came does not come back when it leaves.
 *
 * @param passes rows that FILTER lets through; absent: all.
 */
export function slide(
  aggregate: Sliding,
  partitions: Partitions,
  frames: Frames,
  passes: Uint8Array | undefined,
): void {
  const { bounds } = partitions;
  const { frame } = frames;
  const filtered = passes === undefined ? aggregate : new Filtered(aggregate, passes);
  const alone = frame.exclude !== undefined || (frame.start.kind !== 'unbounded preceding' && !aggregate.inverse);
  for (let p = 0; p + 1 < bounds.length; p++) {
    if (alone) rescan(filtered, partitions, frames, bounds[p]!, bounds[p + 1]!);
    else move(filtered, partitions, frames, bounds[p]!, bounds[p + 1]!);
  }
}

class Filtered implements Sliding {
  readonly #inner: Sliding;
  readonly #passes: Uint8Array;

  constructor(inner: Sliding, passes: Uint8Array) {
    this.#inner = inner;
    this.#passes = passes;
  }
  reset(): void {
    this.#inner.reset();
  }
  step(row: number): void {
    if (this.#passes[row] === 1) this.#inner.step(row);
  }
  inverse(row: number): void {
    if (this.#passes[row] === 1) this.#inner.inverse!(row);
  }
  emit(row: number): void {
    this.#inner.emit(row);
  }
}

function move(aggregate: Sliding, partitions: Partitions, frames: Frames, from: number, to: number): void {
  const { start, end, frame } = frames;
  const stepsFirst = takesInFirst(frame);
  let first = from;
  let last = from;
  aggregate.reset();
  if (isEmpty(frame)) {
    for (let row = from; row < to; row++) aggregate.emit(row);
    return;
  }
  if (frame.unit !== 'range' && frame.start.kind === 'following') {
    [first, last] = runUp(aggregate, partitions, frame, from, to);
  }
  const moves = frame.start.kind !== 'unbounded preceding';
  for (let row = from; row < to; row++) {
    const until = end[row]!;
    if (stepsFirst) while (last < until) aggregate.step(last++);
    if (moves) for (const begin = start[row]!; first < begin;) aggregate.inverse!(first++);
    while (last < until) aggregate.step(last++);
    aggregate.emit(row);
  }
}

/** `BETWEEN 2 FOLLOWING AND 1 FOLLOWING`, and the like. RANGE finds out by itself. */
export const isEmpty = ({ unit, start, end }: Frame): boolean =>
  unit !== 'range' &&
  start.kind === end.kind &&
  start.offset !== undefined &&
  (start.kind === 'following'
    ? Number(start.offset.value) > Number(end.offset!.value)
    : Number(start.offset.value) < Number(end.offset!.value));

/** These frames take rows in before they let others go. */
export const takesInFirst = ({ unit, start, end }: Frame): boolean =>
  unit === 'range' && (start.kind === 'following' || (start.kind === 'preceding' && end.kind === 'preceding'));

/**
 * A frame of ROWS or GROUPS that begins behind its row has rows before its first beginning: SQLite takes them in and lets
 * them go again, as if there were rows before the partition.
 *
 * @returns how far rows were let go and taken in.
 */
function runUp(
  aggregate: Sliding,
  { groups, groupOf }: Partitions,
  { unit, start, end }: Frame,
  from: number,
  to: number,
): readonly [first: number, last: number] {
  const near = Number(start.offset!.value);
  const far = end.offset === undefined ? Infinity : Number(end.offset.value);
  const units = unit === 'rows' ? to - from : groupOf[to - 1]! - groupOf[from]! + 1;
  const at = (n: number): number => {
    const place = n < 0 ? 0 : n > units ? units : n;
    return unit === 'rows' ? from + place : groups[groupOf[from]! + place]!;
  };
  let first = from;
  let last = from;
  for (let current = far - near >= units ? -near : -far; current < 0 && first < to; current++) {
    while (first < at(current + near)) aggregate.inverse!(first++);
    while (last < at(current + far + 1)) aggregate.step(last++);
  }
  return [first, last];
}

/** Each frame by itself; one that is that of the row before is not computed again. */
function rescan(aggregate: Sliding, partitions: Partitions, frames: Frames, from: number, to: number): void {
  const { start, end, frame } = frames;
  const { groups, groupOf } = partitions;
  const { exclude } = frame;
  const ownRow = exclude === 'current row' || exclude === 'ties';
  for (let row = from; row < to; row++) {
    const same = row > from && start[row] === start[row - 1] && end[row] === end[row - 1];
    if (same && !ownRow && (exclude !== 'group' || groupOf[row] === groupOf[row - 1])) {
      aggregate.emit(row);
      continue;
    }
    aggregate.reset();
    const [holeStart, holeEnd] = hole(exclude, row, groups, groupOf);
    for (let other = start[row]!; other < end[row]!; other++) {
      const excluded = other >= holeStart && other < holeEnd && !(exclude === 'ties' && other === row);
      if (!excluded) aggregate.step(other);
    }
    aggregate.emit(row);
  }
}

/** The rows that EXCLUDE is about; of TIES the current row is among them. */
export function hole(
  exclude: Frame['exclude'],
  row: number,
  groups: Uint32Array,
  groupOf: Uint32Array,
): readonly [from: number, to: number] {
  if (exclude === undefined || exclude === 'no others') return [row, row];
  if (exclude === 'current row') return [row, row + 1];
  return [groups[groupOf[row]!]!, groups[groupOf[row]! + 1]!];
}
