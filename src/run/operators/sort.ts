import { rowCount, type RecordBatch } from '../../data/batch.ts';
import { Footprint } from '../../data/footprint.ts';
import { concat, gatherBatch } from '../../data/gather.ts';
import { sortRows } from '../../data/order.ts';
import { compileExpr } from '../../expr/kernel/compile.ts';
import type { Sort } from '../../plan/plan.ts';
import type { RunContext } from '../context.ts';
import type { Operator, Output } from '../operator.ts';
import { Pause } from '../pause.ts';
import { SortedRuns } from '../sorted-runs.ts';
import { keysOf } from './sort-keys.ts';

/** With a limit, rows that cannot be among the first are dropped whenever so many have come together. */
const PRUNE_AT = 65_536;
/** Bytes for each row while rows are put in order: their numbers and the words that are sorted, twice. */
const SORTING = 48;

/**
 * Stable. Keeps all rows until the input ends, or, with a limit, little more than that many. What the memory does not
 * hold goes to sorted runs, which are merged at the end.
 */
export function sortOperator(plan: Sort, context: RunContext): Operator {
  const { settings, memory } = context;
  const { schema } = plan.input;
  const kernels = plan.keys.map((key) => compileExpr(key.expr, schema));
  const limit = plan.limit ?? Infinity;
  const account = memory.open();
  const footprint = new Footprint();
  const computedKeys = plan.keys.filter(({ expr }) => expr.kind !== 'column');
  const numbers = computedKeys.filter(({ expr }) => expr.type !== 'TEXT' && expr.type !== 'ANY').length;
  /** How large they are is not known: one that is TEXT is mostly made of the columns. */
  const texts = Math.min(1, computedKeys.length - numbers);
  const { runs, isComputed } = sortedRuns(plan, context);
  let kept: RecordBatch[] = [];
  let rows = 0;

  const sorted = (): { all: RecordBatch; order: Uint32Array; computed: RecordBatch['columns'] } => {
    const all = concat(schema, kept);
    const keys = keysOf(plan.keys, kernels, all);
    const order = sortRows(keys, all.length);
    return {
      all,
      order: limit < order.length ? order.subarray(0, limit) : order,
      computed: keys.filter((_, k) => isComputed(k)).map(({ column }) => column),
    };
  };
  const keep = (batches: RecordBatch[]): void => {
    kept = batches;
    rows = 0;
    footprint.clear();
    for (const batch of batches) take(batch);
  };
  const take = (batch: RecordBatch): void => {
    rows += rowCount(batch);
    footprint.add(batch);
  };
  /** The rows themselves, and while they are sorted a copy of them in one piece, and keys that are no columns. */
  const isTooMuch = (): boolean => account.hold(footprint.bytes * (2 + texts) + rows * (SORTING + numbers * 8));
  const spill = (): void => {
    const { all, order, computed } = sorted();
    runs.add({ ...all, columns: [...all.columns, ...computed] }, order);
    keep([]);
    account.close();
  };
  const emitMerged = async (out: Output): Promise<void> => {
    let left = limit;
    for await (const batch of runs.merged(new Pause(context.signal))) {
      const length = Math.min(left, batch.length);
      left -= length;
      await out.emit({ schema: plan.schema, length, columns: batch.columns.slice(0, schema.length) });
      if (left === 0 || out.full) return;
    }
  };

  return {
    wants: (_port, out) => limit > 0 && !out.full,
    onBatch(batch) {
      kept.push(batch);
      take(batch);
      const tooMuch = isTooMuch();
      if (rows >= Math.max(PRUNE_AT, 2 * limit) || (tooMuch && rows >= 2 * limit)) {
        const { all, order } = sorted();
        // The rows stay in their sorted order: among equal ones it is the order they came in.
        keep([gatherBatch(all, order)]);
        if (isTooMuch()) spill();
      } else if (tooMuch) spill();
    },
    /** All rows are held to the end, which says more than any watermark. */
    onWatermark: () => undefined,
    async onEnd(_port, out) {
      if (!runs.isEmpty) {
        if (rows > 0) spill();
        return emitMerged(out);
      }
      if (rows === 0) return;
      const { all, order } = sorted();
      keep([]);
      for (let at = 0; at < order.length && !out.full; at += settings.batchRows) {
        await out.emit({ ...gatherBatch(all, order.subarray(at, at + settings.batchRows)), schema: plan.schema });
      }
      account.close();
    },
    close() {
      account.close();
      runs.close();
    },
  };
}

/** Runs of the rows of a sort. Keys that are no columns are kept beside them: they need not come out the same again. */
function sortedRuns(
  plan: Sort,
  context: RunContext,
): {
  readonly runs: SortedRuns;
  readonly isComputed: (key: number) => boolean;
} {
  const { schema } = plan.input;
  const extra: { readonly name: string; readonly type: (typeof schema)[number]['type'] }[] = [];
  const isComputed = (k: number): boolean => plan.keys[k]!.expr.kind !== 'column';
  const keys = plan.keys.map(({ expr, descending, nullsFirst, collation }, k) => {
    const order = { type: expr.type, descending, nullsFirst, collation };
    if (expr.kind === 'column') return { at: schema.findIndex((f) => f.name === expr.name), ...order };
    extra.push({ name: `$key${k}`, type: expr.type });
    return { at: schema.length + extra.length - 1, ...order };
  });
  return { runs: new SortedRuns([...schema, ...extra], keys, context), isComputed };
}
