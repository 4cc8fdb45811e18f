import { column, type Expr } from '../expr/expr.ts';
import type { EventColumns } from './windows.ts';

/**
 * What is known of a key is forgotten when no row of it has come for `ms`: by event time, where the names of the hidden
 * columns are given, else by the clock. A row that comes later finds nothing: its key begins anew.
 */
export interface StateTtl {
  readonly ms: number;
  readonly eventTime?: EventColumns;
  /** What is forgotten is taken back from the result, which others go on with. */
  readonly retracts?: true;
}

/** The columns that it reads. */
export const ttlExprs = (ttl: StateTtl | undefined): readonly Expr[] =>
  ttl?.eventTime === undefined
    ? []
    : [column(ttl.eventTime.time, 'TIMESTAMP'), column(ttl.eventTime.mark, 'TIMESTAMP')];
