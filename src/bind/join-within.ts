import { integer, type Expr } from '../expr/expr.ts';
import type * as ast from '../syntax/ast.ts';
import { call } from './call.ts';
import { fault } from './fault.ts';
import { duration } from './literal.ts';
import { fieldRef } from './plans.ts';
import type { Relation } from './scope.ts';

/**
 * JOIN .. WITHIN i: the events of both rows lie at most `i` apart. WITHIN (before, after): the right one happened at
 * most `before` earlier, or `after` later, than the left one.
 */
export function withinBounds({ within }: ast.JoinSpec, left: Relation, right: Relation): readonly Expr[] {
  if (within === undefined) return [];
  const [before, after] = lengths(within);
  const [l, r] = [left.eventTime?.time, right.eventTime?.time];
  if (l === undefined || r === undefined) {
    const both = l === r;
    return fault('E0208', within.span, 'WITHIN joins by event time', {
      label: both ? 'neither side has event time' : `the ${l === undefined ? 'left' : 'right'} side has none`,
      help: [
        'CREATE SOURCE .. (.., WATERMARK FOR its column) gives rows event time',
        'or write the bounds as a condition: b.at BETWEEN a.at AND a.at + INTERVAL ..',
      ],
    });
  }
  const moved = (us: number): Expr =>
    us === 0 ? fieldRef(l) : call('timestamp_add', [fieldRef(l), integer(0), integer(us)]);
  return [call('>=', [fieldRef(r), moved(-before)]), call('<=', [fieldRef(r), moved(after)])];
}

function lengths(e: ast.Expr): readonly [before: number, after: number] {
  const parts = e.kind === 'row' ? e.parts : [e, e];
  const [before, after] = parts.map(length);
  if (parts.length === 2) return [before!, after!];
  return fault('E0203', e.span, `WITHIN takes one or two lengths of time, not ${parts.length}`, {
    label: "expected WITHIN INTERVAL '5' MINUTE, or WITHIN (before, after)",
  });
}

function length(e: ast.Expr): number {
  const found = e.kind === 'interval' ? duration(e) : undefined;
  if (found !== undefined && found.months === 0 && found.us >= 0) return found.us;
  return fault('E0203', e.span, 'WITHIN takes a length of time', {
    label:
      found === undefined
        ? "expected INTERVAL '5' MINUTE"
        : found.months !== 0
          ? 'months differ in length: use days'
          : 'a length is not negative',
  });
}
