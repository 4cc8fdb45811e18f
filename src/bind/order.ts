import { evaluate } from '../expr/evaluate.ts';
import { integerOf } from '../expr/compare.ts';
import type { Field } from '../data/types.ts';
import { conjoin, integer, type Expr, type SortKey } from '../expr/expr.ts';
import type { Plan } from '../plan/plan.ts';
import type * as ast from '../syntax/ast.ts';
import { call, sortKey } from './call.ts';
import { hasSubquery } from './contains.ts';
import { newStage, settle, type ExprContext, type QueryContext, type Typed } from './context.ts';
import { constant } from './constant.ts';
import { bindExpr, collationNamed } from './expr.ts';
import { collect, fault, originOf } from './fault.ts';
import { columnTyped } from './items.ts';
import { Names } from './names.ts';
import { Overs } from './overs.ts';
import { fieldRef, filterPlan, projectPlan } from './plans.ts';
import { visible, type Relation } from './scope.ts';

/** The 0-based output column that a bare integer in ORDER BY or GROUP BY means; undefined for any other expression. */
export function positionOf(e: ast.Expr, width: number, clause: string): number | undefined {
  const plain = e.kind === 'collate' ? e.arg : e;
  if (plain.kind !== 'literal' || plain.type !== 'integer') return undefined;
  const position = Number(plain.text);
  if (position >= 1 && position <= width) return position - 1;
  return fault('E0201', e.span, `${clause} position ${plain.text} is out of range`, {
    label: `the query has ${width} column${width === 1 ? '' : 's'}`,
  });
}

/** An output as ORDER BY asks for it: `1 COLLATE NOCASE`. */
export const collatedAs = (e: ast.Expr, typed: Typed): Typed =>
  e.kind === 'collate' ? { ...typed, collation: collationNamed(e.collation), explicit: true } : typed;

/** ORDER BY behind something that is no SELECT: a set operation, VALUES, FROM or a pipe. */
export function ordered(query: QueryContext, relation: Relation, orderBy: readonly ast.OrderItem[]): Relation {
  if (orderBy.length === 0) return relation;
  const stage = newStage(new Names(relation.plan.schema.map((f) => f.name)));
  const cx: ExprContext = { query, scope: relation, clause: 'ORDER BY', stage, overs: new Overs() };
  const shown = visible(relation.columns);
  const keys = collect(orderBy, (item): SortKey => {
    const position = positionOf(item.expr, shown.length, 'ORDER BY');
    return sortKey(
      item,
      position === undefined ? bindExpr(cx, item.expr) : collatedAs(item.expr, columnTyped(shown[position]!)),
    );
  });
  const input = settle(stage, relation.plan);
  return { ...relation, plan: { op: 'sort', schema: input.schema, input, keys, origin: originOf(orderBy[0]!.span) } };
}

/** LIMIT and OFFSET: constants, or values that subqueries have a part in; negative means none. */
export function limited(query: QueryContext, input: Plan, limit: ast.Limit | undefined): Plan {
  if (limit === undefined) return input;
  if ([limit.count, limit.offset].some((e) => e !== undefined && hasSubquery(e)))
    return limitedLate(query, input, limit);
  const count = limit.count && wholeNumber(query, limit.count, 'LIMIT');
  const offset = Math.max(0, limit.offset === undefined ? 0 : wholeNumber(query, limit.offset, 'OFFSET'));
  const counted = count !== undefined && count >= 0 ? { count } : {};
  if (!('count' in counted) && offset === 0) return input;
  return { op: 'limit', schema: input.schema, input, offset, ...counted, origin: originOf(limit.span) };
}

/** Rows are numbered, and chosen by their number when the values are known. */
function limitedLate(query: QueryContext, input: Plan, { count, offset, span }: ast.Limit): Plan {
  const names = new Names(input.schema.map((f) => f.name));
  const number: Field = { name: names.fresh('number'), type: 'INTEGER' };
  const stage = newStage(names);
  const cx: ExprContext = { query, scope: { columns: [] }, clause: 'LIMIT', stage };
  const value = (e: ast.Expr): Expr => ({ kind: 'cast', arg: bindExpr(cx, e).expr, to: 'INTEGER', type: 'INTEGER' });
  const skipped = call('max', [integer(0), offset === undefined ? integer(0) : value(offset)]);
  const behind = call('-', [fieldRef(number), skipped]);
  const most = count && value(count);
  const isWanted = most && call('or', [call('<', [most, integer(0)]), call('<=', [behind, most])]);
  const numbered: Plan = { op: 'numbered', schema: [...input.schema, number], input, name: number.name };
  const chosen = conjoin([call('>', [behind, integer(0)]), ...(isWanted ? [isWanted] : [])]);
  return projectPlan(filterPlan(settle(stage, numbered), chosen, span), input.schema, input.schema.map(fieldRef));
}

function wholeNumber(query: QueryContext, e: ast.Expr, clause: string): number {
  const value = evaluate(constant(query, e, clause), () => null);
  const isWhole =
    typeof value === 'bigint' ||
    (typeof value === 'number' && Number.isInteger(value)) ||
    (typeof value === 'string' && /^\s*[-+]?\d+\s*$/.test(value));
  if (!isWhole) fault('E0203', e.span, `${clause} needs a whole number`, { label: 'this is none' });
  return Number(integerOf(typeof value === 'string' ? BigInt(value.trim()) : value));
}
