import { alignmentOf } from '../../contract/aligned.ts';
import { exprsOf } from '../../plan/ops.ts';
import type { Limit, Plan, Shell, Sort } from '../../plan/plan.ts';
import { limit, promise, shell, sort, t, twice } from '../examples.ts';
import { deterministic, hasCount, isPlainShell, noEffects, perRecord, within } from '../needs.ts';
import { rule } from '../rule.ts';
import { columnsRead } from './project.ts';

interface OverSort {
  readonly inner: Shell & { readonly input: Plan };
  readonly sort: Sort;
  readonly outer: Limit;
}
const record = { unit: 'record' } as const;
const pure = { determinism: 'deterministic', effects: 'none' } as const;
const y = { writes: [{ name: 'y', type: 'TEXT' }] } as const;
/** The first of the lines by `k`, which goes around the command. */
const first = (command: string, contract: Parameters<typeof promise>[0]): Limit =>
  limit(1, sort('k', shell(command, promise({ emits: 'one', ...contract }), twice(t), y)));

/** T4: a command that makes a row of each is shown the first rows of a sort only. */
export const commandAboveTop = rule<OverSort>({
  id: 'T4',
  law: 'limit(n, sort(k, shell(c, r))) = shell(c, limit(n, sort(k, r))) for a c that EMITS ONE and does not write k',
  why: 'a row comes out for each that goes in, with the same k: so the same rows are the first ones, in the same order',
  gain: 'the command is sent no more rows than are wanted',
  estimate: ({ outer }) => `at most ${(outer.count! + outer.offset).toLocaleString('en-US')} rows`,
  command: ({ inner }) => inner,
  match: (p) =>
    p.op === 'limit' &&
    hasCount(p) &&
    p.input.op === 'sort' &&
    isPlainShell(p.input.input) &&
    alignmentOf(p.input.input.contract) === 'one'
      ? { outer: p, sort: p.input, inner: p.input.input }
      : undefined,
  needs: [
    {
      name: 'the rows are sorted by columns that go around the command',
      holds: ({ sort: by, inner }) => within(columnsRead(exprsOf(by)), inner.carried),
      brokenBy: {
        plan: limit(1, sort('x', shell('tr ab ba', promise({ scope: record, emits: 'one', ...pure }), t))),
        lines: ['a', 'b'],
      },
    },
    // The first by k is the second line.
    perRecord({ plan: first('nl -ba -w1', pure), lines: ['b', 'a'] }),
    deterministic({
      plan: first(`awk 'BEGIN { srand(7) } { print int(rand() * 1e6) }'`, { scope: record, effects: 'none' }),
      lines: ['b', 'a'],
    }),
    noEffects({
      plan: first('tee -a seen', { scope: record, determinism: 'deterministic' }),
      lines: ['b', 'a'],
    }),
  ],
  apply: ({ outer, sort: by, inner }) => {
    const { input } = inner;
    const { schema } = input;
    return { ...inner, input: { ...outer, schema, input: { ...by, schema, input } } };
  },
});
