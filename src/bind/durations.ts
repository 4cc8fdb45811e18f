import { parseDuration } from '../expr/duration.ts';
import type * as ast from '../syntax/ast.ts';
import { constantValue } from './constant.ts';
import type { QueryContext } from './context.ts';
import { fault } from './fault.ts';
import { duration } from './literal.ts';

/** A length of time in whole ms, `least` µs or more: INTERVAL, a text such as '5 s', or a number of seconds. */
export function constantMs(query: QueryContext, e: ast.Expr, clause: string, least = 1): number {
  const value = e.kind === 'interval' ? undefined : constantValue(query, e, clause);
  const length =
    e.kind === 'interval'
      ? duration(e)
      : typeof value === 'string'
        ? parseDuration(value)
        : { months: 0, us: Number(value) * 1e6 };
  const isLength = length !== undefined && length.months === 0 && length.us >= least;
  return isLength
    ? Math.ceil(length.us / 1000)
    : fault('E0203', e.span, `${clause} needs a length of time`, {
        label: "expected INTERVAL '5' SECOND, '5 s' or seconds",
      });
}
