import type { Expr, Literal } from '../expr/expr.ts';
import type * as ast from '../syntax/ast.ts';
import { call } from './call.ts';
import type { ExprContext, Typed } from './context.ts';
import { bindExpr } from './expr.ts';
import { fault } from './fault.ts';
import { duration, type Duration } from './literal.ts';

/** The text of a moment would count as its year: nobody means that. Any other text may be meant as it counts. */
export function checkNumber({ query }: ExprContext, { span }: ast.Expr, { type }: Expr): void {
  if (type === 'TEXT')
    query.warn({
      code: 'E0213',
      message: 'arithmetic with TEXT',
      span,
      label: 'it counts as the number that it begins with, or as 0',
      help: [
        'CAST (.. AS INTEGER) or CAST (.. AS REAL) says that this is meant; TRY_CAST gives NULL for what is no number',
      ],
    });
  if (type !== 'TIMESTAMP') return;
  fault('E0201', span, 'arithmetic with a TIMESTAMP', {
    label: 'this is a TIMESTAMP',
    help: ['add an INTERVAL, or take numbers: epoch_ms(x), julianday(x)'],
  });
}

/** `ts + INTERVAL '5' SECOND` */
export function shiftTime(cx: ExprContext, { op, left, right, span }: ast.Binary): Typed {
  const [time, interval] = right.kind === 'interval' ? [left, right] : [right, left];
  if (interval.kind !== 'interval' || (op === '-' && right !== interval)) {
    fault('E0201', span, 'only an INTERVAL can be taken from a time', { label: 'expected TIMESTAMP - INTERVAL' });
  }
  const bound = bindExpr(cx, time).expr;
  const { type } = bound;
  if (type !== 'TIMESTAMP' && type !== 'TEXT' && type !== 'ANY' && type !== 'NULL') {
    fault('E0201', time.span, `an INTERVAL cannot be added to ${type}`, { label: 'expected a TIMESTAMP' });
  }
  const { months, us }: Duration = duration(interval);
  const sign = op === '-' ? -1 : 1;
  const whole = (n: number): Literal => ({ kind: 'literal', type: 'INTEGER', value: n === 0 ? 0 : n * sign });
  return { expr: call('timestamp_add', [bound, whole(months), whole(us)]) };
}
