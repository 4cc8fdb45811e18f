import { column } from '../../expr/expr.ts';
import type { Plan, Project, Shell, Union } from '../../plan/plan.ts';
import { filter, eq, promise, shell, t, twice, union } from '../examples.ts';
import { deterministic, isPlainShell, noEffects, perRecord } from '../needs.ts';
import { rule } from '../rule.ts';

interface SameCommands {
  readonly inner: Shell;
  readonly outer: Union;
  readonly shells: readonly Shell[];
}
const record = { unit: 'record' } as const;
const pure = { determinism: 'deterministic', effects: 'none' } as const;
const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** All that makes a command what it is, but for where in the text it stands. */
const essence = ({ input: _, origin: __, ...shell }: Shell): Omit<Shell, 'input' | 'origin'> => shell;

/** The columns that a command looks at or carries, as its input has them. */
const needed = ({ reads, carried, input }: Shell): Plan['schema'] =>
  [...new Set([...reads, ...carried])].map((name) => input!.schema.find((f) => f.name === name)!);

/** The lines, and those of them that are `a`. */
const both = (like: (input: Plan) => Shell): Union => union(like(t), like(filter(eq('x', 'a'), t)));

/** U1: what several inputs want of a command is asked of one. */
export const oneCommandAboveUnion = rule<SameCommands>({
  id: 'U1',
  law: 'union(shell(c, r), shell(c, s)) = shell(c, union(r, s))',
  why: 'what c gives for each row depends on that row alone, so it does not matter which process is shown it',
  gain: 'one process in place of several, which is asked once about what is equal in all of them',
  command: ({ inner }) => inner,
  match: (p) => {
    if (p.op !== 'union' || p.inputs.length < 2 || !p.inputs.every(isPlainShell)) return undefined;
    const [first] = p.inputs as readonly [Shell];
    // A file that a command may read by itself is best left to it.
    const isApart = p.inputs.every(({ input }) => input.op !== 'scan' || input.schema.length > 1);
    const isOne = (s: Shell) => same(essence(s), essence(first)) && same(needed(s), needed(first));
    return isApart && !first.readsAll && p.inputs.every(isOne)
      ? { outer: p, inner: first, shells: p.inputs }
      : undefined;
  },
  needs: [
    perRecord({
      plan: both((input) => shell('nl -ba -w1', promise({ emits: 'one', ...pure }), twice(input))),
      lines: ['a'],
    }),
    deterministic({
      plan: both((input) => shell(`awk 'BEGIN { srand(7) } { print int(rand() * 1e6) }'`, promise({ scope: record, emits: 'one', effects: 'none' }), twice(input))), // prettier-ignore
      lines: ['a'],
    }),
    // The second command writes the file anew.
    noEffects({
      plan: both((input) => shell('tee seen', promise({ scope: record, emits: 'one', determinism: 'deterministic' }), twice(input))), // prettier-ignore
      lines: ['a'],
    }),
  ],
  apply: ({ outer, inner, shells }) => {
    const schema = needed(inner);
    const inputs = shells.map((s): Project => ({
      op: 'project',
      input: s.input!,
      schema,
      exprs: schema.map(({ name, type }) => column(name, type)),
    }));
    const above: Shell = { ...inner, input: { op: 'union', inputs, schema } };
    if (same(names(above), names(outer))) return { ...above, schema: outer.schema };
    const exprs = above.schema.map(({ name, type }) => column(name, type));
    return { op: 'project', input: above, exprs, schema: outer.schema };
  },
});

const names = (plan: Plan): readonly string[] => plan.schema.map((f) => f.name);
