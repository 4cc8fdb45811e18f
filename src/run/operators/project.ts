import { compileExpr } from '../../expr/kernel/compile.ts';
import type { Project } from '../../plan/plan.ts';
import type { Operator } from '../operator.ts';

/** Computes columns; a bare column reference is passed on as it is. */
export function projectOperator(plan: Project): Operator {
  const kernels = plan.exprs.map((e) => compileExpr(e, plan.input.schema));
  const { schema } = plan;
  return {
    onBatch: (batch, _port, out) =>
      out.emit({
        schema,
        length: batch.length,
        columns: kernels.map((kernel) => kernel(batch)),
        selection: batch.selection,
      }),
  };
}
