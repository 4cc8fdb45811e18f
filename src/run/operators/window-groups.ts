import type { RecordBatch } from '../../data/batch.ts';
import { rowsOf } from '../../data/batch.ts';
import type { Column } from '../../data/column.ts';
import { gather } from '../../data/gather.ts';
import { KeyTable, type Rows } from '../../data/hash.ts';
import { prepareAggregate, type VectorAggregate } from '../../expr/kernel/aggregate.ts';
import { compileExpr } from '../../expr/kernel/compile.ts';
import type { Aggregate } from '../../plan/plan.ts';
import { bareColumns, type BareColumns } from './bare-columns.ts';

/** Groups with their running aggregates, numbered as they come. Their results can be had at any time. */
export interface Groups {
  /** How many groups there are. Without keys there is one from the start. */
  readonly size: number;
  /** About what all of it takes. */
  readonly bytes: number;
  /** The group of each row, by physical row; new ones get numbers. `add` must follow. */
  number(batch: RecordBatch): Uint32Array;
  /** By physical row of some rows with these keys: their groups, `NO_ROW` where there is none. */
  find(keys: readonly Column[], rows: Rows): Uint32Array;
  /** Takes the rows in. */
  add(batch: RecordBatch, ids: Uint32Array): void;
  /** Keys, aggregates and bare columns of these groups, in that order. @throws RowError (sum overflow) */
  results(ids: Uint32Array): Column[];
}

/** @returns a maker of empty sets of groups, which share what is compiled. */
export function prepareGroups(plan: Aggregate): () => Groups {
  const input = plan.input.schema;
  const kernels = plan.keys.map((key) => compileExpr(key.expr, input));
  const prepared = plan.aggregates.map((call) => prepareAggregate(call, input));
  const keyColumns = plan.schema.slice(0, plan.keys.length);
  return () => {
    const table = kernels.length > 0 ? new KeyTable(keyColumns) : undefined;
    const aggregates: readonly VectorAggregate[] = prepared.map((make) => make());
    const bare: BareColumns | undefined = plan.bare.length > 0 ? bareColumns(plan) : undefined;
    const size = (): number => table?.size ?? 1;
    return {
      get size() {
        return size();
      },
      get bytes() {
        return aggregates.reduce((sum, { bytes }) => sum + bytes, (table?.bytes ?? 0) + (bare?.bytes ?? 0));
      },
      number: (batch) =>
        table?.groupIds(
          kernels.map((kernel) => kernel(batch)),
          batch,
        ) ?? new Uint32Array(batch.length),
      find: (keys, rows) => table?.find(keys, rows) ?? new Uint32Array(rows.length),
      add(batch, ids) {
        const n = size();
        for (const aggregate of aggregates) {
          aggregate.grow(n);
          aggregate.update(batch, ids);
        }
        bare?.update(batch, ids, n);
      },
      results(ids) {
        const n = size();
        for (const aggregate of aggregates) aggregate.grow(n);
        return [
          ...(table?.keys() ?? []).map((column) => gather(column, ids)),
          ...aggregates.map((aggregate) => aggregate.finish(n, ids)),
          ...(bare?.finish(n) ?? []).map((column) => gather(column, ids)),
        ];
      },
    };
  };
}

/** Physical numbers of the rows with which a group from `next` on comes for the first time, in the order of the groups. */
export function firstRows(batch: RecordBatch, ids: Uint32Array, next: number): number[] {
  const first: number[] = [];
  for (const row of rowsOf(batch)) if (ids[row] === next + first.length) first.push(row);
  return first;
}
