import { NO_MARK } from '../data/event-time.ts';
import type { Literal } from '../expr/expr.ts';
import type * as ast from '../syntax/ast.ts';
import { call } from './call.ts';
import type { ExprContext, Typed } from './context.ts';
import { fault } from './fault.ts';
import { fieldRef } from './plans.ts';

const none: Literal = { kind: 'literal', type: 'TIMESTAMP', value: NO_MARK };

/**
 * `row_time()`: when the event of the row happened. `current_watermark()`: the watermark of its source just before the
 * row, NULL if there was none yet. Undefined for any other function.
 *
 * @throws QueryError E0402 where rows have no event time.
 */
export function timeCall({ scope, clause }: ExprContext, name: string, e: ast.CallExpr): Typed | undefined {
  if (name !== 'row_time' && name !== 'current_watermark') return undefined;
  if (e.star || e.args.length > 0) fault('E0201', e.span, `\`${name}\` takes no arguments`);
  const { eventTime } = scope;
  if (eventTime === undefined)
    return fault('E0402', e.span, `\`${name}\` in ${clause}, whose rows have no event time`, {
      label: 'no WATERMARK is declared for them, or it was lost on the way',
      help: ['CREATE SOURCE .. (.., WATERMARK FOR ts); aggregates keep event time only by windows'],
    });
  if (name === 'row_time') return { expr: fieldRef(eventTime.time) };
  const mark = fieldRef(eventTime.mark);
  const branches = [{ when: call('>', [mark, none]), then: mark }];
  return { expr: { kind: 'case', branches, otherwise: { ...none, value: null }, type: 'TIMESTAMP' } };
}
