import { children, substitute, type Expr } from '../../expr/expr.ts';
import type { Plan, Project } from '../../plan/plan.ts';
import { project, random, t } from '../examples.ts';
import { isVolatile } from '../needs.ts';
import { rule } from '../rule.ts';

interface Projects {
  readonly outer: Project;
  readonly inner: Project;
}

/** Columns and constants cost nothing, so they may be written out in several places. */
const isPlain = (e: Expr): boolean => e.kind === 'column' || e.kind === 'literal';

/** Two projections become one, unless that would compute an expression twice. */
export const mergeProjects = rule<Projects>({
  id: 'merge-projects',
  law: 'project(e, project(f, r)) = project(e[f], r)',
  why: 'columns of a projection are functions of the same row',
  match: (p) => {
    if (p.op !== 'project' || p.input.op !== 'project') return undefined;
    const { schema, exprs } = p.input;
    const uses = (name: string) => p.exprs.reduce((n, e) => n + count(e, name), 0);
    return exprs.every((e, i) => isPlain(e) || uses(schema[i]!.name) <= 1) ? { outer: p, inner: p.input } : undefined;
  },
  needs: [
    {
      name: 'the inner columns give the same for the same row',
      holds: ({ inner }) => !inner.exprs.some(isVolatile),
      // The draws change places: y was drawn before z.
      brokenBy: { plan: project(['z', 'y'], volatileColumns(t)), lines: ['a', 'b'] },
    },
  ],
  apply: ({ outer, inner }) => {
    const by = new Map(inner.schema.map((f, i) => [f.name, inner.exprs[i]!]));
    return { ...outer, input: inner.input, exprs: outer.exprs.map((e) => substitute(e, by)) };
  },
});

function count(e: Expr, name: string): number {
  if (e.kind === 'column') return e.name === name ? 1 : 0;
  return children(e).reduce((n, part) => n + count(part, name), 0);
}

function volatileColumns(input: Plan): Project {
  return {
    op: 'project',
    input,
    exprs: [random, random],
    schema: [
      { name: 'y', type: 'INTEGER' },
      { name: 'z', type: 'INTEGER' },
    ],
  };
}

/** A projection that changes nothing; the names must be the same, for others refer to them. */
export const dropIdentity = rule<Project>({
  id: 'drop-identity',
  law: 'project(all columns, r) = r',
  why: 'it gives its input as it is',
  match: (p) =>
    p.op === 'project' &&
    p.exprs.length === p.input.schema.length &&
    p.exprs.every((e, i) => e.kind === 'column' && e.name === p.schema[i]!.name && e.name === p.input.schema[i]!.name)
      ? p
      : undefined,
  needs: [],
  apply: (p) => p.input,
});
