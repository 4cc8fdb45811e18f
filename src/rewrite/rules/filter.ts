import { passing, percent } from '../estimate.ts';
import { isPerRecord } from '../../contract/aligned.ts';
import type { Contract } from '../../contract/contract.ts';
import type { Schema } from '../../data/types.ts';
import { column, columnsOf, conjoin, conjuncts, integer, text, type Expr } from '../../expr/expr.ts';
import { isOneForm } from '../../plan/edge.ts';
import type { Filter, Plan, Shell } from '../../plan/plan.ts';
import { abs, anyNumbers, call, eq, filter, filters, initial, promise, random, shell, t, twice } from '../examples.ts';
import {
  cannotFail,
  deterministic,
  mayFail,
  noEffects,
  predicateIsStable,
  readsCarried,
  within,
  type OverShell,
} from '../needs.ts';
import { rule } from '../rule.ts';

const record = { unit: 'record' } as const;
const pure = { determinism: 'deterministic', effects: 'none' } as const;
const map = promise({ scope: record, emits: 'one', ...pure });
/** abs() overflows on the least INTEGER. */
const least = '-9223372036854775808';

/** A process for each value of x, around which all columns go. */
const grouped = (command: string, contract: Contract, input: Plan): Shell =>
  shell(command, contract, input, { writes: [{ name: 'y', type: 'TEXT' }], groups: { keys: ['x'] } });

/** Whether a row is left out whatever rows there are besides it. */
const judgesRows = ({ inner }: OverShell<Filter>): boolean => isPerRecord(inner.contract) || inner.groups === undefined;
const judgedKeys = ({ outer, inner }: OverShell<Filter>): Schema => {
  const read = columnsOf(outer.predicate);
  return inner.schema.filter((field) => read.has(field.name));
};

const overShell = (p: Plan): OverShell<Filter> | undefined =>
  p.op === 'filter' && p.input.op === 'shell' && p.input.input !== undefined ? { outer: p, inner: p.input } : undefined;

/** F1: the law that this project is about. */
export const filterBelowShell = rule<OverShell<Filter>>({
  id: 'F1',
  law: 'filter(p, shell(c, r)) = shell(c, filter(p, r))',
  why:
    'each output row has the columns that p reads from the one input row that made it, or from its group, and nobody can ' +
    'tell whether the command saw the other rows (only a failure on rows that nobody wants is not noticed any more)',
  gain: 'fewer rows are sent to the command',
  estimate: ({ outer }) => `a guess: ${percent(1 - passing(outer.predicate))} fewer`,
  command: ({ inner }) => inner,
  match: overShell,
  needs: [
    {
      // Of the groups that it has a process for each, all vanish whole or stay.
      name: 'the command is declared SCOPE RECORD, or each group gets a process of its own',
      word: 'SCOPE RECORD',
      holds: ({ inner }) => isPerRecord(inner.contract) || inner.groups !== undefined,
      // The numbers of the lines shift.
      brokenBy: {
        plan: filter(eq('k', 'b'), shell('nl -ba -w1', promise({ emits: 'one', ...pure }), twice(t))),
        lines: ['a', 'b'],
      },
    },
    {
      name: 'the predicate reads only what makes the groups, if the command is not SCOPE RECORD',
      holds: (found) => judgesRows(found) || within(columnsOf(found.outer.predicate), found.inner.groups!.keys),
      brokenBy: {
        plan: filter(eq('k', 'ab'), grouped('nl -ba -w1', promise({ emits: 'one', ...pure }), initial)),
        lines: ['aa', 'ab'],
      },
    },
    {
      name: 'equal cells of what makes the groups are the same',
      holds: (found) => judgesRows(found) || judgedKeys(found).every((f) => isOneForm(f) || f.type === 'TIMESTAMP'),
      // 1 and 1.0 are one group, and go by the form that came first.
      brokenBy: {
        plan: filter(
          call('=', call('typeof', column('x', 'ANY')), text('real')),
          grouped('nl -ba -w1', promise({ emits: 'one', ...pure }), anyNumbers(t)),
        ),
        lines: ['1', '1.0'],
      },
    },
    readsCarried({ plan: filter(eq('x', 'b'), shell('sed s/a/b/', map, t)), lines: ['a', 'c'] }),
    // Which rows get which draws depends on how many rows are asked.
    predicateIsStable({
      plan: filter(call('=', call('%', random, integer(2)), integer(1)), shell('grep -v a', filters, t)),
      lines: ['a', 'b', 'c'],
    }),
    // The second draw goes to the first row.
    deterministic({
      plan: filter(
        eq('k', 'b'),
        shell(
          `awk 'BEGIN { srand(7) } { print int(rand() * 1e6) }'`,
          promise({ scope: record, emits: 'one', effects: 'none' }),
          twice(t),
        ),
      ),
      lines: ['a', 'b'],
    }),
    noEffects({
      plan: filter(
        eq('k', 'a'),
        shell('tee -a seen', promise({ scope: record, emits: 'one', determinism: 'deterministic' }), twice(t)),
      ),
      lines: ['a', 'b'],
    }),
    // grep kept away the number that abs() fails on.
    cannotFail({
      plan: filter(call('>', abs(column('x', 'TEXT')), integer(5)), shell('grep -v 9223', filters, t)),
      lines: [least, '7'],
    }),
  ],
  apply: ({ outer, inner }) => ({ ...inner, input: { ...outer, input: inner.input!, schema: inner.input!.schema } }),
});

/** Whether a conjunct on its own may pass the command. */
const passes = (predicate: Expr, inner: Shell): boolean =>
  filterBelowShell.needs.every((need) => need.holds({ outer: filter(predicate, inner), inner }));

/** F3: the part of a conjunction that may pass a command becomes a filter of its own, just above it. */
export const splitConjuncts = rule<OverShell<Filter>>({
  id: 'F3',
  law: 'filter(p AND q, r) = filter(q, filter(p, r))',
  why: 'a row stays iff both are true',
  gain: 'fewer rows are sent to the command, by what a part of the predicate drops',
  command: ({ inner }) => inner,
  prepares: 'F1',
  match: (p) => {
    const found = overShell(p);
    if (found === undefined) return undefined;
    const all = conjuncts(found.outer.predicate);
    const passing = all.filter((c) => passes(c, found.inner)).length;
    return passing > 0 && passing < all.length ? found : undefined;
  },
  needs: [
    {
      name: 'no conjunct that can fail overtakes one that may keep rows away from it',
      holds: ({ outer, inner }) => {
        const all = conjuncts(outer.predicate);
        const firstToStay = all.findIndex((c) => !passes(c, inner));
        return all.slice(firstToStay).every((c) => !passes(c, inner) || !mayFail(c));
      },
      brokenBy: {
        plan: filter(
          conjoin([eq('x', 'B'), call('>', abs(column('k', 'TEXT')), integer(0))]),
          shell('tr b B', map, twice(t)),
        ),
        lines: [least, 'b'],
      },
    },
  ],
  apply: ({ outer, inner }) => {
    const all = conjuncts(outer.predicate);
    const below = { ...outer, predicate: conjoin(all.filter((c) => passes(c, inner))) };
    return { ...outer, predicate: conjoin(all.filter((c) => !passes(c, inner))), input: below };
  },
});

const isAssertion = (e: Expr): boolean => e.kind === 'call' && e.fn === 'assert that';

/** Two filters in a row are one, so that a conjunct finds its way past others that stay. */
export const mergeFilters = rule<{ outer: Filter; inner: Filter }>({
  id: 'merge-filters',
  law: 'filter(q, filter(p, r)) = filter(p AND q, r)',
  why: 'a row stays iff both are true',
  // An ASSERT is a filter only in form: it sees each row, so nothing may keep rows away from it.
  match: (p) =>
    p.op === 'filter' && p.input.op === 'filter' && !isAssertion(p.input.predicate)
      ? { outer: p, inner: p.input }
      : undefined,
  needs: [
    {
      name: 'the upper predicate cannot fail: AND looks at it where the lower one is NULL',
      holds: ({ outer }) => !mayFail(outer.predicate),
      brokenBy: { plan: filter(call('>', abs(text(least)), integer(5)), filter(eq('x', 'a'), t)), lines: ['\\N'] },
    },
  ],
  apply: ({ outer, inner }) => ({
    ...inner,
    predicate: conjoin([...conjuncts(inner.predicate), ...conjuncts(outer.predicate)]),
  }),
});
