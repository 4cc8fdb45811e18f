import { column } from '../../expr/expr.ts';
import { isFreeAcross, type Edge } from '../../plan/edge.ts';
import type { Shell, Sort } from '../../plan/plan.ts';
import { promise, shell, sort, t } from '../examples.ts';
import { deterministic, isPlainShell, isVolatile, keepsRows, noEffects, perRecord } from '../needs.ts';
import { rule } from '../rule.ts';
import { columnsRead } from './project.ts';

const record = { unit: 'record' } as const;
const pure = { determinism: 'deterministic', effects: 'none' } as const;

const read = (keys: Sort['keys']): readonly string[] => [...columnsRead(keys.map((key) => key.expr))];

/** A sort whose order is not looked at. */
export const dropUnseenSort = rule<{ sort: Sort; edge: Edge }>({
  id: 'sort-unseen',
  law: 'sort(r) = r, as bags',
  why: 'the same rows come out, and nothing above looks at their order',
  match: (p, edge) => (p.op === 'sort' && p.limit === undefined ? { sort: p, edge } : undefined),
  needs: [
    {
      name: 'nothing above looks at the order, or only at that of rows that agree in what they are sorted by',
      holds: ({ edge, sort: { keys } }) =>
        edge === 'bag' || (!keys.some(({ expr }) => isVolatile(expr)) && isFreeAcross(edge, read(keys))),
      brokenBy: { plan: sort('x', t), lines: ['b', 'a'] },
    },
  ],
  apply: ({ sort: dropped }) => dropped.input,
});

interface OverSort {
  readonly inner: Shell;
  readonly sort: Sort;
}

/** T1: a filter keeps rows away from the sort. */
export const filterCommandBelowSort = rule<OverSort>({
  id: 'T1',
  law: 'shell(c, sort(r)) = sort(shell(c, r)) for a c that FILTERS',
  why: 'which rows stay does not depend on their order, and the sort is stable',
  gain: 'fewer rows are sorted',
  command: ({ inner }) => inner,
  match: (p) =>
    isPlainShell(p) && keepsRows(p) && p.input.op === 'sort' && p.input.limit === undefined
      ? { inner: p, sort: p.input }
      : undefined,
  needs: [
    perRecord({ plan: shell('uniq', promise({ filters: true, emits: '0..1', ...pure }), sort('x', t)), lines: ['a', 'b', 'a'] }), // prettier-ignore
    deterministic({
      plan: shell(
        `awk 'BEGIN { srand(7) } rand() < 0.3'`,
        promise({ scope: record, filters: true, emits: '0..1', effects: 'none' }),
        sort('x', t),
      ),
      lines: ['c', 'b', 'a', 'e', 'd'],
    }),
    // The file tells in which order it was asked.
    noEffects({
      plan: shell(
        'tee -a seen | grep -v a',
        promise({ scope: record, filters: true, emits: '0..1', determinism: 'deterministic', exitOk: [0, 1] }),
        sort('x', t),
      ),
      lines: ['b', 'a'],
    }),
  ],
  apply: ({ inner, sort: above }) => ({ ...above, input: { ...inner, input: above.input } }),
});

const sorted = promise({ ...pure, sortedBy: ['x'], orderFree: true });

/** T3: what a command has sorted is not sorted again. */
export const dropSortAboveShell = rule<OverSort>({
  id: 'T3',
  law: 'sort(k, shell(c, r)) = shell(c, r) for a c that is SORTED BY k',
  why: 'a stable sort leaves rows that are in order as they are',
  gain: 'the rows are not sorted twice',
  command: ({ inner }) => inner,
  match: (p) =>
    p.op === 'sort' && p.limit === undefined && p.input.op === 'shell' ? { sort: p, inner: p.input } : undefined,
  needs: [
    {
      name: 'the command is declared SORTED BY the columns of the sort',
      word: 'SORTED BY (..)',
      holds: ({ sort: { keys }, inner }) =>
        keys.every(({ expr }, i) => expr.kind === 'column' && expr.name === inner.contract.sortedBy?.value[i]),
      brokenBy: { plan: sort('x', shell('cat', promise(pure), t)), lines: ['b', 'a'] },
    },
    {
      name: 'they are sorted as bytes of text, ascending',
      holds: ({ sort: { keys } }) =>
        keys.every((k) => !k.descending && k.expr.type === 'TEXT' && (k.collation ?? 'BINARY') === 'BINARY'),
      // As texts, 10 comes before 9.
      brokenBy: {
        plan: {
          ...sort('x', shell('sort', sorted, t, { writes: [{ name: 'x', type: 'INTEGER' }] })),
          keys: [{ expr: column('x', 'INTEGER'), descending: false, nullsFirst: true }],
        },
        lines: ['9', '10'],
      },
    },
    {
      name: 'no NULL comes out of it, and no column goes around it',
      holds: ({ inner: { writes, carried, outputFormat } }) =>
        carried.length === 0 && writes.length === 1 && outputFormat.name === 'lines',
      // The text of NULL is sorted among the others.
      brokenBy: {
        plan: sort('x', shell("sed 's/n/\\\\N/' | sort", sorted, t, { outputFormat: { name: 'tsv', options: {} } })),
        lines: ['n', 'A'],
      },
    },
  ],
  apply: ({ inner }) => inner,
});
