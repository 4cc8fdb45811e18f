import { functionOf } from '../../expr/evaluate.ts';
import { children, conjoin, conjuncts, type Expr } from '../../expr/expr.ts';
import type { Schema } from '../../data/types.ts';
import type { Filter, Limit, Plan, Scan } from '../../plan/plan.ts';
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
    match: (p: Plan) => {
      if (p.op !== 'filter' || p.input.op !== 'scan' || p.input.limit !== undefined) return undefined;
      return conjuncts(p.predicate).some(can(p.input)) ? { outer: p, inner: p.input } : undefined;
    },
    needs: [],
    apply: ({ outer, inner }) => {
      const all = conjuncts(outer.predicate);
      const isPushed = can(inner);
      const scan: Scan = { ...inner, pushed: [...(inner.pushed ?? []), ...all.filter(isPushed)] };
      const rest = all.filter((c) => !isPushed(c));
      return rest.length > 0 ? { ...outer, predicate: conjoin(rest), input: scan } : scan;
    },
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
