import { functionOf } from './evaluate.ts';
import { children, type Expr } from './expr.ts';

/** Whether an expression can raise a RowError: then it may not meet rows that it would not have met. */
export const mayFail = (e: Expr): boolean =>
  (e.kind === 'call' && functionOf(e).mayFail === true) || children(e).some(mayFail);

/** Whether two evaluations on one row may differ. */
export const isVolatile = (e: Expr): boolean =>
  (e.kind === 'call' && functionOf(e).volatile === true) || children(e).some(isVolatile);
