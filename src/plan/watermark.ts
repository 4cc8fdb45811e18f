import type { Expr, SortKey } from '../expr/expr.ts';
import type { Node, Options, Plan } from './plan.ts';

/**
 * The event time of a source: `$time` and `$mark` behind the columns of its input (see data/event-time.ts), and after
 * each batch a watermark W, the greatest `bound` so far: no row with `time` < W is expected any more.
 */
export interface Watermark extends Node<'watermark'> {
  readonly input: Plan;
  /** Name of the source, for messages. */
  readonly label: string;
  /** When the event of a row happened: TIMESTAMP. */
  readonly time: Expr;
  /** TIMESTAMP */
  readonly bound: Expr;
  /**
   * Rows with `time` < W. drop: each operator leaves them out of what it has closed; keep: `$mark` does not tell, so
   * nobody takes them for late; into: they go to `into`, and nowhere else.
   */
  readonly late: 'drop' | 'keep' | 'into';
  readonly into?: LateSink;
  /** A row without `time`: the run fails, or the row is left out and counted. */
  readonly onError: 'fail' | 'skip';
  /** Rows come from several places, each with a watermark of its own; W is the least of them. */
  readonly partitions?: Partitions;
  /** ms without rows after which a place is no longer waited for; when all are so, W goes on with the clock. */
  readonly idle?: number;
  /** All rows of a batch happen at the time of its last one. */
  readonly perBatch?: true;
}
export interface LateSink {
  readonly connector: string;
  readonly options: Options;
  readonly label: string;
  readonly columns: readonly string[];
}
export interface Partitions {
  /** TEXT column of the input that names the place of a row; it is not handed on. */
  readonly column: string;
  /** All places, as far as they are known before. */
  readonly names: readonly string[];
  /** They are read to their end, one after the other. */
  readonly inTurn: boolean;
}
/**
 * Waits longer than a stream that others read, too: its watermark, and `$mark` of its rows, are `by` us earlier. `idle` is
 * as that of a Watermark: after so many ms without rows the watermark goes on with the clock.
 */
export interface Delay extends Node<'delay'> {
  readonly input: Plan;
  readonly by: number;
  readonly idle?: number;
}
/**
 * Orders rows that never end: `keys[0]` is their event time, ascending. Rows below the watermark go on, sorted, as soon
 * as it comes; a late row, whose place has gone by, is left out and counted. Stable.
 */
export interface TimeSort extends Node<'timesort'> {
  readonly input: Plan;
  readonly keys: readonly SortKey[];
  /**
   * `keys[0]` is a column that never falls as event time rises, rather than that itself: rows go on when what `clock` (over
   * `$time`) makes of the watermark is beyond their value, so that all rows with one value go on together.
   */
  readonly closing?: { readonly column: string; readonly clock: Expr };
}
