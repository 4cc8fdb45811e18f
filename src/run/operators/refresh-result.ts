import { rowCount, type RecordBatch } from '../../data/batch.ts';
import { concat } from '../../data/gather.ts';
import type { Current } from '../../plan/changes.ts';
import { inputs } from '../../plan/ops.ts';
import type { Domain, Plan } from '../../plan/plan.ts';
import type { RunContext } from '../context.ts';
import { inputOrder, portsInOrder } from '../input-order.ts';
import type { Operator, Output } from '../operator.ts';
import { positionsOf } from './positions.ts';
import { valuesBatch } from './values.ts';

/** What a query needs to be run over rows that are there. */
export interface ResultRequest {
  readonly context: RunContext;
  readonly operatorOf: (plan: Plan, context: RunContext) => Operator;
  readonly domainOf: (plan: Domain, context: RunContext) => Iterable<RecordBatch>;
  /** The rows of the input of this number. */
  readonly rowsOf: (input: number) => readonly RecordBatch[];
}

/** The rows that a query gives, without a selection. It is run at once, from its leaves to its root. */
export async function resultOf(query: Plan, request: ResultRequest): Promise<RecordBatch> {
  // Rows that were late are so each time; they are counted where they first were.
  const progress = { ...request.context.progress };
  const context = { ...request.context, progress };
  return concat(query.schema, await rowsFrom(query, { ...request, context }));
}

async function rowsFrom(plan: Plan, request: ResultRequest): Promise<readonly RecordBatch[]> {
  switch (plan.op) {
    case 'current':
      return request.rowsOf(plan.input).map((batch) => narrowed(plan, batch));
    case 'values':
      return [valuesBatch(plan)];
    case 'domain':
      return [...request.domainOf(plan, request.context)];
    default:
      return throughOperator(plan, request);
  }
}

async function throughOperator(plan: Plan, request: ResultRequest): Promise<readonly RecordBatch[]> {
  const found: RecordBatch[] = [];
  const out: Output = {
    emit: (batch) => void (rowCount(batch) > 0 && found.push(batch)),
    watermark: () => undefined,
    full: false,
  };
  const below = inputs(plan);
  const operator = request.operatorOf(plan, request.context);
  try {
    for (const port of portsInOrder(inputOrder(plan), below.length)) {
      const wants = (): boolean => operator.wants?.(port, out) ?? true;
      for (const batch of wants() ? await rowsFrom(below[port]!, request) : [])
        if (wants() && rowCount(batch) > 0) await operator.onBatch(batch, port, out);
      await operator.onEnd?.(port, out);
    }
  } finally {
    await operator.close?.(false);
  }
  return found;
}

function narrowed({ schema }: Current, batch: RecordBatch): RecordBatch {
  const at = positionsOf(
    schema.map((f) => f.name),
    batch.schema,
  );
  return { ...batch, schema, columns: at.map((c) => batch.columns[c]!) };
}
