import type { Field } from '../data/types.ts';
import type { Expr } from '../expr/expr.ts';
import type { JoinPair, Node, Plan } from './plan.ts';

/** How long the rows of one side of a streaming join are needed. */
export interface Horizon {
  /**
   * The latest event time (TIMESTAMP) of a row of the other side that can meet this row; NULL where none can. Once the
   * other side's watermark is beyond it, the row is forgotten. Absent: not before the other side ends.
   */
  readonly until?: Expr;
  /** Names of its columns `$time` and `$mark`; absent for a side without event time. */
  readonly eventTime?: { readonly time: string; readonly mark: string };
}

/** How a join whose sides come at the same time forgets rows: by event time, or after `ttl` ms of processing time. */
export interface Retention {
  readonly left: Horizon;
  readonly right: Horizon;
  readonly ttl?: number;
}

/**
 * Each left row with the right row that is nearest to it among those with equal keys: `left compare right`, and no
 * other right row between them; of several equally near ones the last. Without one a left row is dropped (inner) or
 * gets NULLs (left). Output: columns of `left`, then of `right`, in the order of the left rows.
 */
export interface AsofJoin extends Node<'asof'> {
  readonly kind: 'inner' | 'left';
  readonly left: Plan;
  readonly right: Plan;
  readonly equal: readonly JoinPair[];
  readonly nearest: JoinPair & { readonly compare: '<' | '<=' | '>' | '>=' };
  /**
   * Set where the right side does not end: then both sides of `nearest` are event time. Names of the columns `$mark`; a
   * left side that ends may have none.
   */
  readonly eventTime?: { readonly leftMark?: string; readonly rightMark: string };
}

/**
 * Joins each row with the rows that a table of SQLite has for its keys at the moment the row comes. Output: columns of
 * `input`, then `columns` (only those of `input` for semi and anti).
 */
export interface Lookup extends Node<'lookup'> {
  readonly kind: 'inner' | 'left' | 'semi' | 'anti';
  readonly input: Plan;
  readonly file: string;
  readonly table: string;
  /** What EXPLAIN and messages call the table. */
  readonly label: string;
  /** Columns to read: the name in the table, and the field of the output. */
  readonly columns: readonly { readonly column: string; readonly field: Field }[];
  /** `right` is always a field of `columns`; those of an index or of the primary key are looked up by it. */
  readonly equal: readonly JoinPair[];
  /** The remaining condition, over the columns of both. */
  readonly on?: Expr;
}
