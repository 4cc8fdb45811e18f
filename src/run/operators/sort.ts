import { rowCount, type RecordBatch } from '../../data/batch.ts';
import { concat, gatherBatch } from '../../data/gather.ts';
import { sortRows } from '../../data/order.ts';
import { compileExpr } from '../../expr/kernel/compile.ts';
import type { Sort } from '../../plan/plan.ts';
import type { RunContext } from '../context.ts';
import type { Operator } from '../operator.ts';

/** With a limit, rows that cannot be among the first are dropped whenever so many have come together. */
const PRUNE_AT = 65_536;

/** Stable. Keeps all rows until the input ends, or, with a limit, little more than that many. */
export function sortOperator(plan: Sort, { settings }: RunContext): Operator {
  const { schema } = plan.input;
  const kernels = plan.keys.map((key) => compileExpr(key.expr, schema));
  const limit = plan.limit ?? Infinity;
  let kept: RecordBatch[] = [];
  let rows = 0;

  const sorted = (): { all: RecordBatch; order: Uint32Array } => {
    const all = concat(schema, kept);
    const keys = plan.keys.map((key, k) => ({
      column: kernels[k]!(all),
      type: key.expr.type,
      descending: key.descending,
      nullsFirst: key.nullsFirst,
      collation: key.collation ?? 'BINARY',
    }));
    const order = sortRows(keys, all.length);
    return { all, order: limit < order.length ? order.subarray(0, limit) : order };
  };
  return {
    wants: (_port, out) => limit > 0 && !out.full,
    onBatch(batch) {
      kept.push(batch);
      rows += rowCount(batch);
      if (rows < Math.max(PRUNE_AT, 2 * limit)) return;
      const { all, order } = sorted();
      // The rows stay in their sorted order: among equal ones it is the order they came in.
      kept = [gatherBatch(all, order)];
      rows = order.length;
    },
    /** All rows are held to the end, which says more than any watermark. */
    onWatermark: () => undefined,
    async onEnd(_port, out) {
      if (rows === 0) return;
      const { all, order } = sorted();
      kept = [];
      for (let at = 0; at < order.length && !out.full; at += settings.batchRows) {
        await out.emit({ ...gatherBatch(all, order.subarray(at, at + settings.batchRows)), schema: plan.schema });
      }
    },
  };
}
