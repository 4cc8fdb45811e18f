import { jsonArgsOf, literalValue } from '../../expr/evaluate.ts';
import type { Expr } from '../../expr/expr.ts';
import { spreadOf } from '../../expr/functions/aggregate.ts';
import { aggregateFunctions } from '../../expr/functions/catalog.ts';
import { isSmall } from '../../expr/kernel/aggregates/catalog.ts';
import type { Accumulator } from '../../expr/functions/function.ts';
import type { Frame, Over, OverCall } from '../../plan/over.ts';
import type { Collation } from '../../data/types.ts';
import { LargeCall } from './over-large-call.ts';
import { rankings } from './over-rank.ts';
import { isEmpty } from './over-slide.ts';

/** `lag` and `lead` look at so many rows around the current one. */
const FARTHEST = 16_384;

/**
 * How a call is computed over a partition that the memory does not hold: by place; with a state that takes in all rows, or
 * those up to the current row or to the last of its equals; from the rows near by; from those of its frame; or with a sum
 * over that, which moves with it.
 */
export type Large =
  | { readonly by: 'place' }
  | { readonly by: 'whole' | 'row' | 'peers'; readonly create: (collation: Collation) => Accumulator }
  | { readonly by: 'near'; readonly back: number; readonly ahead: number }
  | { readonly by: 'frame' | 'sum' };

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
  // A frame that has all rows before or behind would not fit either.
  if (frame.start.kind === 'unbounded preceding' || frame.end.kind === 'unbounded following') return undefined;
  if (frame.exclude !== undefined || isEmpty(frame) || isExact(call)) return { by: 'frame' };
  return isSum(fn) && frame.start.kind !== 'following' ? { by: 'sum' } : undefined;
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

const isSum = (fn: string): boolean => fn === 'sum' || fn === 'total' || fn === 'avg';

/** Whether the result shows the rows of the frame alone. A sum of REALs shows what left it, too: by how it was rounded. */
function isExact({ fn, args }: OverCall): boolean {
  if (isSum(fn)) return args[0]!.type === 'INTEGER' || args[0]!.type === 'BOOLEAN';
  return spreadOf[fn] === undefined;
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
