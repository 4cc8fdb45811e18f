import { Bug } from '../../../base/errors.ts';
import type { Collation } from '../../../data/types.ts';
import { jsonArgsOf } from '../../evaluate.ts';
import { spreadOf } from '../../functions/aggregate.ts';
import { aggregateFunctions } from '../../functions/catalog.ts';
import type { Accumulators, AggregateExpr } from '../aggregate.ts';
import { BoxedAccumulators } from './boxed.ts';
import { Counts } from './count.ts';
import { NumberExtremes, TextExtremes } from './extreme.ts';
import { IntegerSums, RealSums } from './sum.ts';

/** Functions whose state stays as small as it is at first; that of any other grows with the values it is given. */
const small: ReadonlySet<string> = new Set([
  ...['count', 'sum', 'total', 'avg', 'min', 'max', 'any_value', 'first', 'last', 'arg_min', 'arg_max'],
  ...Object.keys(spreadOf),
]);

/** Whether a state holds little, however many values it is given. */
export const isSmall = (fn: string): boolean => small.has(fn);

/** The fastest states for a function and the types of its arguments; boxed ones where there is nothing special. */
export function accumulatorsOf({ fn, args, type }: AggregateExpr, collation: Collation): Accumulators {
  const known = aggregateFunctions.get(fn);
  if (known === undefined) throw new Bug(`no aggregate function '${fn}'`);
  const jsonArgs = jsonArgsOf(args);
  const boxed = new BoxedAccumulators(
    () => known.create(collation, jsonArgs),
    args.map((arg) => arg.type),
    type,
    !isSmall(fn),
  );
  const argType = args[0]?.type;
  switch (fn) {
    case 'count':
      return new Counts();
    case 'sum':
    case 'total':
    case 'avg':
      if (argType === 'INTEGER' || argType === 'BOOLEAN') return new IntegerSums(fn, argType, type);
      return argType === 'REAL' ? new RealSums(fn, argType, type) : boxed;
    case 'min':
    case 'max':
      if (argType === 'INTEGER' || argType === 'REAL' || argType === 'TIMESTAMP' || argType === 'BOOLEAN') {
        return new NumberExtremes(fn, argType, boxed);
      }
      if ((argType === 'TEXT' || argType === 'JSON') && collation === 'BINARY') {
        return new TextExtremes(fn, argType, boxed);
      }
      return boxed;
    default:
      return boxed;
  }
}
