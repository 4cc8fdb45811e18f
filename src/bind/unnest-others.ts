import { alignmentOf } from '../contract/aligned.ts';
import type { Field } from '../data/types.ts';
import { column, substitute, type Expr, type SortKey } from '../expr/expr.ts';
import type { Expand } from '../plan/expand.ts';
import type { AsofJoin, Lookup } from '../plan/joins.ts';
import type { Numbered } from '../plan/numbered.ts';
import { label } from '../plan/ops.ts';
import { defaultFrame, type Over } from '../plan/over.ts';
import type { JoinPair, Plan, Shell } from '../plan/plan.ts';
import type { Window } from '../plan/windows.ts';
import { fault } from './fault.ts';
import { Names } from './names.ts';
import { fieldRef, projectPlan } from './plans.ts';
import type { Unnested, Unnester } from './unnest.ts';

/** Windows, commands and joins that are not of SQL's own kinds, below a dependent join. */
export function unnestOther(u: Unnester, plan: Plan): Unnested {
  switch (plan.op) {
    case 'numbered':
      return unnestNumbered(u, plan);
    case 'window':
      return unnestWindow(u, plan);
    case 'asof':
      return unnestAsof(u, plan);
    case 'lookup':
      return unnestLookup(u, plan);
    case 'expand':
      return unnestExpand(u, plan);
    case 'shell':
      return unnestShell(u, plan);
    default:
      return refuse(u, plan);
  }
}

/** All values go into one run of the operator, where each would have to have a run of its own. */
function refuse(u: Unnester, plan: Plan): never {
  return fault('E0201', u.span, `a query that refers to the one around it from below ${label(plan)}`, {
    label: 'it would have to run anew for each row around it',
    help: ['join its rows with those around it, and put the condition into ON or WHERE'],
  });
}

/** In the order of the plan's own columns, with the links behind them. */
function inOrder(u: Unnester, plan: Plan, own: Plan, has: readonly string[]): Unnested {
  const order = [...own.schema, ...u.links(has)];
  return { plan: projectPlan(plan, order, order.map(fieldRef)), has };
}

/** The rows of each value have numbers of their own. */
function unnestNumbered(u: Unnester, plan: Numbered): Unnested {
  const { plan: input, has } = u.unnest(plan.input);
  const keys = u.links(has).map((f): SortKey => ({ expr: fieldRef(f), descending: false, nullsFirst: true }));
  const number: Field = { name: plan.name, type: 'INTEGER' };
  const over: Over = {
    op: 'over',
    schema: [...input.schema, number],
    input: { op: 'sort', schema: input.schema, input, keys },
    partitionBy: keys,
    orderBy: [],
    calls: [{ fn: 'row_number', args: [], frame: defaultFrame, ...number }],
  };
  return inOrder(u, over, plan, has);
}

/** Sessions and windows of rows are those of one value. */
function unnestWindow(u: Unnester, plan: Window): Unnested {
  if (plan.event !== undefined || plan.numbered !== undefined) return refuse(u, plan);
  const { plan: input, has } = u.with(plan.input, [...(plan.time ? [plan.time] : []), ...plan.by]);
  const added = plan.schema.slice(plan.input.schema.length);
  const by = plan.frame.kind === 'session' || plan.frame.kind === 'rows' ? u.links(has).map(fieldRef) : [];
  const made: Plan = { ...plan, input, by: [...plan.by, ...by], schema: [...input.schema, ...added] };
  return inOrder(u, made, plan, has);
}

/** Rows are near to each other only where they are of the same value. */
function unnestAsof(u: Unnester, plan: AsofJoin): Unnested {
  if (plan.eventTime !== undefined) return refuse(u, plan);
  const pairs = [...plan.equal, plan.nearest];
  const left = u.with(plan.left, [...pairs.map((p) => p.left), ...u.namesIn(plan).map((name) => u.reference(name))]);
  const right = u.with(plan.right, pairs.map((p) => p.right)); // prettier-ignore
  const names = new Names([...left.plan.schema, ...right.plan.schema].map((f) => f.name));
  const other = new Map(right.has.map((name) => [name, names.fresh(name)]));
  const schema = right.plan.schema.map((f) => ({ ...f, name: other.get(f.name) ?? f.name }));
  const rights = projectPlan(right.plan, schema, right.plan.schema.map(fieldRef));
  const same = right.has.map((name): JoinPair => {
    const { type } = u.links([name])[0]!;
    return { left: column(name, type), right: column(other.get(name)!, type), nulls: 'equal' };
  });
  const values = new Map<string, Expr>(right.has.map((name, i) => [name, same[i]!.right]));
  const renamed = (p: JoinPair): JoinPair => ({ ...p, right: substitute(p.right, values) });
  const made: AsofJoin = {
    ...plan,
    left: left.plan,
    right: rights,
    schema: [...left.plan.schema, ...(plan.kind === 'left' ? schema.map(nullable) : schema)],
    equal: [...plan.equal.map(renamed), ...same],
    nearest: { ...renamed(plan.nearest), compare: plan.nearest.compare },
  };
  return inOrder(u, made, plan, left.has);
}

const nullable = ({ notNull: _, ...field }: Plan['schema'][number]): Plan['schema'][number] => field;

function unnestLookup(u: Unnester, plan: Lookup): Unnested {
  const read: readonly Expr[] = [...plan.equal.map((p) => p.left), ...(plan.on ? [plan.on] : [])];
  const { plan: input, has } = u.with(plan.input, read);
  const added = plan.schema.slice(plan.input.schema.length);
  return inOrder(u, { ...plan, input, schema: [...input.schema, ...added] }, plan, has);
}

/** What is made of each row is made of it for each value. */
function unnestExpand(u: Unnester, plan: Expand): Unnested {
  const { plan: input, has } = u.with(plan.input, [...plan.args, ...(plan.on ? [plan.on] : [])]);
  const added = plan.columns.map((c) => c.field);
  return inOrder(u, { ...plan, input, schema: [...input.schema, ...added] }, plan, has);
}

/** Of a command that gives a row for each row, and the value it belongs to around it. */
function unnestShell(u: Unnester, plan: Shell): Unnested {
  const { input: below, carried, contract } = plan;
  if (
    below === undefined ||
    alignmentOf(contract) === undefined ||
    plan.groups !== undefined ||
    plan.call !== undefined
  )
    return refuse(u, plan);
  const { plan: input, has } = u.unnest(below);
  const schema = [...plan.schema, ...u.links(has)];
  return { plan: { ...plan, input, carried: [...carried, ...has], schema }, has };
}
