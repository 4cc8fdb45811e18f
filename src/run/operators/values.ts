import type { RecordBatch } from '../../data/batch.ts';
import { batchOf } from '../../data/builder.ts';
import { evaluate } from '../../expr/evaluate.ts';
import type { Values } from '../../plan/plan.ts';

/** The rows of VALUES; their expressions read no column. */
export const valuesBatch = (plan: Values): RecordBatch =>
  batchOf(
    plan.schema,
    plan.rows.map((row) => row.map((e) => evaluate(e, () => null))),
  );
