import type { Type } from '../../data/types.ts';
import { column, columnsOf, conjoin, conjuncts, integer, substitute, type Expr } from '../../expr/expr.ts';
import { inputs, withInputs } from '../../plan/ops.ts';
import type { Distinct, Filter, Join, Plan, Project, Sort, Union } from '../../plan/plan.ts';
import { anyNumbers, call, distinct, filter, random, randomColumn, sort, t, union } from '../examples.ts';
import { isVolatile, mayFail, within } from '../needs.ts';
import { rule, type Example, type Need } from '../rule.ts';

interface Over<P> {
  readonly outer: Filter;
  readonly inner: P;
}
/** A predicate that draws: `random() % 2 = 1`. */
const odd = call('=', call('%', random, integer(2)), integer(1));

const drawsNothing = (brokenBy: Example): Need<Over<Plan>> => ({
  name: 'the predicate gives the same for the same row',
  holds: ({ outer }) => !isVolatile(outer.predicate),
  brokenBy,
});

/** A filter passes a projection by reading what its columns are made of. */
export const filterBelowProject = rule<Over<Project>>({
  id: 'filter-below-project',
  law: 'filter(p, project(e, r)) = project(e, filter(p[e], r))',
  why: 'the columns of a projection are functions of the same row',
  match: (p) => (p.op === 'filter' && p.input.op === 'project' ? { outer: p, inner: p.input } : undefined),
  needs: [
    {
      name: 'the columns give the same for the same row',
      holds: ({ inner }) => !inner.exprs.some(isVolatile),
      // What is shown is not what was compared.
      brokenBy: {
        plan: filter(call('=', call('%', column('y', 'INTEGER'), integer(2)), integer(1)), randomColumn(t)),
        lines: ['a', 'b'],
      },
    },
  ],
  apply: ({ outer, inner }) => {
    const by = new Map(inner.schema.map((f, i) => [f.name, inner.exprs[i]!]));
    return {
      ...inner,
      input: { ...outer, predicate: substitute(outer.predicate, by), input: inner.input, schema: inner.input.schema },
    };
  },
});

export const filterBelowSort = rule<Over<Sort>>({
  id: 'filter-below-sort',
  law: 'filter(p, sort(r)) = sort(filter(p, r))',
  why: 'which rows there are does not depend on their order',
  match: (p) =>
    p.op === 'filter' && p.input.op === 'sort' && p.input.limit === undefined
      ? { outer: p, inner: p.input }
      : undefined,
  needs: [drawsNothing({ plan: filter(odd, sort('x', t)), lines: ['b', 'a'] })],
  apply: ({ outer, inner }) => over(inner, [{ ...outer, input: inner.input }]),
});

/** Equal rows may differ in what a function sees: 1 is 1.0, and under NOCASE 'a' is 'A'. */
const oneForm: ReadonlySet<Type> = new Set(['INTEGER', 'REAL', 'TEXT', 'BOOLEAN', 'TIMESTAMP']);

export const filterBelowDistinct = rule<Over<Distinct>>({
  id: 'filter-below-distinct',
  law: 'filter(p, distinct(r)) = distinct(filter(p, r))',
  why: 'equal rows share their fate',
  match: (p) => (p.op === 'filter' && p.input.op === 'distinct' ? { outer: p, inner: p.input } : undefined),
  needs: [
    drawsNothing({ plan: filter(odd, distinct(t)), lines: ['a', 'a', 'b'] }),
    {
      name: 'the predicate reads only columns that rows are distinct in, and equal cells of these are the same',
      holds: ({ outer, inner }) => {
        const names = inner.on ?? inner.schema.map((f) => f.name);
        const same = inner.schema.filter((f) => oneForm.has(f.type) && (f.collation ?? 'BINARY') === 'BINARY');
        const sound = names.filter((name) => same.some((f) => f.name === name));
        return within(columnsOf(outer.predicate), sound);
      },
      // 1 came first, so 1.0 was no new row.
      brokenBy: {
        plan: filter(
          call('=', call('typeof', column('x', 'ANY')), { kind: 'literal', type: 'TEXT', value: 'real' }),
          distinct(anyNumbers(t)),
        ),
        lines: ['1', '1.0'],
      },
    },
  ],
  apply: ({ outer, inner }) => over(inner, [{ ...outer, input: inner.input }]),
});

export const filterBelowUnion = rule<Over<Union>>({
  id: 'filter-below-union',
  law: 'filter(p, union(r, s)) = union(filter(p, r), filter(p, s))',
  why: 'each row is of one of them',
  match: (p) => (p.op === 'filter' && p.input.op === 'union' ? { outer: p, inner: p.input } : undefined),
  needs: [
    // The draws of the filter come before those of the second input.
    drawsNothing({ plan: filter(odd, union(t, randomColumn(t, 'x'))), lines: ['a', 'b', 'c'] }),
  ],
  apply: ({ outer, inner }) => {
    const filtered = inner.inputs.map((input): Plan => {
      const by = new Map(inner.schema.map((f, i) => [f.name, column(input.schema[i]!.name, f.type)]));
      return { ...outer, predicate: substitute(outer.predicate, by), input, schema: input.schema };
    });
    return over(inner, filtered);
  },
});

/** The same operator over filtered inputs. */
const over = (plan: Plan, filtered: readonly Plan[]): Plan => withInputs(plan, filtered);

type Side = 'left' | 'right' | 'keys' | 'above';

/**
 * Conjuncts over one side go to that side, where it is not the side that is filled up with NULLs; equalities between the
 * sides of an inner join become its keys. Only conjuncts that cannot fail: they meet rows that the join would have dropped.
 */
export const filterIntoJoin = rule<Over<Join>>({
  id: 'filter-into-join',
  law: 'filter(p AND q AND k, join(l, r)) = join(filter(p, l), filter(q, r), k)',
  why: 'an inner join keeps exactly the pairs whose rows pass',
  match: (p) => {
    if (p.op !== 'filter' || p.input.op !== 'join') return undefined;
    const join = p.input;
    return conjuncts(p.predicate).some((c) => sideOf(c, join) !== 'above') ? { outer: p, inner: join } : undefined;
  },
  needs: [],
  apply: ({ outer, inner }) => {
    const all = conjuncts(outer.predicate);
    const at = (side: Side) => all.filter((c) => sideOf(c, inner) === side);
    const filtered = (input: Plan, some: readonly Expr[]): Plan =>
      some.length > 0 ? filter(conjoin(some), input) : input;
    const joined: Join = {
      ...inner,
      left: filtered(inner.left, at('left')),
      right: filtered(inner.right, at('right')),
      equal: [...inner.equal, ...at('keys').map((k) => keyOf(k, inner)!)],
    };
    return filtered(joined, at('above'));
  },
});

const names = (plan: Plan): readonly string[] => plan.schema.map((f) => f.name);

function sideOf(c: Expr, join: Join): Side {
  if (isVolatile(c) || mayFail(c)) return 'above';
  const { kind } = join;
  const read = columnsOf(c);
  const isLeft = within(read, names(join.left));
  const isRight = !isLeft && within(read, names(join.right));
  if (isLeft && kind !== 'right' && kind !== 'full') return 'left';
  if (isRight && (kind === 'inner' || kind === 'right')) return 'right';
  return kind === 'inner' && keyOf(c, join) !== undefined ? 'keys' : 'above';
}

function keyOf(c: Expr, join: Join): Join['equal'][number] | undefined {
  if (c.kind !== 'call' || c.fn !== '=') return undefined;
  const [a, b] = c.args as [Expr, Expr];
  const [left, right] = inputs(join).map(names) as [readonly string[], readonly string[]];
  const more = { ...(c.affinity && { affinity: c.affinity }), ...(c.collation && { collation: c.collation }) };
  if (within(columnsOf(a), left) && within(columnsOf(b), right)) return { left: a, right: b, ...more };
  if (within(columnsOf(b), left) && within(columnsOf(a), right)) return { left: b, right: a, ...more };
  return undefined;
}
