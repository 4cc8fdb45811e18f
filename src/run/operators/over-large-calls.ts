import { jsonArgsOf, literalValue } from '../../expr/evaluate.ts';
import type { Expr } from '../../expr/expr.ts';
import { aggregateFunctions } from '../../expr/functions/catalog.ts';
import { isSmall } from '../../expr/kernel/aggregates/catalog.ts';
import type { Accumulator } from '../../expr/functions/function.ts';
import type { Frame, FrameBound, Over, OverCall } from '../../plan/over.ts';
import type { Collation } from '../../data/types.ts';
import { LargeCall } from './over-large-call.ts';
import { rankings } from './over-rank.ts';

/** So many rows around the current one are looked at. */
const FARTHEST = 16_384;

/**
 * How a call is computed over a partition that the memory does not hold: by place; with a state that takes in all rows, or
 * those up to the current row or to the last of its equals; or from the rows near by.
 */
export type Large =
  | { readonly by: 'place' }
  | { readonly by: 'whole' | 'row' | 'peers'; readonly create: (collation: Collation) => Accumulator }
  | { readonly by: 'near'; readonly back: number; readonly ahead: number };

/** The calls of a plan; absent where one of them has to have the whole partition. */
export function largeCalls(plan: Over): readonly LargeCall[] | undefined {
  const found: LargeCall[] = [];
  for (const call of plan.calls) {
    const how = largeCall(call, plan);
    if (how === undefined) return undefined;
    found.push(new LargeCall(call, how, plan.input.schema));
  }
  return found;
}

/** Absent: the whole partition has to be there. */
function largeCall(call: OverCall, { orderBy }: Over): Large | undefined {
  const { fn, args, frame } = call;
  if (fn in rankings || fn === 'ntile') return { by: 'place' };
  if (fn === 'lag' || fn === 'lead') return shift(args, fn === 'lag' ? 1 : -1);
  const name = fn === 'first_value' ? 'first' : fn === 'last_value' ? 'last' : fn;
  const known = aggregateFunctions.get(name);
  const by = reach(frame, orderBy.length > 0);
  if (by !== undefined) {
    if (known === undefined || !isSmall(name)) return undefined;
    return { by, create: (collation) => known.create(collation, jsonArgsOf(args)) };
  }
  return isExact(call) ? around(frame) : undefined;
}

/** Which rows a frame that begins with the partition ends with. */
function reach({ unit, start, end, exclude }: Frame, isOrdered: boolean): 'whole' | 'row' | 'peers' | undefined {
  if (exclude !== undefined) return undefined;
  const allEqual = unit !== 'rows' && !isOrdered;
  const fromStart = start.kind === 'unbounded preceding' || (allEqual && start.kind === 'current row');
  if (!fromStart) return undefined;
  if (end.kind === 'unbounded following') return 'whole';
  if (end.kind !== 'current row') return undefined;
  return unit === 'rows' ? 'row' : isOrdered ? 'peers' : 'whole';
}

/** Whether the result shows the rows of the frame alone. A sum of REALs shows what left it, too: by how it was rounded. */
function isExact({ fn, args }: OverCall): boolean {
  if (fn === 'sum' || fn === 'total' || fn === 'avg') return args[0]!.type === 'INTEGER' || args[0]!.type === 'BOOLEAN';
  return ['count', 'min', 'max', 'first_value', 'last_value', 'nth_value'].includes(fn);
}

function around({ unit, start, end, exclude }: Frame): Large | undefined {
  if (unit !== 'rows' || exclude !== undefined) return undefined;
  const [from, to] = [placeOf(start), placeOf(end)];
  if (from === undefined || to === undefined) return undefined;
  return near(Math.max(0, -from, -to), Math.max(0, from, to));
}

/** Rows behind the current one (before it: negative). */
function placeOf({ kind, offset }: FrameBound): number | undefined {
  if (kind === 'current row') return 0;
  if (offset === undefined) return undefined;
  return Number(offset.value) * (kind === 'preceding' ? -1 : 1);
}

function shift(args: readonly Expr[], sign: 1 | -1): Large | undefined {
  const distance = args[1];
  if (distance !== undefined && (distance.kind !== 'literal' || distance.value === null)) return undefined;
  const by = distance === undefined ? 1 : Number(literalValue(distance));
  if (!Number.isInteger(by)) return undefined;
  return near(Math.max(0, sign * by), Math.max(0, -sign * by));
}

const near = (back: number, ahead: number): Large | undefined =>
  back <= FARTHEST && ahead <= FARTHEST ? { by: 'near', back, ahead } : undefined;
