import { rowNumbers, type RecordBatch } from '../../data/batch.ts';
import { NO_ROW } from '../../data/gather.ts';
import { KeyTable } from '../../data/hash.ts';
import { bounded } from '../../plan/facts.ts';
import type { SetOperation } from '../../plan/plan.ts';
import type { RunContext } from '../context.ts';
import type { Operator, Output } from '../operator.ts';
import { ordinalField, ordinalKey } from '../ordinal.ts';
import { DistinctKeys } from './distinct.ts';
import { Grace } from './grace.ts';
import { keyedOperator } from './keyed.ts';
import { widen } from './widen.ts';

/**
 * INTERSECT and EXCEPT: the right side is kept as a set, and divided if it does not fit into memory; each kind of row of
 * the left passes at most once.
 */
export function setOperator(plan: SetOperation, context: RunContext): Operator {
  const { schema } = plan;
  const positions = schema.map((_, i) => i);
  const account = context.memory.open();
  const distinct = keyedOperator(plan.left, positions, () => new DistinctKeys(schema, positions), context);
  let right: KeyTable | undefined = new KeyTable(schema);
  let grace: Grace | undefined;

  const divide = (): void => {
    grace = divided(plan, context);
    grace.addRight({ schema, length: right!.size, columns: right!.keys() });
    right = undefined;
    account.close();
  };
  return {
    onBatch(given, port, out) {
      const batch = widen(given, schema);
      if (grace !== undefined) return port === 0 ? grace.addLeft(batch) : grace.addRight(batch);
      if (port === 0) return distinct.onBatch(passing(plan, batch, right!), 0, out);
      right!.groupIds(batch.columns, batch);
      const isTooMuch = account.hold(right!.bytes + right!.growth);
      if (isTooMuch && bounded(plan.left)) divide();
      else if (!bounded(plan.left)) context.memory.refuse(right!.bytes, 'the right side of a set operation', 'let the left side end: LIMIT n'); // prettier-ignore
      return undefined;
    },
    onWatermark: (time, port, out) =>
      port === 1 || grace !== undefined ? undefined : distinct.onWatermark!(time, 0, out),
    async onEnd(port, out) {
      if (port === 1) return;
      if (grace === undefined) await distinct.onEnd!(0, out);
      else if (!out.full) await grace.emit(out);
    },
    close() {
      account.close();
      grace?.close();
      return distinct.close!(false);
    },
  };
}

/** The rows of the left that the right side lets pass. */
function passing({ kind }: SetOperation, batch: RecordBatch, right: KeyTable): RecordBatch {
  const found = right.find(batch.columns, batch);
  const selection = rowNumbers(batch).filter((row) => (found[row] === NO_ROW) === (kind === 'except'));
  return { ...batch, selection };
}

function divided(plan: SetOperation, context: RunContext): Grace {
  const { schema } = plan;
  const own = ({ columns }: RecordBatch): RecordBatch['columns'] => columns.slice(0, schema.length);
  return new Grace(
    {
      ...{ left: schema, right: schema, fields: schema, leftKeys: own, rightKeys: own },
      make: () => part(plan),
      schema: [...schema, ordinalField],
      order: [ordinalKey(schema.length)],
      result: (batch) => ({ schema, length: batch.length, columns: own(batch) }),
    },
    context,
  );
}

/** The operation for rows of some of the keys; they have their numbers as last column. */
function part(plan: SetOperation): Operator {
  const { schema } = plan;
  const right = new KeyTable(schema);
  const seen = new DistinctKeys(
    schema,
    schema.map((_, i) => i),
  );
  return {
    onBatch(batch, port, out: Output) {
      const own = { ...batch, columns: batch.columns.slice(0, schema.length) };
      if (port === 1) return void right.groupIds(own.columns, own);
      const selection = seen.add(passing(plan, own, right));
      return selection.length === 0 ? undefined : out.emit({ ...batch, selection });
    },
  };
}
