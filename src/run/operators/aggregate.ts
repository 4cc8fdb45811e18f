import { rowCount, type RecordBatch } from '../../data/batch.ts';
import { slice } from '../../data/gather.ts';
import { KeyTable } from '../../data/hash.ts';
import { compileAggregate } from '../../expr/kernel/aggregate.ts';
import { compileExpr } from '../../expr/kernel/compile.ts';
import type { Aggregate } from '../../plan/plan.ts';
import type { RunContext } from '../context.ts';
import type { Operator, Output } from '../operator.ts';
import { bareColumns } from './bare-columns.ts';

/** Hash aggregation: numbers the groups of a batch, then runs each aggregate over the numbers. Output at the end. */
export function aggregateOperator(plan: Aggregate, { settings }: RunContext): Operator {
  const input = plan.input.schema;
  const keys = plan.keys.map((key) => compileExpr(key.expr, input));
  const table = keys.length > 0 ? new KeyTable(plan.schema.slice(0, keys.length)) : undefined;
  const aggregates = plan.aggregates.map((call) => compileAggregate(call, input));
  const bare = plan.bare.length > 0 ? bareColumns(plan) : undefined;
  let oneGroup = new Uint32Array(0);

  /** Group of each row; all zero where there are no keys. */
  const groupsOf = (batch: RecordBatch): Uint32Array => {
    if (table !== undefined)
      return table.groupIds(
        keys.map((key) => key(batch)),
        batch,
      );
    if (oneGroup.length < batch.length) oneGroup = new Uint32Array(batch.length);
    return oneGroup;
  };
  const groups = () => table?.size ?? 1;
  return {
    onBatch(batch) {
      if (rowCount(batch) === 0) return;
      const ids = groupsOf(batch);
      for (const aggregate of aggregates) {
        aggregate.grow(groups());
        aggregate.update(batch, ids);
      }
      bare?.update(batch, ids, groups());
    },
    /** All rows come at the end, which says more than any watermark. */
    onWatermark: () => undefined,
    async onEnd(_port, out) {
      const n = groups();
      for (const aggregate of aggregates) aggregate.grow(n);
      const columns = [
        ...(table?.keys() ?? []),
        ...aggregates.map((aggregate) => aggregate.finish(n)),
        ...(bare?.finish(n) ?? []),
      ];
      await emitInPieces({ schema: plan.schema, length: n, columns }, settings.batchRows, out);
    },
  };
}

async function emitInPieces(batch: RecordBatch, rows: number, out: Output): Promise<void> {
  for (let at = 0; at < batch.length && !out.full; at += rows) await out.emit(slice(batch, at, at + rows));
}
