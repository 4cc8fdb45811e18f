import type { Field } from '../data/types.ts';
import type { Expr, Literal, SortKey } from '../expr/expr.ts';
import { printExpr } from '../expr/print.ts';
import type { Node, Plan } from './plan.ts';

/**
 * Functions over the rows around each row: its columns are those of the input, then one for each call. The input comes
 * sorted by `partitionBy`, then by `orderBy`, whose keys are columns: a sort stands below, unless there are no keys. So a
 * partition is over when the next one begins, and only one has to be held. Rows keep their order.
 */
export interface Over extends Node<'over'> {
  readonly input: Plan;
  readonly partitionBy: readonly SortKey[];
  readonly orderBy: readonly SortKey[];
  readonly calls: readonly OverCall[];
  /** All partitions whose rows have come are complete at each watermark: a `timesort` by the first key stands below. */
  readonly closes?: true;
}

export interface OverCall {
  readonly name: string;
  /** Of `expr/functions/window.ts`, or an aggregate. */
  readonly fn: string;
  readonly args: readonly Expr[];
  /** Only of aggregates: rows on which it is not true are not there for the call. */
  readonly filter?: Expr;
  readonly frame: Frame;
  readonly type: Field['type'];
}

/** Which rows of the partition a call sees. `end` is never before `start` in the order that FrameBound lists. */
export interface Frame {
  readonly unit: 'rows' | 'range' | 'groups';
  readonly start: FrameBound;
  readonly end: FrameBound;
  /** 'no others' excludes nothing, but as in SQLite each frame is then computed by itself, which can be seen in REALs. */
  readonly exclude?: 'no others' | 'current row' | 'group' | 'ties';
}

export interface FrameBound {
  readonly kind: 'unbounded preceding' | 'preceding' | 'current row' | 'following' | 'unbounded following';
  /**
   * Of preceding and following: an INTEGER, of range any number; not negative. Of range it is a distance of the only key
   * of ORDER BY, of a TIMESTAMP in us.
   */
  readonly offset?: Literal;
}

export const defaultFrame: Frame = {
  unit: 'range',
  start: { kind: 'unbounded preceding' },
  end: { kind: 'current row' },
};

/** Every expression of the operator. */
export const overExprs = ({ partitionBy, orderBy, calls }: Over): readonly Expr[] => [
  ...[...partitionBy, ...orderBy].map((key) => key.expr),
  ...calls.flatMap((call) => [...call.args, ...(call.filter ? [call.filter] : [])]),
];

/** @param sortKey how a key of ORDER BY is printed. */
export function overLabel({ partitionBy, orderBy, calls, closes }: Over, sortKey: (key: SortKey) => string): string {
  const partition = partitionBy.length > 0 ? ` by ${partitionBy.map((key) => printExpr(key.expr)).join(', ')}` : '';
  const order = orderBy.length > 0 ? ` order ${orderBy.map(sortKey).join(', ')}` : '';
  return `Over ${calls.map(callText).join(', ')}${partition}${order}${closes ? ' as time passes' : ''}`;
}

function callText({ name, fn, args, filter, frame }: OverCall): string {
  const given = fn === 'count' && args.length === 0 ? '*' : args.map(printExpr).join(', ');
  const where = filter ? ` FILTER (WHERE ${printExpr(filter)})` : '';
  return `${fn}(${given})${where}${frameText(frame)}${name === fn ? '' : ` AS ${name}`}`;
}

function frameText({ unit, start, end, exclude }: Frame): string {
  if (unit === 'range' && start.kind === 'unbounded preceding' && end.kind === 'current row' && !exclude) return '';
  const bound = ({ kind, offset }: FrameBound) => (offset === undefined ? kind : `${printExpr(offset)} ${kind}`);
  return ` ${unit} ${bound(start)} to ${bound(end)}${exclude ? ` exclude ${exclude}` : ''}`;
}
