import { rowCount, type RecordBatch } from '../../data/batch.ts';
import { rowBytes } from '../../data/footprint.ts';
import { slice } from '../../data/gather.ts';
import { KeyTable } from '../../data/hash.ts';
import { Bug } from '../../base/errors.ts';
import type { Schema } from '../../data/types.ts';
import { compileExpr } from '../../expr/kernel/compile.ts';
import { inputs } from '../../plan/ops.ts';
import type { Domain, Join, Plan } from '../../plan/plan.ts';
import type { RunContext } from '../context.ts';
import type { Operator } from '../operator.ts';

/** The distinct values that the left side of a dependent join has given to its right side. */
type Values = () => RecordBatch;

const domains = new WeakMap<Domain, Values>();

/**
 * A join whose right side reads the distinct values of some expressions over its left side. All of the left is kept
 * until the right is complete, and then goes past it as through any join.
 */
export function dependentJoin(plan: Join & Required<Pick<Join, 'domain'>>, join: Operator): Operator {
  const { params } = plan.domain;
  const kernels = params.map((p) => compileExpr(p.expr, plan.left.schema));
  const schema: Schema = params.map(({ name, expr }) => ({ name, type: expr.type }));
  const table = new KeyTable(schema);
  const kept: RecordBatch[] = [];
  let all: RecordBatch | undefined;
  let bytes = 0;
  const values = () => (all ??= { schema, length: table.size, columns: table.keys() });
  for (const leaf of leavesOf(plan.right, plan.domain.id)) domains.set(leaf, values);

  return {
    wants: (_port, out) => !out.full,
    onBatch(batch, port, out) {
      if (port === 1) return join.onBatch(batch, 1, out);
      table.groupIds(
        kernels.map((kernel) => kernel(batch)),
        batch,
      );
      kept.push(batch);
      bytes += rowBytes(batch);
      return undefined;
    },
    /** All of the left is held until the right has ended. */
    onWatermark: () => undefined,
    async onEnd(port, out) {
      if (port === 0) return;
      await join.onEnd?.(1, out);
      for (const batch of kept.splice(0)) {
        bytes -= rowBytes(batch);
        if (join.wants?.(0, out) ?? !out.full) await join.onBatch(batch, 0, out);
      }
      await join.onEnd?.(0, out);
    },
    held: {
      get bytes() {
        return bytes + table.bytes;
      },
      what: 'the set of rows that a dependent subquery is computed for',
      help: 'filter them first, or compare columns of both sides by =',
    },
    close: (failed) => join.close?.(failed),
  };
}

/** The leaves of one dependent join; those of another that stands inside it have another id. */
function leavesOf(plan: Plan, id: number): readonly Domain[] {
  if (plan.op === 'domain') return plan.id === id ? [plan] : [];
  return inputs(plan).flatMap((input) => leavesOf(input, id));
}

/** The rows of a leaf: its columns of the values, each combination once. */
export function* domainBatches(plan: Domain, { settings }: RunContext): Generator<RecordBatch> {
  const values = domains.get(plan)?.();
  if (values === undefined) throw new Bug('a domain without its join');
  const columns = plan.schema.map((f) => values.columns[values.schema.findIndex((v) => v.name === f.name)]!);
  const given: RecordBatch = { schema: plan.schema, length: values.length, columns };
  const distinct = columns.length === values.columns.length ? given : distinctRows(given);
  for (let at = 0; at < rowCount(distinct); at += settings.batchRows)
    yield slice(distinct, at, at + settings.batchRows);
}

function distinctRows(batch: RecordBatch): RecordBatch {
  const table = new KeyTable(batch.schema);
  table.groupIds(batch.columns, batch);
  return { schema: batch.schema, length: table.size, columns: table.keys() };
}
