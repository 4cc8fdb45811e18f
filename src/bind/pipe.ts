import { unreachable } from '../base/errors.ts';
import { text, type SortKey } from '../expr/expr.ts';
import type { Plan } from '../plan/plan.ts';
import type * as ast from '../syntax/ast.ts';
import { product } from '../syntax/build/grouping-sets.ts';
import { AggregateCalls, fieldOfTyped } from './aggregate.ts';
import { call, sortKey } from './call.ts';
import { newStage, settle, type ExprContext, type QueryContext } from './context.ts';
import { bindExpr } from './expr.ts';
import { collect, fault, originOf, textOf } from './fault.ts';
import { joinWith } from './from.ts';
import { distinctKeys, overSets } from './grouping-sets.ts';
import { aliasesOf, bindItem, columnTyped, expandItems, exprItem, itemLabel, type SelectItem } from './items.ts';
import { stored } from './interval.ts';
import { Names } from './names.ts';
import { limited, ordered } from './order.ts';
import { Overs } from './overs.ts';
import { fieldRef, filterPlan, materializeWithTime, projectPlan } from './plans.ts';
import { bindPipeQualify } from './qualify.ts';
import { bindQuery } from './query.ts';
import { columnNamed, hiddenOf, renamed, timeOf, visible, type Relation, type ScopeColumn } from './scope.ts';
import { setOperation } from './setop.ts';
import { bindShell } from './shell.ts';
import { bindWhere } from './where.ts';
import { bindCalled } from './window-call.ts';
import { closingGroups, groupTime } from './window-closing.ts';

/** One `|>` operator: each is one step of the algebra. */
export function bindPipe(query: QueryContext, input: Relation, pipe: ast.PipeOp): Relation {
  switch (pipe.kind) {
    case 'pipe where':
      return { ...input, plan: bindWhere(context(query, input, '|> WHERE'), input.plan, pipe.predicate) };
    case 'pipe select':
      return bindPipeSelect(query, input, pipe);
    case 'pipe extend':
      return extend(query, input, pipe.items, pipe.span);
    case 'pipe set':
      return set(query, input, pipe.set, pipe.span);
    case 'pipe drop':
      return drop(input, pipe.columns);
    case 'pipe rename':
      return rename(input, pipe.renames);
    case 'pipe as':
      return renamed(input, pipe.alias, undefined);
    case 'pipe distinct':
      return distinct(materializeWithTime(input), pipe.span);
    case 'pipe aggregate':
      return bindPipeAggregate(query, input, pipe);
    case 'pipe join':
      return joinWith(query, input, pipe.right, pipe.join);
    case 'pipe order':
      return ordered(query, input, pipe.orderBy);
    case 'pipe limit':
      return { ...input, plan: limited(query, input.plan, pipe.limit) };
    case 'pipe set operation':
      return pipe.queries.reduce(
        (left, q) => setOperation(left, bindQuery(query, q), pipe.op, pipe.all, pipe.span, q.span),
        input,
      );
    case 'pipe shell':
      return bindShell(query, pipe.shell, input);
    case 'pipe qualify':
      return bindPipeQualify(query, input, pipe.predicate);
    case 'pipe call':
      return renamed(bindCalled(query, input, pipe), pipe.alias, undefined);
    case 'pipe assert':
      return { ...input, plan: asserted(query, input, pipe) };
    case 'pipe insert':
    case 'pipe fork':
    case 'pipe tee':
    case 'pipe split':
    case 'pipe create stream':
      return fault('E0408', pipe.span, `${ENDS[pipe.kind]} inside a query`, {
        label: 'it belongs to the end of a statement; no query can stand around it',
      });
    default:
      return unreachable(pipe);
  }
}

const ENDS = {
  'pipe insert': 'INSERT INTO',
  'pipe fork': 'FORK',
  'pipe tee': 'TEE',
  'pipe split': 'SPLIT',
  'pipe create stream': 'CREATE STREAM',
} as const;

const context = (query: QueryContext, scope: Relation, clause: string): ExprContext => ({
  query,
  scope,
  clause,
  stage: newStage(new Names(scope.plan.schema.map((f) => f.name))),
});

/** Where functions OVER a window may stand, too. */
const withOvers = (query: QueryContext, scope: Relation, clause: string): ExprContext => ({
  ...context(query, scope, clause),
  overs: new Overs(),
});

function bindPipeSelect(
  query: QueryContext,
  input: Relation,
  { items, distinct: isDistinct, span }: Extract<ast.PipeOp, { kind: 'pipe select' }>,
): Relation {
  const cx = withOvers(query, input, '|> SELECT');
  const projected = project(cx, input, expandItems(input, items), span);
  return isDistinct ? distinct(projected, span) : projected;
}

function project(cx: ExprContext, input: Relation, items: readonly SelectItem[], span: ast.PipeOp['span']): Relation {
  const hidden = hiddenOf(input);
  const names = new Names(hidden.map((f) => f.name));
  const bound = collect(items, (item) => {
    const typed = bindItem(cx, item);
    const label = itemLabel(cx, item);
    return { label, typed, field: fieldOfTyped(names.fresh(label), typed), table: item.column?.table };
  });
  return {
    ...timeOf(input),
    plan: projectPlan(
      settle(cx.stage, input.plan),
      [...bound.map((b) => b.field), ...hidden],
      [...bound.map((b) => stored(b.typed.expr)), ...hidden.map(fieldRef)],
      span,
    ),
    columns: bound.map(({ label, field, table }) => ({ label, field, ...(table !== undefined && { table }) })),
  };
}

/** Of equal rows the first one stays, and so does its event time. */
function distinct(input: Relation, span: ast.PipeOp['span']): Relation {
  const within = input.eventTime === undefined ? {} : { on: input.columns.map((c) => c.field.name) };
  const { plan } = input;
  return { ...input, plan: { op: 'distinct', schema: plan.schema, input: plan, ...within, origin: originOf(span) } };
}

/** New columns behind the others, which keep their tables' names. */
function extend(query: QueryContext, input: Relation, items: readonly ast.Item[], span: ast.PipeOp['span']): Relation {
  const cx = withOvers(query, input, '|> EXTEND');
  const added = collect(expandItems(input, items), (item) => {
    const typed = bindItem(cx, item);
    const label = itemLabel(cx, item);
    return { label, typed, field: fieldOfTyped(cx.stage.names.fresh(label), typed) };
  });
  const below = settle(cx.stage, input.plan);
  const plan = projectPlan(
    below,
    [...below.schema, ...added.map((a) => a.field)],
    [...below.schema.map(fieldRef), ...added.map((a) => stored(a.typed.expr))],
    span,
  );
  return { ...input, plan, columns: [...input.columns, ...added.map(({ label, field }) => ({ label, field }))] };
}

function set(
  query: QueryContext,
  input: Relation,
  assignments: readonly { readonly column: ast.Name; readonly value: ast.Expr }[],
  span: ast.PipeOp['span'],
): Relation {
  const cx = withOvers(query, input, '|> SET');
  const changed = new Map<ScopeColumn, ReturnType<typeof bindExpr>>();
  collect(assignments, ({ column, value }) => changed.set(columnNamed(input, column), bindExpr(cx, value)));
  const below = settle(cx.stage, input.plan);
  const byName = new Map([...changed].map(([c, typed]) => [c.field.name, typed]));
  const schema = below.schema.map((f) => {
    const typed = byName.get(f.name);
    return typed === undefined ? f : fieldOfTyped(f.name, typed);
  });
  const plan = projectPlan(
    below,
    schema,
    below.schema.map((f) => stored(byName.get(f.name)?.expr ?? fieldRef(f))),
    span,
  );
  return {
    ...input,
    plan,
    columns: input.columns.map((c) => ({ ...c, field: schema.find((f) => f.name === c.field.name)! })),
  };
}

function drop(input: Relation, names: readonly ast.Name[]): Relation {
  const dropped = new Set(collect(names, (name) => columnNamed(input, name)));
  const columns = input.columns.filter((c) => !dropped.has(c));
  if (visible(columns).length === 0)
    fault('E0201', names[0]!.span, 'DROP leaves no column', { label: 'these are all columns' });
  return materializeWithTime({ ...input, columns });
}

function rename(input: Relation, renames: readonly { readonly from: ast.Name; readonly to: ast.Name }[]): Relation {
  const labels = new Map(collect(renames, ({ from, to }) => [columnNamed(input, from), to.text] as const));
  return materializeWithTime({
    ...input,
    columns: input.columns.map((c) => ({ ...c, label: labels.get(c) ?? c.label })),
  });
}

/** AGGREGATE .. GROUP BY ..: the keys come first, then the aggregates. */
function bindPipeAggregate(
  query: QueryContext,
  input: Relation,
  { items, groupBy, groupingSets, order, span }: Extract<ast.PipeOp, { kind: 'pipe aggregate' }>,
): Relation {
  const below = context(query, input, 'GROUP BY');
  const above = newStage(below.stage.names);
  const calls = new AggregateCalls(below.stage, above);
  const cx: ExprContext = { ...below, clause: '|> AGGREGATE', stage: above, aggregates: calls };
  const keys = collect(only(groupBy), (item) => ({ name: itemLabel(below, item), typed: bindItem(below, item), item }));
  const grouped = keys.map((key) => ({ ...key, typed: { ...key.typed, expr: stored(key.typed.expr) } }));
  const sets =
    groupingSets && overSets(input.plan, ...distinctKeys(grouped, product(groupingSets)), below.stage.names, span);
  calls.aliases = aliasesOf(only(groupBy));
  const outputs = collect(only(items), (item) => {
    const typed = bindItem(cx, item);
    const isConstant = typed.expr.kind === 'literal';
    if (
      !calls.isIn(typed.expr) &&
      !isConstant &&
      !keys.some((k) => JSON.stringify(k.typed.expr) === JSON.stringify(typed.expr))
    ) {
      fault('E0202', item.span, `\`${item.label}\` in |> AGGREGATE is not an aggregate`, {
        label: 'expected count(..), sum(..) and the like',
        help: ['group by it: `|> AGGREGATE .. GROUP BY ..`'],
      });
    }
    return { typed, label: itemLabel(cx, item) };
  });
  calls.name(sets?.keys ?? grouped, new Map(outputs.map((o) => [stored(o.typed.expr), o.label])), sets?.sets);
  const names = new Names();
  const columns = [...keys.map((k) => ({ typed: k.typed, label: k.name })), ...outputs].map(({ typed, label }) => {
    const lifted = { ...typed, expr: calls.lift(typed.expr) };
    return { label, expr: stored(lifted.expr), field: fieldOfTyped(names.fresh(label), lifted) };
  });
  for (const lift of above.lifts.splice(0)) lift();
  const plan = settle(
    above,
    closingGroups(query, calls.plan(sets?.plan ?? input.plan, span, 'allow'), input.eventTime),
  );
  const time = groupTime(plan);
  const groups: Relation = {
    plan: projectPlan(
      plan,
      [...columns.map((c) => c.field), ...hiddenOf(time)],
      [...columns.map((c) => c.expr), ...hiddenOf(time).map(fieldRef)],
    ),
    columns: columns.map(({ label, field }) => ({ label, field })),
    ...time,
  };
  if (order.length === 0) return groups;
  const by = order.map(({ key, descending }): SortKey => {
    const item = { span: groupBy[key]!.span, expr: groupBy[key]!.expr, descending };
    return sortKey(item, columnTyped(groups.columns[key]!));
  });
  return {
    ...groups,
    plan: { op: 'sort', schema: groups.plan.schema, input: groups.plan, keys: by, origin: originOf(span) },
  };
}

/** The rows themselves; the first for which the condition is not true ends the query, with the values behind it. */
function asserted(
  query: QueryContext,
  input: Relation,
  { exprs, span }: Extract<ast.PipeOp, { kind: 'pipe assert' }>,
): Plan {
  const cx = context(query, input, '|> ASSERT');
  const [condition, ...values] = collect(exprs, (e) => bindExpr(cx, e).expr);
  const message = text(`ASSERT ${textOf(exprs[0]!.span)} does not hold`);
  const { source, line, column: at } = originOf(span);
  const place = text(`${source}:${line}:${at}`);
  return filterPlan(settle(cx.stage, input.plan), call('assert that', [condition!, place, message, ...values]), span);
}

/** Items without `*`, which has no meaning here. */
const only = (items: readonly ast.Item[]): readonly SelectItem[] =>
  items.map((item) => {
    if (item.kind === 'star') fault('E0201', item.span, '`*` in |> AGGREGATE', { label: 'name the columns' });
    return exprItem(item);
  });
