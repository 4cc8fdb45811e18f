import { rowsOf, type RecordBatch } from '../../data/batch.ts';
import { columnBuilder } from '../../data/builder.ts';
import { cell } from '../../data/cell.ts';
import type { Column } from '../../data/column.ts';
import { compareValues } from '../../data/compare.ts';
import type { Value } from '../../data/value.ts';
import { compileExpr, compilePredicate } from '../../expr/kernel/compile.ts';
import type { Aggregate, AggregateCall } from '../../plan/plan.ts';

/**
 * Columns that are neither grouped by nor aggregated. As in SQLite they come from the row that gave the only min() or
 * max() of the query (the first of equal ones); without such a call, and where its FILTER lets no row through, from the
 * first row of the group.
 * https://sqlite.org/lang_select.html#bareagg
 */
export interface BareColumns {
  update(batch: RecordBatch, ids: Uint32Array, groups: number): void;
  finish(groups: number): Column[];
  /** Forgets all groups but these, which get new numbers: their places in `groups`. */
  retain(groups: Uint32Array): void;
  /** About what is kept. */
  readonly bytes: number;
}

/** An array of cells; a cell beside its text. */
const ROW = 80;
const VALUE = 32;

const textLength = (cells: readonly Value[]): number =>
  cells.reduce<number>((sum, v) => sum + (typeof v === 'string' || v instanceof Uint8Array ? v.length : 0), 0);

export function bareColumns(plan: Aggregate): BareColumns {
  const input = plan.input.schema;
  const kernels = plan.bare.map(({ expr }) => compileExpr(expr, input));
  const extremes = plan.aggregates.filter((a) => (a.fn === 'min' || a.fn === 'max') && a.args.length === 1);
  const extreme = extremes.length === 1 ? extremeOf(extremes[0]!, plan) : undefined;
  let kept: Value[][] = [];
  let texts = 0;

  return {
    update(batch, ids, groups) {
      while (kept.length < groups) kept.push([]);
      const columns = kernels.map((kernel) => kernel(batch));
      const wins = extreme?.test(batch);
      for (const row of rowsOf(batch)) {
        const group = ids[row]!;
        const isExtreme = wins?.(group, row) === true;
        if (!isExtreme && kept[group]!.length > 0) continue;
        texts -= textLength(kept[group]!);
        kept[group] = columns.map((column, c) => cell(column, plan.bare[c]!.expr.type, row));
        texts += textLength(kept[group]);
      }
    },
    get bytes() {
      return kept.length * (ROW + plan.bare.length * VALUE) + texts;
    },
    retain(groups) {
      kept = Array.from(groups, (group) => kept[group] ?? []);
      texts = kept.reduce((sum, cells) => sum + textLength(cells), 0);
      extreme?.retain(groups);
    },
    finish: (groups) =>
      plan.bare.map(({ expr }, c) => {
        const builder = columnBuilder(expr.type, groups);
        for (let group = 0; group < groups; group++) builder.append(kept[group]?.[c] ?? null);
        return builder.finish();
      }),
  };
}

interface Extreme {
  readonly test: (batch: RecordBatch) => (group: number, row: number) => boolean;
  readonly retain: (groups: Uint32Array) => void;
}

/** For each batch a test: is this row the new extreme of its group? Rows of NULL count until the first value comes. */
function extremeOf(call: AggregateCall, plan: Aggregate): Extreme {
  const arg = call.args[0]!;
  const kernel = compileExpr(arg, plan.input.schema);
  const filter = call.filter && compilePredicate(call.filter, plan.input.schema);
  const field = arg.kind === 'column' ? plan.input.schema.find((f) => f.name === arg.name) : undefined;
  const collation = field?.collation ?? 'BINARY';
  let best: Value[] = [];
  const test: Extreme['test'] = (batch) => {
    const column = kernel(batch);
    const passing = filter && new Set(filter(batch));
    return (group, row) => {
      if (passing && !passing.has(row)) return false;
      const value = cell(column, arg.type, row);
      const old = best[group] ?? null;
      if (value === null) return old === null;
      if (old !== null) {
        const order = compareValues(value, old, collation);
        if (call.fn === 'min' ? order >= 0 : order <= 0) return false;
      }
      best[group] = value;
      return true;
    };
  };
  return { test, retain: (groups) => (best = Array.from(groups, (group) => best[group] ?? null)) };
}
