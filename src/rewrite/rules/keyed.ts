import type { Contract } from '../../contract/contract.ts';
import { isFreeAcross, type Edge } from '../../plan/edge.ts';
import { column, integer } from '../../expr/expr.ts';
import type { Plan, Project, Shell } from '../../plan/plan.ts';
import { call, promise, shell, t, twice } from '../examples.ts';
import { deterministic, noEffects, within } from '../needs.ts';
import { rule, type Need } from '../rule.ts';

interface Grouped {
  readonly inner: Shell;
  readonly edge: Edge;
}
const declared: Contract = { scope: { value: { unit: 'key', columns: ['x'] }, by: 'declared' } };
/** As the binder says it of PARTITION BY. */
const implied: Contract = { scope: { value: { unit: 'key', columns: ['x'] }, by: 'implied' } };
const pure = promise({ determinism: 'deterministic', effects: 'none' });
const lines = ['a', 'b', 'a', 'c', 'd', 'a'];

/** `k` is what follows the first character of x. */
const tailed: Project = {
  ...twice(t),
  exprs: [column('x', 'TEXT'), { ...call('substr', column('x', 'TEXT'), integer(2)), type: 'TEXT' }],
};

/** A process for each value of x. */
const grouped = (command: string, contract: Contract, more: Partial<Shell> = {}): Shell =>
  shell(command, contract, t, { groups: { keys: ['x'] }, ...more });

/** A process for each value of a key, in no other way of its own. */
const isGrouped = (p: Plan): p is Shell & { readonly groups: { readonly keys: readonly string[] } } =>
  p.op === 'shell' &&
  p.input !== undefined &&
  p.groups !== undefined &&
  p.groups.windowEnd === undefined &&
  (p.onError ?? 'fail') === 'fail' &&
  p.contract.needs?.value.exclusive === undefined &&
  [p.call, p.mode, p.time, p.retries, p.timeout, p.limits, p.stopsEarly].every((way) => way === undefined);

/** Needs of every law that shows several groups to one process. @param more what makes it match. */
const needs = (more: Partial<Shell>): readonly Need<Grouped>[] => [
  {
    name: 'the command itself is declared SCOPE KEY of the columns that make the groups',
    word: 'SCOPE KEY (..)',
    holds: ({ inner: { contract, groups } }) => {
      const { scope } = contract;
      return scope?.value.unit === 'key' && scope.by !== 'implied' && within(scope.value.columns, groups?.keys ?? []);
    },
    // PARTITION BY asks for a process for each key, and says nothing about the command.
    brokenBy: { plan: grouped('wc -l', { ...pure, ...implied }, more), lines, edge: 'bag' },
  },
  deterministic({
    plan: grouped(
      `awk 'BEGIN { srand(7) } !seen[$0]++ { print int(rand() * 1e6) }'`,
      { ...promise({ effects: 'none' }), ...declared },
      more,
    ),
    lines,
    edge: 'bag',
  }),
  // Each process writes the file anew.
  noEffects({
    plan: grouped('tee seen', { ...promise({ determinism: 'deterministic' }), ...declared }, more),
    lines,
    edge: 'bag',
  }),
  {
    name: 'the command is sent the columns that make the groups',
    holds: ({ inner }) => within(inner.groups!.keys, inner.reads),
    // Of the rows that have the same k uniq keeps one, whatever their x is.
    brokenBy: {
      plan: shell('uniq', { ...pure, ...declared }, tailed, { ...more, reads: ['k'], groups: { keys: ['x'] } }),
      lines: ['a1', 'b1', 'c1'],
      edge: 'bag',
    },
  },
  {
    name: 'rows can be found again without the groups: EMITS ONE, or nothing goes around the command',
    holds: ({ inner }) => inner.carried.length === 0 || inner.contract.emits?.value === 'one',
    // Which line has which key cannot be told any more.
    brokenBy: {
      plan: {
        ...grouped(`awk '!seen[$0]++'`, { ...pure, ...declared }, { ...more, writes: [{ name: 'y', type: 'TEXT' }] }),
        carried: ['x'],
        schema: [...t.schema, { name: 'y', type: 'TEXT' }],
      },
      lines,
      edge: 'bag',
    },
  },
  {
    name: 'nothing above looks at the order, or only at that of rows that agree in what makes the groups',
    holds: ({ inner, edge }) => isFreeAcross(edge, inner.groups!.keys),
    // The rows of a group came one after the other.
    brokenBy: { plan: grouped('cat', { ...pure, ...declared }, more), lines },
  },
  {
    name: 'what makes the groups goes around the command, if the order of rows that agree in it is looked at',
    holds: ({ inner, edge }) => typeof edge === 'string' || within(inner.groups!.keys, inner.carried),
    // The rows of all groups agree in x now.
    brokenBy: {
      plan: grouped(
        `awk '{ print "z\t" $0 }'`,
        { ...pure, ...declared },
        { ...more, writes: [...t.schema, { name: 'y', type: 'TEXT' }], outputFormat: { name: 'tsv', options: {} } },
      ),
      lines,
      edge: { perKey: ['x'] },
    },
  },
];

const withoutGroups = ({ groups, ...inner }: Shell, copies: number): Shell => ({
  ...inner,
  copies,
  copiesBy: groups!.keys,
});

/** A2: all rows that have a key in common are shown to one copy. */
export const copiesByKey = rule<Grouped>({
  id: 'A2',
  law: 'shell(c, r) = shell(c, r where key in K1) + shell(c, r where key in K2) + .., but for the order of keys',
  why: 'what it gives for the rows of one key does not depend on the others (SCOPE KEY)',
  gain: 'a few processes at a time, on several cores, in place of one for each key',
  command: ({ inner }) => inner,
  match: (p, edge) => (isGrouped(p) && (p.parallel ?? 1) > 1 ? { inner: p, edge } : undefined),
  needs: needs({ parallel: 2 }),
  apply: ({ inner }) => withoutGroups(inner, inner.parallel!),
});

/** G5 */
export const oneProcessForGroups = rule<Grouped>({
  id: 'G5',
  law: 'shell(c, r where key = k1) + shell(c, r where key = k2) + .. = shell(c, r), but for the order of keys',
  why: 'what it gives for the rows of one key does not depend on the others (SCOPE KEY)',
  gain: 'one process in place of one for each key',
  command: ({ inner }) => inner,
  match: (p, edge) => (isGrouped(p) && (p.parallel ?? 1) === 1 ? { inner: p, edge } : undefined),
  needs: needs({}),
  apply: ({ inner }) => withoutGroups(inner, 1),
});
