import type { Expr, SortKey } from '../expr/expr.ts';
import type { Field } from '../data/types.ts';
import type { Plan } from '../plan/plan.ts';
import type * as ast from '../syntax/ast.ts';
import { AggregateCalls, fieldOfTyped, type GroupKey } from './aggregate.ts';
import { sortKey } from './call.ts';
import { newStage, settle, type ExprContext, type QueryContext, type Typed } from './context.ts';
import { bindExpr, bindPredicate } from './expr.ts';
import { collect, fault, originOf, textOf, together } from './fault.ts';
import { bindFrom } from './from.ts';
import { aliasesOf, bindItem, expandItems, itemLabel, type SelectItem } from './items.ts';
import { distinctKeys, overSets } from './grouping-sets.ts';
import { stored } from './interval.ts';
import { Names, sameName } from './names.ts';
import { Overs } from './overs.ts';
import { collatedAs, limited, positionOf } from './order.ts';
import { fieldRef, filterPlan, projectPlan } from './plans.ts';
import { qualified, requireOver } from './qualify.ts';
import { hiddenOf, timeOf, type Relation } from './scope.ts';
import { bindWhere } from './where.ts';
import { closingGroups, groupTime } from './window-closing.ts';
import { without } from './without.ts';

/** An output column while its SELECT is bound: first over the input, then (lifted) over what the projection reads. */
interface Output {
  readonly item: SelectItem;
  readonly label: string;
  readonly typed: Typed;
}

/** SELECT with its ORDER BY and LIMIT: FROM, WHERE, GROUP BY, HAVING, projection, DISTINCT, order, limit. */
export function bindSelect(
  query: QueryContext,
  select: ast.Select,
  orderBy: readonly ast.OrderItem[],
  limit: ast.Limit | undefined,
): Relation {
  const from = bindFrom(query, select.from);
  const names = new Names(from.plan.schema.map((f) => f.name));
  const items = expandItems(from, select.items);
  const aliases = aliasesOf(items);
  const where: ExprContext = { query, scope: from, clause: 'WHERE', stage: newStage(names), aliases };
  const above = newStage(names);
  const calls = new AggregateCalls(newStage(names), above);
  calls.aliases = aliases;
  const overs = new Overs(select.windows);
  const cx: ExprContext = { query, scope: from, clause: 'SELECT', stage: above, aggregates: calls, overs };
  // HAVING chooses the groups that windows see, so what it needs stands below them.
  const belowHaving = { ...newStage(names), added: above.added };
  const [outputs, filtered, having] = together<[Output[], Plan, Expr | undefined]>(
    () => collect(items, (item) => ({ item, label: itemLabel(cx, item), typed: bindItem(cx, item) })),
    () => (select.where === undefined ? from.plan : bindWhere(where, from.plan, select.where)),
    () =>
      select.having &&
      bindPredicate({ ...without(cx, 'overs'), aliases, clause: 'HAVING', stage: belowHaving }, select.having),
  );
  const term = (clause: string) => (o: ast.OrderItem) => orderTerm({ ...cx, aliases, clause }, o, outputs);
  const [keys, order, on, qualify] = together<
    [readonly GroupKey[], OrderTerm[], OrderTerm[] | undefined, Expr | undefined]
  >(
    () => groupKeys({ ...where, clause: 'GROUP BY', stage: calls.stage }, select, outputs, calls, overs),
    () => collect(orderBy, term('ORDER BY')),
    () => select.distinctOn?.map((e) => term('DISTINCT ON')({ span: e.span, expr: e, descending: false })),
    () => select.qualify && bindPredicate({ ...cx, aliases, clause: 'QUALIFY' }, select.qualify),
  );
  if (select.qualify !== undefined) requireOver(overs, select.qualify, select.groupBy !== undefined || calls.used);

  if (select.groupBy === undefined && !calls.used) {
    if (select.having !== undefined) {
      fault('E0202', select.having.span, 'HAVING without GROUP BY or an aggregate', {
        help: ['use WHERE for conditions on rows'],
      });
    }
    const plan = qualified(settle(above, filtered), qualify, select.qualify);
    return finish(query, { ...from, plan }, select, outputs, order, on, limit);
  }
  const sets =
    select.groupingSets && overSets(filtered, ...distinctKeys(keys, select.groupingSets), names, select.span);
  calls.name(
    sets?.keys ?? keys,
    new Map(outputs.map((o) => [stored(o.typed.expr), o.item.alias?.text ?? o.label])),
    sets?.sets,
  );
  const lift = (typed: Typed): Typed => ({ ...typed, expr: calls.lift(typed.expr) });
  const liftedOutputs = outputs.map((o) => ({ ...o, typed: lift(o.typed) }));
  const liftedOrder = order.map((o) => ({ ...o, typed: lift(o.typed) }));
  const liftedOn = on?.map((o) => ({ ...o, typed: lift(o.typed) }));
  const liftedHaving = having && calls.lift(having);
  const liftedQualify = qualify && calls.lift(qualify);
  // What the stage above adds is lifted as it is put in place, which may need further columns of the aggregation.
  const bare = query.settings['bare_columns'] === 'error' ? 'error' : 'allow';
  for (const stage of [belowHaving, above]) for (const lifted of stage.lifts.splice(0)) lifted();
  const aggregated = settle(
    belowHaving,
    closingGroups(query, calls.plan(sets?.plan ?? filtered, select.span, bare), from.eventTime),
  );
  const groups = liftedHaving === undefined ? aggregated : filterPlan(aggregated, liftedHaving, select.having!.span);
  const plan = qualified(settle(above, groups), liftedQualify, select.qualify);
  return finish(query, { plan, columns: [], ...groupTime(plan) }, select, liftedOutputs, liftedOrder, liftedOn, limit);
}

/** One ORDER BY term: a whole output column, or an expression of its own. */
interface OrderTerm {
  readonly item: ast.OrderItem;
  readonly typed: Typed;
}

function orderTerm(cx: ExprContext, item: ast.OrderItem, outputs: readonly Output[]): OrderTerm {
  const position = positionOf(item.expr, outputs.length, cx.clause);
  if (position !== undefined) return { item, typed: collatedAs(item.expr, outputs[position]!.typed) };
  const { expr } = item;
  // COLLATE may stand behind the name of an output: ORDER BY n COLLATE NOCASE.
  const plain = expr.kind === 'collate' ? expr.arg : expr;
  const name = plain.kind === 'column' && plain.name.parts.length === 1 ? plain.name.parts[0]!.text : undefined;
  const named =
    name === undefined
      ? undefined
      : outputs.find((o) => o.item.alias !== undefined && sameName(o.item.alias.text, name));
  if (named === undefined || plain.kind !== 'column') return { item, typed: bindExpr(cx, expr) };
  if (expr.kind !== 'collate') return { item, typed: named.typed };
  return {
    item,
    typed: {
      ...bindExpr({ ...cx, aliases: new Map([[name!.toLowerCase(), named.item.expr!]]) }, expr),
      expr: named.typed.expr,
    },
  };
}

function groupKeys(
  cx: ExprContext,
  { groupBy }: ast.Select,
  outputs: readonly Output[],
  calls: AggregateCalls,
  overs: Overs,
): readonly GroupKey[] {
  if (groupBy === undefined) return [];
  const typed: readonly { typed: Typed; name: string }[] =
    groupBy === 'all'
      ? outputs
          .filter(({ typed: { expr } }) => !calls.isIn(expr) && !overs.isIn(expr))
          .map((o) => ({ typed: bindItem(cx, o.item), name: o.label }))
      : collect(groupBy, (e) => {
          const position = positionOf(e, outputs.length, 'GROUP BY');
          if (position === undefined) return { typed: bindExpr(cx, e), name: keyName(e) };
          const output = outputs[position]!;
          if (calls.isIn(output.typed.expr)) {
            fault('E0202', e.span, 'grouping by an aggregate', {
              label: `column ${position + 1} is \`${output.label}\``,
            });
          }
          return { typed: bindItem(cx, output.item), name: output.label };
        });
  return typed.map(({ typed: key, name }) => {
    const text = JSON.stringify(key.expr);
    const same = outputs.find((o) => o.item.alias !== undefined && JSON.stringify(o.typed.expr) === text);
    return { typed: { ...key, expr: stored(key.expr) }, name: same?.label ?? name };
  });
}

const keyName = (e: ast.Expr): string => (e.kind === 'column' ? e.name.parts.at(-1)!.text : textOf(e.span));

/** Projection, DISTINCT, order and limit. Order terms that are no output are carried along and dropped at the end. */
function finish(
  query: QueryContext,
  input: Relation,
  select: ast.Select,
  outputs: readonly Output[],
  order: readonly OrderTerm[],
  distinctOn: readonly OrderTerm[] | undefined,
  limit: ast.Limit | undefined,
): Relation {
  const hidden = hiddenOf(input);
  const names = new Names(hidden.map((f) => f.name));
  const fields: Field[] = outputs.map((o) => fieldOfTyped(names.fresh(o.label), o.typed));
  const exprs: Expr[] = outputs.map((o) => stored(o.typed.expr));
  const texts = exprs.map((e) => JSON.stringify(e));
  const shown = fields.length;
  const columnOf = ({ item, typed }: OrderTerm): Field => {
    const text = JSON.stringify(stored(typed.expr));
    let at = texts.indexOf(text);
    if (at < 0) {
      at = fields.push(fieldOfTyped(names.fresh(textOf(item.expr.span)), typed)) - 1;
      exprs.push(stored(typed.expr));
      texts.push(text);
    }
    return fields[at]!;
  };
  const keys = order.map((term): SortKey => {
    const { name, type } = columnOf(term);
    return sortKey(term.item, { ...term.typed, expr: { kind: 'column', name, type } });
  });
  const on = distinctOn?.map((term) => columnOf(term).name);
  const visibleFields = fields.slice(0, shown);
  let plan = projectPlan(input.plan, [...fields, ...hidden], [...exprs, ...hidden.map(fieldRef)], select.span);
  const sorted = (p: Plan): Plan =>
    keys.length === 0 ? p : { op: 'sort', schema: p.schema, input: p, keys, origin: originOf(orderSpan(order)) };
  if (on !== undefined) {
    // DISTINCT ON keeps the first row of the order, so it comes behind the sort.
    plan = { op: 'distinct', schema: plan.schema, input: sorted(plan), on, origin: originOf(select.span) };
  } else {
    if (select.distinct) {
      const within = fields.length > shown || hidden.length > 0 ? { on: visibleFields.map((f) => f.name) } : {};
      plan = { op: 'distinct', schema: plan.schema, input: plan, ...within, origin: originOf(select.span) };
    }
    plan = sorted(plan);
  }
  plan = limited(query, plan, limit);
  const kept = [...visibleFields, ...hidden];
  plan = projectPlan(plan, kept, kept.map(fieldRef));
  return {
    plan,
    ...timeOf(input),
    columns: outputs.map(({ label, item }, i) => ({
      label,
      field: fields[i]!,
      ...(item.column?.table !== undefined && { table: item.column.table }),
      ...(outputs[i]!.typed.collation === undefined && { uncollated: true as const }),
    })),
  };
}

const orderSpan = (order: readonly OrderTerm[]) => order[0]!.item.span;
