import { alignmentOf } from '../../contract/aligned.ts';
import { column, text } from '../../expr/expr.ts';
import { isOneForm } from '../../plan/edge.ts';
import type { Distinct, Shell } from '../../plan/plan.ts';
import { anyNumbers, distinct, promise, shell, t, twice } from '../examples.ts';
import { answersAlike, judgesAlike } from '../alike.ts';
import { isPlainShell, keepsRows, within } from '../needs.ts';
import { rule, type Example, type Need } from '../rule.ts';
import { subset } from './project.ts';

const record = { unit: 'record' } as const;
const pure = { determinism: 'deterministic', effects: 'none' } as const;
const filters = { scope: record, emits: '0..1', filters: true, exitOk: [0, 1], total: true, ...pure } as const;

interface BelowDistinct {
  readonly inner: Shell;
  readonly distinct: Distinct;
}

/** Columns that rows are distinct in, of which equal cells are the same. */
const told = ({ on, schema }: Distinct): readonly string[] =>
  schema.filter((f) => (on?.includes(f.name) ?? true) && isOneForm(f)).map((f) => f.name);

const readsKeys = (brokenBy: Example): Need<BelowDistinct> => ({
  name: 'it reads only columns that rows are distinct in, and equal cells of these are the same',
  holds: ({ inner, distinct: above }) => within(inner.reads, told(above)),
  brokenBy,
});

const below = ({ inner, distinct: above }: BelowDistinct): Shell => {
  const input = { ...above, input: inner.input!, schema: inner.input!.schema };
  return { ...inner, input };
};

/** D2: a filter command is shown each row once. */
export const distinctBelowFilter = rule<BelowDistinct>({
  id: 'D2',
  law: 'distinct(shell(c, r)) = shell(c, distinct(r)) for a c that FILTERS',
  why: 'equal rows share their fate, and the first of them stands for all',
  gain: 'the command sees equal rows once',
  command: ({ inner }) => inner,
  match: (p) =>
    p.op === 'distinct' && p.on === undefined && p.ttl === undefined && isPlainShell(p.input) && keepsRows(p.input)
      ? { distinct: p, inner: p.input }
      : undefined,
  needs: [
    ...judgesAlike((command, contract) => distinct(shell(command, contract, t))),
    // 1 came first, so 1.0 was no new row.
    readsKeys({ plan: distinct(shell(`grep '[.]'`, promise(filters), anyNumbers(t))), lines: ['1', '1.0'] }),
  ],
  apply: below,
});

/** D3 */
export const distinctOnBelowFilter = rule<BelowDistinct>({
  id: 'D3',
  law: 'distinct on k (shell(c, r)) = shell(c, distinct on k (r)) for a c that FILTERS and READS some of k',
  why: 'rows with the same k share their fate, so that the first of them stays the first',
  gain: 'the command sees rows with the same k once',
  command: ({ inner }) => inner,
  match: (p) =>
    p.op === 'distinct' && p.on !== undefined && p.ttl === undefined && isPlainShell(p.input) && keepsRows(p.input)
      ? { distinct: p, inner: p.input }
      : undefined,
  needs: [
    ...judgesAlike((command, contract) => ({ ...distinct(shell(command, contract, t)), on: ['x'] })),
    // Of the rows with this k, a was the first.
    readsKeys({
      plan: { ...distinct(shell('grep b', promise(filters), { ...twice(t), exprs: [column('x', 'TEXT'), text('-')] })), on: ['k'] }, // prettier-ignore
      lines: ['a', 'b'],
    }),
  ],
  apply: below,
});

const several = promise({ scope: record, emits: '1..n', ...pure });

/** D1: a command of which nobody wants to see the same twice is not shown the same twice. */
export const distinctAlsoBelowShell = rule<BelowDistinct>({
  id: 'D1',
  law: 'distinct(shell(c, r)) = distinct(shell(c, distinct(READS of r)))',
  why: 'rows that are equal in what c reads give equal rows, and only the first of these stay',
  gain: 'the command sees equal rows once',
  command: ({ inner }) => inner,
  // Where rows can be found again, law K1 does as much without a second operator.
  match: (p) =>
    p.op === 'distinct' &&
    p.on === undefined &&
    p.ttl === undefined &&
    isPlainShell(p.input) &&
    alignmentOf(p.input.contract) === undefined &&
    p.input.carried.length === 0 &&
    !p.input.readsAll &&
    p.input.input.op !== 'distinct'
      ? { distinct: p, inner: p.input }
      : undefined,
  needs: [
    ...answersAlike((command, contract) => distinct(shell(command, contract, t)), ['a', 'a'], '1..n'),
    {
      name: 'equal cells of the columns that it reads are the same',
      holds: ({ inner }) => inner.input!.schema.every((f) => !inner.reads.includes(f.name) || isOneForm(f)),
      // As values, 1 and 1.0 are equal.
      brokenBy: { plan: distinct(shell('sed p', several, anyNumbers(t))), lines: ['1', '1.0'] },
    },
  ],
  apply: ({ inner, distinct: above }) => {
    const read = subset(inner.reads, inner.input!);
    const below: Distinct = { op: 'distinct', input: read, schema: read.schema };
    return { ...above, input: { ...inner, input: below } };
  },
});
