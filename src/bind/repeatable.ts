import { connectors } from '../connect/catalog.ts';
import type { Expr } from '../expr/expr.ts';
import { inputs } from '../plan/ops.ts';
import type { Plan } from '../plan/plan.ts';
import { isVolatile } from './stage.ts';

/** Whether reading a relation twice gives the same rows and does nothing twice: no command, no pipe, nothing random. */
export function isRepeatable(plan: Plan): boolean {
  if (plan.op === 'shell') return false;
  if (plan.op === 'scan') {
    // What comes out of a named pipe cannot be read again.
    const isPipe = plan.connector === 'file' && plan.options['epochs'] === false;
    if (isPipe || connectors.get(plan.connector)?.source?.replay !== 'offset') return false;
  }
  return !ownExprs(plan).some(isVolatile) && inputs(plan).every(isRepeatable);
}

function ownExprs(plan: Plan): readonly Expr[] {
  switch (plan.op) {
    case 'values':
      return plan.rows.flat();
    case 'filter':
      return [plan.predicate];
    case 'project':
      return plan.exprs;
    case 'aggregate':
      return [...plan.keys.map((k) => k.expr), ...plan.aggregates.flatMap((a) => a.args)];
    case 'sort':
      return plan.keys.map((k) => k.expr);
    case 'join':
      return plan.on === undefined ? [] : [plan.on];
    default:
      return [];
  }
}
