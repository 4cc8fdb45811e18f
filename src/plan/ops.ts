import { children, column, type Expr } from '../expr/expr.ts';
import { printExpr } from '../expr/print.ts';
import type { AsofJoin, Horizon, Lookup } from './joins.ts';
import { overExprs, overLabel } from './over.ts';
import type { Aggregate, JoinPair, Op, Plan, PlanOf, Shell, Sort } from './plan.ts';
import type { EventColumns } from './windows.ts';
import { ttlExprs, type StateTtl } from './state-ttl.ts';
import { windowLabel } from './window-label.ts';

/** All that is known of an operator except how it runs. The mapped type below makes the table complete. */
export interface OpSpec<P extends Plan> {
  readonly inputs: (plan: P) => readonly Plan[];
  readonly withInputs: (plan: P, inputs: readonly Plan[]) => P;
  /** Expressions over the columns of its inputs. */
  readonly exprs: (plan: P) => readonly Expr[];
  /** One line for EXPLAIN, messages and progress. */
  readonly label: (plan: P) => string;
}

type Label<P> = (plan: P) => string;
type Exprs<P> = (plan: P) => readonly Expr[];
const none = (): readonly Expr[] => [];

/** Operators with one input. */
const unary = <P extends Plan & { readonly input: Plan }>(label: Label<P>, exprs: Exprs<P> = none): OpSpec<P> => ({
  inputs: (plan) => [plan.input],
  withInputs: (plan, [input]) => ({ ...plan, input: input! }),
  exprs,
  label,
});
const sides = <P extends Plan & { readonly left: Plan; readonly right: Plan }>(
  label: Label<P>,
  exprs: Exprs<P> = none,
): OpSpec<P> => ({
  inputs: (plan) => [plan.left, plan.right],
  withInputs: (plan, [left, right]) => ({ ...plan, left: left!, right: right! }),
  exprs,
  label,
});
const leaf = <P extends Plan>(label: Label<P>): OpSpec<P> => ({
  inputs: () => [],
  withInputs: (plan) => plan,
  exprs: none,
  label,
});

export const ops: { readonly [K in Op]: OpSpec<PlanOf<K>> } = {
  values: leaf((p) => (p.rows.length === 1 ? 'Values, 1 row' : `Values, ${p.rows.length} rows`)),
  scan: leaf((p) => `Source ${p.connector}(${p.label})`),
  filter: unary(
    (p) => `Filter ${printExpr(p.predicate)}`,
    (p) => [p.predicate],
  ),
  project: unary(
    (p) => `Project ${list(p.exprs.map((e, i) => projected(printExpr(e), p.schema[i]!.name)))}`,
    (p) => p.exprs,
  ),
  shell: {
    inputs: (p) => (p.input === undefined ? [] : [p.input]),
    withInputs: (p, [input]) => (input === undefined ? p : { ...p, input }),
    exprs: (p) => (p.call?.when === undefined ? [] : [p.call.when]),
    label: (p) => `Shell ${shellName(p)}`,
  },
  aggregate: unary(aggregateLabel, (p) => [
    ...[...p.keys, ...p.bare].map((k) => k.expr),
    ...p.aggregates.flatMap((a) => [
      ...a.args,
      ...(a.filter ? [a.filter] : []),
      ...(a.orderBy ?? []).map((k) => k.expr),
    ]),
    ...(p.closing ? [p.closing.value, ...eventRefs(p.closing)] : []),
    ...ttlExprs(p.ttl),
  ]),
  over: unary((p) => overLabel(p, sortKey), overExprs),
  sort: unary(
    (p) => `Sort by ${list(p.keys.map(sortKey))}${p.limit === undefined ? '' : `, first ${p.limit}`}`,
    (p) => p.keys.map((k) => k.expr),
  ),
  limit: unary((p) => `Limit ${p.count ?? 'none'}${p.offset > 0 ? ` after ${p.offset}` : ''}`),
  limitby: unary((p) => `Limit ${p.count ?? 'none'}${p.offset > 0 ? ` after ${p.offset}` : ''} by ${list(p.by)}`),
  distinct: unary(
    (p) => `Distinct${p.on ? ` on ${list(p.on)}` : ''}${ttlLabel(p.ttl)}`,
    (p) => ttlExprs(p.ttl),
  ),
  union: {
    inputs: (p) => p.inputs,
    withInputs: (p, inputs) => ({ ...p, inputs }),
    exprs: none,
    label: () => 'Union all',
  },
  setop: sides((p) => (p.kind === 'intersect' ? 'Intersect' : 'Except')),
  join: sides(
    (p) => {
      const on = [...p.equal.map(pairText), ...(p.member ?? []).map(pairText), ...(p.on ? [printExpr(p.on)] : [])];
      return `Join ${p.kind}${on.length > 0 ? ` on ${on.join(' AND ')}` : ''}`;
    },
    (p) => [
      ...[...p.equal, ...(p.member ?? [])].flatMap((e) => [e.left, e.right]),
      ...(p.on ? [p.on] : []),
      ...(p.domain?.params ?? []).map((param) => param.expr),
      ...(p.retention ? [p.retention.left, p.retention.right].flatMap(horizonExprs) : []),
    ],
  ),
  asof: sides(asofLabel, (p) => [
    ...[...p.equal, p.nearest].flatMap((e) => [e.left, e.right]),
    ...(p.eventTime ? [p.eventTime.leftMark ?? [], p.eventTime.rightMark].flat().map(timeRef) : []),
  ]),
  lookup: {
    inputs: (p) => [p.input],
    withInputs: (p, [input]) => ({ ...p, input: input! }),
    // What is read of the table is not read of the input.
    exprs: (p) => [...p.equal.map((e) => e.left), ...(p.on ? columnsBut(p.on, p.columns) : [])],
    label: lookupLabel,
  },
  expand: unary(
    (p) =>
      `Expand ${p.kind === 'left' ? 'left ' : ''}${p.fn}(${list(p.args.map(printExpr))})${p.on ? ` on ${printExpr(p.on)}` : ''}`,
    (p) => [...p.args, ...(p.on ? columnsBut(p.on, p.columns) : [])],
  ),
  shared: leaf((p) => `${p.id}${p.label === undefined ? '' : ` ${p.label}`}`),
  domain: leaf((p) => `Domain ${list(p.schema.map((f) => f.name))}`),
  watermark: unary(
    (p) => `Watermark ${printExpr(p.bound)} for ${printExpr(p.time)}`,
    (p) => [p.time, p.bound],
  ),
  delay: unary((p) => `Delay the watermark by ${p.by / 1e6} s`),
  numbered: unary((p) => `Number rows AS ${p.name}`),
  timesort: unary(
    (p) => `Sort by ${list(p.keys.map(sortKey))}, as the watermark passes`,
    (p) => [...p.keys.map((k) => k.expr), ...(p.closing ? [p.closing.clock] : [])],
  ),
  window: unary(windowLabel, (p) => [...(p.time ? [p.time] : []), ...p.by, ...(p.event ? eventRefs(p.event) : [])]),
  refresh: {
    inputs: (p) => p.inputs,
    withInputs: (p, inputs) => ({ ...p, inputs }),
    exprs: none,
    label: (p) =>
      `Refresh${p.by === undefined ? '' : ` by ${list(p.by[0]!)}`}${p.every === undefined ? '' : ` every ${p.every} ms`}${ttlLabel(p.ttl)}`,
  },
  current: leaf((p) => `Rows of input ${p.input + 1} so far`),
  changes: unary((p) => `Changes${p.keys === undefined ? '' : ` of (${list(p.keys)})`}`),
  tap: unary((p) => (p.trial === undefined ? 'Tap' : canaryLabel(p))),
  canary: unary((p) => canaryLabel(p)),
  sink: unary((p) => `Sink ${p.connector}(${p.label})`),
  output: unary((p) => `Output ${list(p.labels)}`),
};

const canaryLabel = ({ share }: { readonly share: number }): string =>
  `Canary of ${Number((share * 100).toPrecision(3))} % of the batches`;
const timeRef = (name: string): Expr => column(name, 'TIMESTAMP');
const eventRefs = ({ time, mark }: EventColumns): readonly Expr[] => [timeRef(time), timeRef(mark)];
const horizonExprs = ({ until, eventTime }: Horizon): readonly Expr[] => [
  ...(until ? [until] : []),
  ...(eventTime ? [eventTime.time, eventTime.mark].map(timeRef) : []),
];

/** The columns that an expression reads, without those of the table. */
const columnsBut = (e: Expr, table: Lookup['columns']): readonly Expr[] => {
  if (e.kind !== 'column') return children(e).flatMap((part) => columnsBut(part, table));
  return table.some(({ field }) => field.name === e.name) ? [] : [e];
};

function asofLabel({ kind, equal, nearest }: AsofJoin): string {
  const order = `${printExpr(nearest.left)} ${nearest.compare} ${printExpr(nearest.right)}`;
  return `AsofJoin ${kind} on ${[...equal.map(pairText), order].join(' AND ')}`;
}

function lookupLabel({ kind, label, equal, on }: Lookup): string {
  return `Lookup ${kind} in ${label} on ${[...equal.map(pairText), ...(on ? [printExpr(on)] : [])].join(' AND ')}`;
}

const pairText = ({ left, right, nulls }: JoinPair): string =>
  `${printExpr(left)} ${nulls === undefined ? '=' : 'IS'} ${printExpr(right)}`;

function list(parts: readonly string[]): string {
  return parts.join(', ');
}

function aggregateLabel({ aggregates, bare, keys, changes, partial, ttl }: Aggregate): string {
  const calls = aggregates.map((a) => {
    const args = a.args.length === 0 ? '*' : list(a.args.map(printExpr));
    const filter = a.filter ? ` FILTER (WHERE ${printExpr(a.filter)})` : '';
    return projected(`${a.fn}(${a.distinct ? 'DISTINCT ' : ''}${args})${filter}`, a.name);
  });
  const parts = [...calls, ...bare.map((b) => projected(`${printExpr(b.expr)} of a row`, b.name))];
  const by = keys.length > 0 ? `by ${list(keys.map((k) => projected(printExpr(k.expr), k.name)))}` : '';
  return [
    'Aggregate',
    ...(parts.length > 0 ? [list(parts)] : []),
    ...(by ? [by] : []),
    ...(changes ? ['as they change'] : []),
    ...(partial ? ['in parts'] : []),
  ]
    .join(' ')
    .concat(ttlLabel(ttl));
}

const ttlLabel = (ttl: StateTtl | undefined): string =>
  ttl === undefined ? '' : `, kept for ${ttl.ms / 1000} s${ttl.eventTime ? ' of event time' : ''}`;

/** NULLs stand where SQLite puts them unless it says otherwise: first when ascending, last when descending. */
function sortKey({ expr, descending, nullsFirst }: Sort['keys'][number]): string {
  const nulls = nullsFirst === descending ? (nullsFirst ? ' NULLS FIRST' : ' NULLS LAST') : '';
  return `${printExpr(expr)}${descending ? ' DESC' : ''}${nulls}`;
}

function projected(text: string, name: string): string {
  return text === name || text === `"${name}"` ? text : `${text} AS ${name}`;
}

/** `'grep x'`, or `'a' | 'b'` for a fused pipeline. */
export const shellName = (shell: Shell): string =>
  [shell.label, ...(shell.fused ?? []).map((stage) => stage.label)]
    .map((name) => `'${name.trim().replace(/\s*\n\s*/g, ' ')}'`)
    .join(' | ');

const spec = <P extends Plan>(plan: P): OpSpec<P> => ops[plan.op] as unknown as OpSpec<P>;
export const inputs = (plan: Plan): readonly Plan[] => spec(plan).inputs(plan);
/** The commands in a plan, each before those below it. */
export const shellsOf = (plan: Plan): readonly Shell[] => {
  const below = inputs(plan).flatMap(shellsOf);
  return plan.op === 'shell' ? [plan, ...below] : below;
};
export const exprsOf = (plan: Plan): readonly Expr[] => spec(plan).exprs(plan);
export const label = (plan: Plan): string => spec(plan).label(plan);
export const withInputs = (plan: Plan, next: readonly Plan[]): Plan => spec(plan).withInputs(plan, next);

/** The same operator over changed inputs; the plan itself where none changed. */
export function mapInputs(plan: Plan, f: (input: Plan) => Plan): Plan {
  const old = inputs(plan);
  const next = old.map(f);
  return next.every((p, i) => p === old[i]) ? plan : withInputs(plan, next);
}
