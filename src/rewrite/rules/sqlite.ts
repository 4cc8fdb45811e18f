import type { Edge } from '../../plan/edge.ts';
import { functionOf } from '../../expr/evaluate.ts';
import { boolean, children, conjoin, conjuncts, type Expr } from '../../expr/expr.ts';
import { printExpr } from '../../expr/print.ts';
import type { Schema } from '../../data/types.ts';
import { inputs } from '../../plan/ops.ts';
import type { Filter, Limit, Plan, Scan } from '../../plan/plan.ts';
import { distinct, eq, filter, t } from '../examples.ts';
import { hasCount } from '../needs.ts';
import { rule, type Rule } from '../rule.ts';

/** Says whether a connector can apply a predicate itself, with our meaning. Given in, for plans know no connectors. */
export type CanPush = (connector: string, predicate: Expr, schema: Schema) => boolean;

/** Where these overflow, SQLite goes on with a REAL, and no row that we would give is lost: we fail. */
const overflowing: ReadonlySet<string> = new Set(['+', '-', '*', '/', '%', 'neg']);

/** SQLite asks conditions in an order of its own, so one that fails might meet rows that another one keeps from it. */
const failsThere = (e: Expr): boolean =>
  (e.kind === 'call' && !overflowing.has(e.fn) && functionOf(e).mayFail === true) || children(e).some(failsThere);

/** Q1: predicates next to a source that can apply them go into it. */
export function filterIntoSource(canPush: CanPush): Rule {
  const can = (scan: Scan) => (c: Expr) => !failsThere(c) && canPush(scan.connector, c, scan.schema);
  return rule<{ outer: Filter; inner: Scan }>({
    id: 'Q1',
    law: 'filter(p AND q, scan(s)) = filter(q, scan(s WHERE p))',
    why: 'the source gives exactly our answer to p (SQLite is the oracle of our expressions)',
    gain: 'the source reads and hands over fewer rows, and may use its indexes',
    match: (p: Plan) => {
      if (p.op !== 'filter' || p.input.op !== 'scan') return undefined;
      if (p.input.limit !== undefined || p.input.query !== undefined) return undefined;
      return can(p.input)(boolean(true)) ? { outer: p, inner: p.input } : undefined;
    },
    needs: [
      {
        name: 'the source gives the same answer to a part of the predicate',
        holds: ({ outer, inner }) => conjuncts(outer.predicate).some(can(inner)),
        says: ({ outer }) =>
          `the source has no way to give our answer to ${conjuncts(outer.predicate).map(printExpr).join(', or ')}`,
        // What it does not know it cannot ask; the filter stays above it.
        brokenBy: { plan: filter(eq('x', 'a'), t), lines: ['a', 'b'] },
      },
    ],
    apply: ({ outer, inner }) => {
      const all = conjuncts(outer.predicate);
      const isPushed = can(inner);
      const scan: Scan = { ...inner, pushed: [...(inner.pushed ?? []), ...all.filter(isPushed)] };
      const rest = all.filter((c) => !isPushed(c));
      return rest.length > 0 ? { ...outer, predicate: conjoin(rest), input: scan } : scan;
    },
  });
}

/** Says whether a connector can run a plan over its own scans, with our meaning; and if in the order that we give. */
export type CanRun = (connector: string, plan: Plan) => 'ordered' | 'unordered' | undefined;

interface Prefix {
  readonly plan: Plan;
  readonly scans: readonly Scan[];
  /** In which the source gives its rows; undefined where it cannot run the plan. */
  readonly order: ReturnType<CanRun>;
  readonly edge: Edge;
}

/** The scans that a plan of operators that a source may run stands on; undefined where it has others. */
function scansBelow(plan: Plan): readonly Scan[] | undefined {
  switch (plan.op) {
    case 'scan':
      return [plan];
    case 'filter':
    case 'project':
    case 'aggregate':
    case 'distinct':
    case 'sort':
    case 'limit':
    case 'join': {
      const below = inputs(plan).map(scansBelow);
      return below.includes(undefined) ? undefined : (below as readonly (readonly Scan[])[]).flat();
    }
    default:
      return undefined;
  }
}

/** Whether less comes out than goes in, or what is below is a query already. To hand rows on as they are we do as well. */
const isWorthwhile = (p: Plan): boolean =>
  p.op === 'aggregate' ||
  p.op === 'distinct' ||
  (p.op === 'sort' && p.limit !== undefined) ||
  inputs(p).some((input) => input.op === 'scan' && input.query !== undefined);

/** Q2: all that stands on tables of one database goes into it. */
export function prefixIntoSource(canRun: CanRun): Rule {
  return rule<Prefix>({
    id: 'Q2',
    law: 'op(scan(s), ..) = scan(s: op), for aggregate, distinct, sort, filter, limit and join',
    why: 'the source gives exactly our rows in exactly our order (SQLite is the oracle of our operators)',
    gain: 'the database hands over results in place of rows, and may use its indexes',
    match: (plan, edge) => {
      if (plan.op === 'scan' || plan.op === 'project' || plan.op === 'join' || !isWorthwhile(plan)) return undefined;
      const scans = scansBelow(plan);
      const [first] = scans ?? [];
      if (first === undefined || canRun(first.connector, first) === undefined) return undefined;
      return { plan, scans: scans!, order: canRun(first.connector, plan), edge };
    },
    needs: [
      {
        name: 'the source runs all of it with our meaning',
        holds: ({ order }) => order !== undefined,
        brokenBy: { plan: distinct(t), lines: ['a', 'a'] },
      },
      {
        name: 'the source gives its rows in our order, or nothing above looks at that',
        holds: ({ order, edge }) => order !== 'unordered' || edge === 'bag',
        brokenBy: { plan: distinct(t), lines: ['b', 'a'] },
      },
    ],
    apply: ({ plan, scans }) => ({
      op: 'scan',
      connector: scans[0]!.connector,
      options: scans[0]!.options,
      label: [...new Set(scans.map((scan) => scan.label))].join(', '),
      bounded: true,
      schema: plan.schema,
      query: plan,
      ...(scans[0]!.origin && { origin: scans[0]!.origin }),
    }),
  });
}

/** A source of which only the first rows are wanted is told so. The limit stays: a source may give more. */
export const limitIntoSource = rule<{ outer: Limit; inner: Scan }>({
  id: 'limit-into-source',
  law: 'limit(n, scan(s)) = limit(n, scan(s, first n rows))',
  why: 'rows behind the n-th are never looked at',
  match: (p) =>
    p.op === 'limit' && hasCount(p) && p.input.op === 'scan' && p.input.limit === undefined
      ? { outer: p, inner: p.input }
      : undefined,
  needs: [],
  apply: ({ outer, inner }) => ({ ...outer, input: { ...inner, limit: outer.count! + outer.offset } }),
});
