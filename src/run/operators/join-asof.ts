import { isNullAt } from '../../data/column.ts';
import { rowCount, rowNumbers, rowsOf, type RecordBatch } from '../../data/batch.ts';
import { rowBytes } from '../../data/footprint.ts';
import { concat, gather, NO_ROW, pick } from '../../data/gather.ts';
import type { AsofJoin } from '../../plan/joins.ts';
import type { Schema } from '../../data/types.ts';
import { bounded } from '../../plan/facts.ts';
import type { RunContext } from '../context.ts';
import type { Operator } from '../operator.ts';
import type { Grace } from './grace.ts';
import { graceAsof } from './join-grace.ts';
import { joinKeys } from './join-keys.ts';
import { crossOrder, firstPosition, sortedParts } from './join-sorted.ts';

/**
 * The right side is kept whole, ordered within each key; each row of the left then finds its place by halving. A right
 * side that does not fit into memory is divided by the columns that are compared by `=`, and the left with it.
 *
 * @param context absent where the right side has to stay in memory.
 */
export function asofOperator(plan: AsofJoin, context?: RunContext): Operator {
  const isDivisible = plan.equal.length > 0 && bounded(plan.left);
  const account = context?.memory.open();
  const waiting: RecordBatch[] = [];
  let bytes = 0;
  let right: RecordBatch | undefined;
  let nearest: ((left: RecordBatch) => Uint32Array) | undefined;
  let grace: Grace | undefined;
  const divide = (): void => {
    grace = graceAsof(plan, asofOperator, context!);
    for (const batch of waiting.splice(0)) grace.addRight(batch);
    account!.close();
  };
  return {
    wants: (port, out) => !out.full && !(port === 0 && right?.length === 0 && plan.kind === 'inner'),
    onBatch(batch, port, out) {
      if (grace !== undefined) return port === 0 ? grace.addLeft(batch) : grace.addRight(batch);
      if (port === 1) {
        if (rowCount(batch) > 0) waiting.push(batch);
        // The rows, and a copy of them in one piece with its order.
        bytes += rowBytes(batch) * 2 + rowCount(batch) * 24;
        if (account?.hold(bytes) === true && isDivisible) divide();
        else context?.memory.refuse(bytes, 'the right side of an ASOF join', 'put the smaller side to the right, or filter it first'); // prettier-ignore
        return undefined;
      }
      const found = sideBySide(plan, batch, nearest!(batch), right!);
      return found.length === 0 ? undefined : out.emit(found);
    },
    /** What is divided comes out at the end; else the rows of the left pass. */
    onWatermark: (time, port, out) => (port === 1 || grace !== undefined ? undefined : out.watermark(time)),
    onEnd(port, out) {
      if (grace !== undefined) return port === 0 && !out.full ? grace.emit(out) : undefined;
      if (port === 0) return undefined;
      right = concat(plan.right.schema, waiting);
      waiting.length = 0;
      nearest = nearestIn(plan, right);
      return undefined;
    },
    close() {
      account?.close();
      grace?.close();
    },
  };
}

/** For each row of a left batch, by row: the row of `right` that is nearest to it, or `NO_ROW`. */
function nearestIn(plan: AsofJoin, right: RecordBatch): (left: RecordBatch) => Uint32Array {
  const { nearest, equal } = plan;
  const keys = joinKeys(equal, plan.left.schema, plan.right.schema);
  const order = joinKeys([nearest], plan.left.schema, plan.right.schema);
  const { type, collation } = order.fields[0]!;
  const values = { column: order.right(right)[0]!, type };
  const parts = sortedParts(keys, values, collation, right);
  const among = crossOrder(values, values, collation);
  const { rows, starts } = parts;
  const isStrict = nearest.compare.length === 1;
  const isBefore = nearest.compare.startsWith('>');
  return (left) => {
    const column = order.left(left)[0]!;
    const compare = crossOrder({ column, type }, values, collation);
    const found = parts.find(left);
    for (const row of rowsOf(left)) {
      const part = found[row]!;
      found[row] = NO_ROW;
      if (part === NO_ROW || isNullAt(column, row)) continue;
      const [from, to] = [starts[part]!, starts[part + 1]!];
      // The first right row above the left one; where that is no match itself, its equals are above, too.
      const above =
        isStrict === isBefore
          ? firstPosition(rows, from, to, (r) => compare(row, r) <= 0)
          : firstPosition(rows, from, to, (r) => compare(row, r) < 0);
      if (isBefore) {
        if (above > from) found[row] = rows[above - 1]!;
      } else if (above < to) {
        const first = rows[above]!;
        found[row] = rows[firstPosition(rows, above, to, (r) => among(first, r) < 0) - 1]!;
      }
    }
    return found;
  };
}

/** Rows of the left with the rows of the right that were found for them; without one they are dropped, or have NULLs. */
export function sideBySide(
  { kind, schema }: { readonly kind: 'inner' | 'left'; readonly schema: Schema },
  left: RecordBatch,
  found: Uint32Array,
  right: RecordBatch,
): RecordBatch {
  const rows = rowNumbers(left);
  const kept = kind === 'left' ? rows : rows.filter((row) => found[row] !== NO_ROW);
  const rights = kept.map((row) => found[row]!);
  return {
    schema,
    length: kept.length,
    columns: [...left.columns.map((c) => pick(c, kept)), ...right.columns.map((c) => gather(c, rights))],
  };
}
