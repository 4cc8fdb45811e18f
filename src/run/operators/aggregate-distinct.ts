import { jsonArgsOf } from '../../expr/evaluate.ts';
import type { Field, Schema } from '../../data/types.ts';
import type { Expr } from '../../expr/expr.ts';
import { compileExpr } from '../../expr/kernel/compile.ts';
import type { Aggregate } from '../../plan/plan.ts';
import type { RunContext } from '../context.ts';
import type { Operator, Output } from '../operator.ts';
import { aggregateOperator } from './aggregate.ts';
import { DistinctKeys } from './distinct.ts';
import { keyedOperator } from './keyed.ts';

/** Whether all aggregates are of the same distinct values, and nothing else of a row matters. */
export function isOfDistinct({ aggregates, bare }: Aggregate): boolean {
  const [first] = aggregates;
  if (first === undefined || bare.length > 0) return false;
  const args = JSON.stringify(first.args);
  // The result of a JSON function is JSON to json_group_array; as a column it would be a text.
  return aggregates.every(
    (a) => a.distinct && !a.filter && !a.orderBy && JSON.stringify(a.args) === args && jsonArgsOf(a.args) === 0,
  );
}

/**
 * `count(DISTINCT x) .. GROUP BY k` as an aggregation of the distinct pairs of k and x. However many there are of a group,
 * they need not fit into memory.
 */
export function distinctAggregate(plan: Aggregate, context: RunContext): Operator {
  const input = plan.input.schema;
  const args = plan.aggregates[0]!.args;
  const exprs = [...plan.keys.map((key) => key.expr), ...args];
  const kernels = exprs.map((e) => compileExpr(e, input));
  const schema: Schema = exprs.map((e, i) =>
    fieldOf(e, `$${i}`, i < plan.keys.length ? plan.schema[i]! : undefined, input),
  );
  const [keys, values] = [schema.slice(0, plan.keys.length), schema.slice(plan.keys.length)];
  const aggregate = aggregateOperator(
    {
      ...plan,
      input: { op: 'values', schema, rows: [] },
      keys: plan.keys.map(({ name }, i) => ({ name, expr: columnOf(keys[i]!) })),
      aggregates: plan.aggregates.map((call) => ({ ...call, distinct: false, args: values.map(columnOf) })),
    },
    context,
  );
  const positions = schema.map((_, i) => i);
  const distinct = keyedOperator(plan.input, positions, () => new DistinctKeys(schema, positions), context);
  const into = (out: Output): Output => ({
    emit: (batch) => aggregate.onBatch(batch, 0, out),
    watermark: () => undefined,
    full: out.full,
  });
  return {
    onBatch: (batch, port, out) =>
      distinct.onBatch({ ...batch, schema, columns: kernels.map((kernel) => kernel(batch)) }, port, into(out)),
    /** All rows come at the end, which says more than any watermark. */
    onWatermark: () => undefined,
    async onEnd(port, out) {
      await distinct.onEnd!(port, into(out));
      await aggregate.onEnd!(port, out);
    },
    async close(failed) {
      await distinct.close!(failed);
      await aggregate.close!(failed);
    },
  };
}

const columnOf = ({ name, type }: Field): Expr => ({ kind: 'column', name, type });

/** Values compare as the column does that they come from; keys as the plan says. */
function fieldOf(e: Expr, name: string, key: Field | undefined, input: Schema): Field {
  const own = key ?? (e.kind === 'column' ? input.find((f) => f.name === e.name) : undefined);
  return { name, type: e.type, ...(own?.collation && { collation: own.collation }) };
}
