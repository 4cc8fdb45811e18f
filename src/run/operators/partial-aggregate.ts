import { rowCount } from '../../data/batch.ts';
import { conjoin, integer, nullLiteral, type Expr } from '../../expr/expr.ts';
import type { Aggregate, AggregateCall } from '../../plan/plan.ts';
import type { RunContext } from '../context.ts';
import type { Operator, Output } from '../operator.ts';
import { aggregateOperator } from './aggregate.ts';
import { projectOperator } from './project.ts';

/**
 * So many rows are grouped at a time, twice as many each time: first few, to see if it pays, and then not more than keep
 * the memory bounded that groups take, however many there are.
 */
const FIRST = 1 << 14;
const MOST = 1 << 17;

/**
 * Groups that are grouped again above (law G1): some rows at a time. Where these make nearly as many groups, the rows
 * that follow are handed on as groups of one row, which costs next to nothing.
 *
 * Larson: Data Reduction by Partial Preaggregation (ICDE 2002).
 */
export function partialAggregate(plan: Aggregate, context: RunContext): Operator {
  const { partial: _, ...whole } = plan;
  const single = ofOneRow(plan);
  const each = single && projectOperator({ op: 'project', input: plan.input, exprs: single, schema: plan.schema });
  let groups: Operator | undefined;
  let rows = 0;
  let atATime = FIRST;
  let isHandedOn = false;

  const flush = async (out: Output): Promise<void> => {
    if (groups === undefined) return;
    let given = 0;
    await groups.onEnd!(0, {
      emit: (batch) => {
        given += rowCount(batch);
        return out.emit(batch);
      },
      watermark: () => undefined,
      get full() {
        return out.full;
      },
    });
    await groups.close!(false);
    groups = undefined;
    isHandedOn = each !== undefined && given * 2 > rows;
    rows = 0;
    atATime = Math.min(2 * atATime, MOST);
  };
  return {
    onBatch(batch, port, out) {
      if (isHandedOn) return each!.onBatch(batch, port, out);
      groups ??= aggregateOperator(whole, context);
      const pending = groups.onBatch(batch, port, out);
      rows += rowCount(batch);
      return rows < atATime ? pending : Promise.resolve(pending).then(() => flush(out));
    },
    onWatermark: () => undefined,
    onEnd: (_port, out) => flush(out),
    close: (failed) => groups?.close?.(failed),
  };
}

/** What a group of one row gives; undefined where that takes more than to look at its columns. */
function ofOneRow({ schema, keys, aggregates }: Aggregate): readonly Expr[] | undefined {
  const exprs = schema.map(
    ({ name }) => keys.find((k) => k.name === name)?.expr ?? valueOf(aggregates.find((a) => a.name === name)),
  );
  return exprs.includes(undefined) ? undefined : (exprs as readonly Expr[]);
}

function valueOf(call: AggregateCall | undefined): Expr | undefined {
  if (call === undefined || call.distinct) return undefined;
  const { fn, args, filter } = call;
  const [arg] = args;
  if (fn === 'count') {
    const isCounted = [...(filter ? [filter] : []), ...(arg ? [{ ...isKnown, args: [arg] }] : [])];
    return isCounted.length === 0 ? integer(1) : either(conjoin(isCounted), integer(1), integer(0));
  }
  if (arg === undefined || !(fn === 'min' || fn === 'max' || (fn === 'sum' && arg.type === 'INTEGER')))
    return undefined;
  return filter === undefined ? arg : either(filter, arg, nullLiteral);
}

const isKnown = { kind: 'call', fn: 'notnull', type: 'BOOLEAN' } as const;
const either = (when: Expr, then: Expr, otherwise: Expr): Expr => ({
  kind: 'case',
  branches: [{ when, then }],
  otherwise,
  type: then.type,
});
