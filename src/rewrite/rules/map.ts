import { alignmentOf } from '../../contract/aligned.ts';
import { column, text } from '../../expr/expr.ts';
import type { Plan, Project, Shell } from '../../plan/plan.ts';
import { call, filters, random, shell, t } from '../examples.ts';
import { isPlainShell, isVolatile, keepsRows } from '../needs.ts';
import { rule } from '../rule.ts';

interface OverProject {
  readonly inner: Shell;
  readonly project: Project;
}

/** `x`, and another column made of it. */
const withColumn = (expr: Project['exprs'][number], name = 'y'): Project => ({
  op: 'project',
  input: t,
  exprs: [column('x', 'TEXT'), expr],
  schema: [
    { name: 'x', type: 'TEXT' },
    { name, type: expr.type },
  ],
});
const exclaimed = { ...call('||', column('x', 'TEXT'), text('!')), type: 'TEXT' } as const;

/** Whether a column goes through a projection as it is. */
const passes = ({ schema, exprs, input }: Project, name: string): boolean => {
  const at = schema.findIndex((f) => f.name === name);
  const expr = exprs[at];
  const below = input.schema.find((f) => f.name === name);
  return expr?.kind === 'column' && expr.name === name && below?.type === schema[at]!.type;
};

/** M1: columns are computed only for the rows that a filter command keeps. */
export const filterCommandBelowProject = rule<OverProject>({
  id: 'M1',
  law: 'shell(c, project(e, r)) = project(e, shell(c, r)) for a c that FILTERS by columns that r has',
  why: 'c is sent the same lines, and a column that it is not sent is a function of the rest of the row',
  gain: 'columns are computed for fewer rows, and the command is nearer to the source',
  command: ({ inner }) => inner,
  // A projection that only leaves columns out stays: it is what keeps the rows narrow.
  match: (p: Plan) =>
    isPlainShell(p) &&
    keepsRows(p) &&
    alignmentOf(p.contract) === 'filters' &&
    p.input.op === 'project' &&
    p.input.exprs.some((e) => e.kind !== 'column')
      ? { inner: p, project: p.input }
      : undefined,
  needs: [
    {
      name: 'the command reads only columns that are not computed, under their own names',
      holds: ({ inner, project }) => inner.reads.every((name) => passes(project, name)),
      brokenBy: { plan: shell('grep !', filters, withColumn(exclaimed, 'k'), { reads: ['k'] }), lines: ['a'] },
    },
    {
      name: 'the columns give the same for the same row',
      holds: ({ project }) => !project.exprs.some(isVolatile),
      // The first draw goes to another row.
      brokenBy: { plan: shell('grep -v a', filters, withColumn(random)), lines: ['a', 'b'] },
    },
  ],
  apply: ({ inner, project }) => {
    const { input } = project;
    const below: Shell = { ...inner, input, carried: input.schema.map((f) => f.name), schema: input.schema };
    return { ...project, input: below };
  },
});
