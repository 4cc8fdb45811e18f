import { columnsOf, type Expr } from '../../expr/expr.ts';
import { exprsOf } from '../../plan/ops.ts';
import type { Aggregate, Plan, Project, Shell } from '../../plan/plan.ts';
import { alsoRead } from '../../plan/shell-ways.ts';
import { countAll, project, promise, shell, skipping, t, twice } from '../examples.ts';
import { emitsOne, noEffects, skipsNothing, total, type OverShell } from '../needs.ts';
import { rule } from '../rule.ts';

const mapping = { scope: { unit: 'record' }, emits: 'one', determinism: 'deterministic' } as const;

/** An operator that says which columns of its input it reads: all others are nobody's. */
type Reader = Project | Aggregate;

const overShell = (p: Plan): OverShell<Reader> | undefined =>
  (p.op === 'project' || p.op === 'aggregate') && p.input.op === 'shell' && p.input.input !== undefined
    ? { outer: p, inner: p.input }
    : undefined;

/** Columns that these expressions read, and `more`. */
export function columnsRead(exprs: readonly Expr[], more: Iterable<string> = []): Set<string> {
  const names = new Set(more);
  for (const e of exprs) columnsOf(e, names);
  return names;
}

/** The columns of its input that an operator reads. */
export const readBy = (p: Reader): ReadonlySet<string> => columnsRead(exprsOf(p));

/** What a command still carries, and gives, where only `wanted` columns are read above it. */
export function carrying({ carried, schema }: Shell, wanted: ReadonlySet<string>): Pick<Shell, 'carried' | 'schema'> {
  const left = schema.filter((f) => wanted.has(f.name) || !carried.includes(f.name));
  // Rows have to be counted: one column stays.
  const kept = left.length > 0 ? left : schema.slice(0, 1);
  return { carried: carried.filter((name) => kept.some((f) => f.name === name)), schema: kept };
}

/** A command that carries no more than is wanted, over an input that has no more than it needs. `READS *` is what is there. */
function narrowed(inner: Shell, wanted: ReadonlySet<string>): Shell {
  const { carried, schema } = carrying(inner, wanted);
  const needed = [...(inner.readsAll ? [] : inner.reads), ...carried, ...alsoRead(inner)];
  const input = subset(needed, inner.input!);
  return { ...inner, carried, schema, reads: inner.readsAll ? carried : inner.reads, input };
}

/** Some columns of a plan, as they are. */
export const subset = (columns: readonly string[], input: Plan): Project => {
  const schema = input.schema.filter((f) => columns.includes(f.name));
  return { op: 'project', input, schema, exprs: schema.map((f) => ({ kind: 'column', name: f.name, type: f.type })) };
};

/** P1: columns that nobody reads above a command are not carried around it. */
export const projectBelowShell = rule<OverShell<Reader>>({
  id: 'P1',
  law: 'project(A, shell(c, r)) = project(A, shell(c, project((A + READS) - WRITES, r)))',
  why: 'only READS are sent, so no other column can matter to the command',
  gain: 'columns that nobody wants are neither read nor sent',
  command: ({ inner }) => inner,
  match: (p) => {
    const found = overShell(p);
    if (found === undefined) return undefined;
    const { schema } = narrowed(found.inner, readBy(found.outer)).input!;
    return schema.length < found.inner.input!.schema.length && schema.length > 0 ? found : undefined;
  },
  needs: [
    {
      name: 'READS names its columns',
      word: 'READS (..)',
      holds: ({ inner }) => !inner.readsAll,
      // What is left has one field.
      brokenBy: {
        plan: project(
          ['z', 'k'],
          shell(`awk '{ print NF }'`, promise({ ...mapping, effects: 'none' }), twice(t), {
            readsAll: true,
            reads: ['x', 'k'],
            writes: [{ name: 'z', type: 'TEXT' }],
            inputFormat: { name: 'tsv', options: {} },
          }),
        ),
        lines: ['a'],
      },
    },
  ],
  apply: ({ outer, inner }) => ({ ...outer, input: narrowed(inner, readBy(outer)) }),
});

/** P2: a command whose columns nobody reads need not run. */
export const dropDeadShell = rule<OverShell<Reader>>({
  id: 'P2',
  law: 'project(A, shell(c, r)) = project(A, r) where A has no column of WRITES',
  why: 'one row comes out for each that goes in, with the carried columns unchanged',
  gain: 'the command is not run at all',
  command: ({ inner }) => inner,
  dropsOn: ['emits', 'effects', 'total'],
  match: (p) => {
    const found = overShell(p);
    // Without its groups the rows would come in another order.
    if (found === undefined || found.inner.writes.length === 0 || found.inner.groups !== undefined) return undefined;
    const read = readBy(found.outer);
    return found.inner.writes.some((w) => read.has(w.name)) ? undefined : found;
  },
  needs: [
    emitsOne({
      plan: countAll(
        shell(
          'sed /b/d',
          promise({
            scope: { unit: 'record' },
            emits: '0..1',
            determinism: 'deterministic',
            effects: 'none',
            total: true,
          }),
          t,
        ),
      ),
      lines: ['a', 'b'],
    }),
    noEffects({
      plan: project(['k'], shell('tee -a seen', promise({ ...mapping, total: true }), twice(t))),
      lines: ['a'],
    }),
    skipsNothing({
      plan: countAll(shell('cat', promise({ ...mapping, effects: 'none', total: true }), t, skipping)),
      lines: ['a', '1'],
    }),
    // Its failure was the news.
    total({
      plan: project(['k'], shell('cat; exit 3', promise({ ...mapping, effects: 'none' }), twice(t))),
      lines: ['a'],
    }),
  ],
  apply: ({ outer, inner }) => ({ ...outer, input: inner.input! }),
});
