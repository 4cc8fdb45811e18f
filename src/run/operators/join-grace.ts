import type { RecordBatch } from '../../data/batch.ts';
import type { Field, Schema } from '../../data/types.ts';
import type { AsofJoin } from '../../plan/joins.ts';
import type { Join, JoinPair } from '../../plan/plan.ts';
import type { RunContext } from '../context.ts';
import type { Operator } from '../operator.ts';
import { ordinalField, ordinalKey } from '../ordinal.ts';
import { Grace } from './grace.ts';
import { BlockJoin } from './join-blocks.ts';
import { joinKeys } from './join-keys.ts';
import type { HeldElsewhere } from './join-spill.ts';

/**
 * A join whose right side does not fit into memory.
 *
 * @param pairs by which both sides are divided. @param make the join that keeps its right side in memory. @param makeLarge
 * the one for rows that cannot be divided.
 */
export function graceJoin(
  plan: Join,
  pairs: readonly JoinPair[],
  make: (plan: Join) => Operator,
  context: RunContext,
  makeLarge?: (plan: Join) => HeldElsewhere,
): Grace {
  const [left, right] = [plan.left.schema, plan.right.schema];
  const keys = joinKeys(pairs, left, right);
  const inner = numberedJoin(plan);
  const isPair = plan.kind !== 'semi' && plan.kind !== 'anti' && plan.kind !== 'mark';
  const own = (batch: RecordBatch): RecordBatch['columns'] => [
    ...batch.columns.slice(0, left.length),
    ...batch.columns.slice(left.length + 1, isPair ? -1 : undefined),
  ];
  return new Grace(
    {
      left,
      right,
      fields: keys.fields,
      leftKeys: keys.left,
      rightKeys: keys.right,
      make: () => make(inner),
      ...(plan.kind !== 'mark' && { makeLarge: () => new BlockJoin(inner, context) }),
      ...(makeLarge && { makeLarge: () => makeLarge(inner) }),
      schema: inner.schema,
      order: [ordinalKey(left.length), ...(isPair ? [ordinalKey(inner.schema.length - 1)] : [])],
      result: (batch) => ({ schema: plan.schema, length: batch.length, columns: own(batch) }),
    },
    context,
  );
}

/** An ASOF join whose right side does not fit into memory. @param make the one that keeps its right side in memory. */
export function graceAsof(plan: AsofJoin, make: (plan: AsofJoin) => Operator, context: RunContext): Grace {
  const [left, right] = [numbered(plan.left.schema, '$left'), numbered(plan.right.schema, '$right')];
  const keys = joinKeys(plan.equal, plan.left.schema, plan.right.schema);
  const inner = { ...plan, left: rows(left), right: rows(right), schema: [...left, ...right] };
  return new Grace(
    {
      ...{ left: plan.left.schema, right: plan.right.schema },
      ...{ fields: keys.fields, leftKeys: keys.left, rightKeys: keys.right },
      make: () => make(inner),
      schema: inner.schema,
      order: [ordinalKey(left.length - 1)],
      result: ({ length, columns }) => ({
        ...{ schema: plan.schema, length },
        columns: [...columns.slice(0, left.length - 1), ...columns.slice(left.length, -1)],
      }),
    },
    context,
  );
}

/** The same join of rows that have a number more on each side. */
function numberedJoin(plan: Join): Join {
  const { kind } = plan;
  const left = numbered(plan.left.schema, '$left');
  const right = numbered(plan.right.schema, '$right');
  const isPair = kind !== 'semi' && kind !== 'anti' && kind !== 'mark';
  const behind = isPair ? right : kind === 'mark' ? plan.schema.slice(-1) : [];
  return { ...plan, left: rows(left), right: rows(right), schema: [...left, ...behind] };
}

const numbered = (schema: Schema, name: string): Field[] => [...schema, { ...ordinalField, name }];
const rows = (schema: Schema) => ({ op: 'values', schema, rows: [] }) as const;
