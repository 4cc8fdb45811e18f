import { column } from '../expr/expr.ts';
import { lineageField } from '../plan/lineage-columns.ts';
import type * as ast from '../syntax/ast.ts';
import type { ExprContext, Typed } from './context.ts';
import { fault } from './fault.ts';

/**
 * `lineage()`: the positions in the sources that a row comes from, of a group those of all its rows. The column is brought
 * along from the sources once the plan is whole: see `plan/lineage.ts`. Undefined for any other function.
 */
export function lineageCall({ clause }: ExprContext, name: string, e: ast.CallExpr): Typed | undefined {
  if (name !== 'lineage') return undefined;
  if (e.star || e.args.length > 0) fault('E0201', e.span, '`lineage` takes no arguments');
  if (clause === 'an aggregate')
    fault('E0202', e.span, '`lineage` in an aggregate', { label: 'of a group it is that of all its rows already' });
  if (clause === 'ON')
    fault('E0402', e.span, '`lineage` in ON', {
      label: 'a row of the join is not there yet',
      help: ['ask for that of one side: JOIN (SELECT *, lineage() AS at FROM t)', 'or of the joined rows: WHERE'],
    });
  return { expr: column(lineageField.name, lineageField.type) };
}
