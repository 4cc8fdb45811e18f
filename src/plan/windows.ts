import type { Expr } from '../expr/expr.ts';
import type { Node, Plan } from './plan.ts';

/**
 * Which windows a row is in. Times are us, windows are [start, end).
 *
 * hop: one begins every `slide` from `offset` on, and lasts `size` (TUMBLE: both are the same). cumulate: periods of
 * `size` from `offset` on, of each its first `slide`, its first two `slide`s, .. and all of it. session: from the first
 * row to `gap` after the last one, as long as no two neighbours lie `gap` or more apart; none lasts longer than `most`.
 * rows: the last `size` rows after every `slide` rows; the bounds are numbers of rows, from 0. `partial`: also where
 * fewer are there, at the beginning and at the end.
 */
export type WindowFrame =
  | { readonly kind: 'hop' | 'cumulate'; readonly size: number; readonly slide: number; readonly offset: number }
  | { readonly kind: 'session'; readonly gap: number; readonly most?: number }
  | { readonly kind: 'rows'; readonly size: number; readonly slide: number; readonly partial: boolean };

/**
 * Gives each row once for every window that it is in, with the bounds of the window as further columns. hop and cumulate
 * look at nothing but the row and keep the order; a row comes in the order of its windows. session and rows hold a
 * window back until it is complete, and give windows in the order in which they get complete. Where rows are known to
 * end (no `event`), sessions are found as if the rows came in the order of time, and rows keep their order.
 */
export interface Window extends Node<'window'> {
  readonly input: Plan;
  /** As the user wrote it: TUMBLE. */
  readonly name: string;
  readonly frame: WindowFrame;
  /** TIMESTAMP of a row. A row without it makes the run fail. Absent for windows of rows. */
  readonly time?: Expr;
  /** Sessions and windows of rows are found for each value of these. */
  readonly by: readonly Expr[];
  /** Columns added: TIMESTAMP, of windows of rows INTEGER. */
  readonly start: string;
  readonly end: string;
  /** TIMESTAMP: `end` - 1 us. */
  readonly stamp?: string;
  /** The rows have event time, and get that of their window: `end` - 1 us, so that windows of windows add up. */
  readonly event?: EventColumns & {
    /** `time` as a function of the column `time` of the input, which never falls; absent where it is that column itself. */
    readonly clock?: Expr;
  };
  /**
   * They are the panes that windows of this size (us) are made of. A row that comes when some of its windows have ended is
   * in a further part of its pane: `end` is the end of the first window that is still open, of rows in time that of the pane.
   * Where all have ended it is that of the last one, and the row is late. Of hop with `event`, `size` = `slide`.
   */
  readonly panesOf?: number;
  /** Windows of rows that do not end: the event time is the number of the window in the order in which they get complete. */
  readonly numbered?: true;
}

/** Names of the hidden columns in the input. In the output they are called `$time` and `$mark`. */
export interface EventColumns {
  readonly time: string;
  readonly mark: string;
}

/**
 * When a group of rows is complete, so that it can be given and forgotten: once `clock`, at the watermark, is above
 * `value`, which is the same for all rows of the group. A row whose group was complete by its own mark is late: it is
 * left out and counted. Groups are given in the order of `value`, then in the order in which they came.
 */
export interface Closing extends EventColumns {
  readonly value: Expr;
  /** Over the column `time`; never falls. */
  readonly clock: Expr;
}
