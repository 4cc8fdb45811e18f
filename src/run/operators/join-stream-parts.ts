import type { RecordBatch } from '../../data/batch.ts';
import { numberColumn, type F64Column } from '../../data/column.ts';
import { rowBytes } from '../../data/footprint.ts';
import type { Field, Schema } from '../../data/types.ts';
import { Partitions } from '../partitions.ts';
import type { SegmentFrame } from '../scratch-segments.ts';
import type { RowTimes } from './join-side.ts';

/** By side; see `JoinPairs`. */
export type Limits = readonly [number, number];

/** Rows as they came, with the limits of that moment. */
export interface Arrival {
  readonly port: 0 | 1;
  readonly limits: Limits;
  /** With what is known of them behind their columns. */
  readonly rows: RecordBatch;
}

/** Some arrivals: the rows of each side in one frame, and in which order how many of them came. */
export interface Written {
  readonly frames: readonly [SegmentFrame | undefined, SegmentFrame | undefined];
  readonly order: readonly { readonly port: 0 | 1; readonly limits: Limits; readonly rows: number }[];
}

/** The rows of some keys. */
export interface JoinPart {
  readonly level: number;
  /** By side: the rows that can still meet others. */
  state: readonly [SegmentFrame[], SegmentFrame[]];
  /** Of these, none that may come out with its own time happened before; us. */
  leastTime: number;
  /** Rows that have not met any. */
  waiting: Arrival[];
  written: Written[];
  /** Instead of rows: what it was divided into. */
  below: readonly JoinPart[] | undefined;
}

export const joinPartsOf = (level: number, leastTime: number): readonly JoinPart[] =>
  Array.from({ length: Partitions.count }, () => ({
    level,
    state: [[], []],
    leastTime,
    waiting: [],
    written: [],
    below: undefined,
  }));

/** All parts that are not divided; one may be divided when it comes. */
export function* leavesOf(parts: readonly JoinPart[]): Generator<JoinPart> {
  for (const part of parts) {
    if (part.below === undefined) yield part;
    if (part.below !== undefined) yield* leavesOf(part.below);
  }
}

/** About what the rows of a part take. */
export function bytesOf({ state, written, waiting }: JoinPart): number {
  const ofFrames = (frames: readonly (SegmentFrame | undefined)[]): number =>
    frames.reduce((sum, frame) => sum + (frame?.bytes ?? 0), 0);
  const arrived = written.reduce((sum, { frames }) => sum + ofFrames(frames), 0);
  return ofFrames(state.flat()) + arrived + waiting.reduce((sum, { rows }) => sum + rowBytes(rows), 0);
}

const behind = ['$until', '$at', '$since', '$met'].map((name): Field => ({ name, type: 'REAL' }));

/** The columns of a row, then what is known of it. */
export const keptSchema = (schema: Schema): Schema => [...schema, ...behind];

/** @param schema as `keptSchema` gives it. @param met by physical row. */
export function withTimes(
  schema: Schema,
  batch: RecordBatch,
  { until, time, mark }: RowTimes,
  met: Uint8Array,
): RecordBatch {
  const known = [until, time, mark, Float64Array.from(met)];
  const columns = known.map(numberColumn);
  return { ...batch, schema, columns: [...batch.columns, ...columns] };
}

export function withoutTimes({ schema, columns, ...batch }: RecordBatch): {
  readonly rows: RecordBatch;
  readonly times: RowTimes;
  readonly met: Uint8Array;
} {
  const width = schema.length - behind.length;
  const [until, time, mark, met] = columns.slice(width).map((column) => (column as F64Column).values);
  return {
    rows: { ...batch, schema: schema.slice(0, width), columns: columns.slice(0, width) },
    times: { until: until!, time: time!, mark: mark! },
    met: Uint8Array.from(met!),
  };
}
