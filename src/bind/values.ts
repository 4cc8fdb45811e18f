import { unify, type Field } from '../data/types.ts';
import type { Expr } from '../expr/expr.ts';
import type * as ast from '../syntax/ast.ts';
import { newStage, settle, type QueryContext } from './context.ts';
import { bindExpr } from './expr.ts';
import { collect, fault, originOf } from './fault.ts';
import { Names } from './names.ts';
import type { Plan } from '../plan/plan.ts';
import { oneRow, projectPlan } from './plans.ts';
import { relationOf, type Relation } from './scope.ts';

const uncollated = (plan: Plan): Relation => {
  const relation = relationOf(plan);
  return { ...relation, columns: relation.columns.map((c) => ({ ...c, uncollated: true })) };
};

/** VALUES: columns are called column1, column2, .. as in SQLite. */
export function bindValues(query: QueryContext, { rows, span }: ast.ValuesBody): Relation {
  const width = rows[0]!.length;
  const stages = rows.map(() => newStage(new Names()));
  const bound = collect(rows, (row, r): readonly Expr[] => {
    if (row.length !== width) {
      fault('E0201', row[0]?.span ?? span, 'rows of VALUES have different numbers of values', {
        label: `${row.length} here, ${width} in the first row`,
      });
    }
    const cx = { query, scope: { columns: [] }, clause: 'VALUES', stage: stages[r]! };
    return row.map((e) => bindExpr(cx, e).expr);
  });
  const schema = Array.from({ length: width }, (_, i): Field => {
    return { name: `column${i + 1}`, type: bound.reduce((t, row) => unify(t, row[i]!.type), bound[0]![i]!.type) };
  });
  const origin = originOf(span);
  if (stages.every((stage) => stage.pending.length === 0))
    return uncollated({ op: 'values', schema, rows: bound, origin });
  // Rows with subqueries are each a projection of one row that the subqueries are joined to.
  const inputs = bound.map((exprs, r) =>
    projectPlan(
      settle(stages[r]!, oneRow),
      schema.map((f, i) => ({ ...f, type: exprs[i]!.type })),
      exprs,
      span,
    ),
  );
  return uncollated(inputs.length === 1 ? inputs[0]! : { op: 'union', schema, inputs, origin });
}
