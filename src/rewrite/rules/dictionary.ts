import { alignmentOf } from '../../contract/aligned.ts';
import { bounded } from '../../plan/facts.ts';
import type { Plan, Shell } from '../../plan/plan.ts';
import { promise, shell, skipping, t } from '../examples.ts';
import { deterministic, noEffects, perRecord } from '../needs.ts';
import { rule } from '../rule.ts';

const record = { unit: 'record' } as const;

/** A command that is run, has no way of its own to get its rows, and whose rows end. Lines of a file it is best to read itself. */
const isPlain = (p: Plan): p is Shell & { readonly input: Plan } =>
  p.op === 'shell' &&
  p.input !== undefined &&
  [p.call, p.mode, p.groups, p.time, p.native].every((way) => way === undefined) &&
  !(p.input.op === 'scan' && p.input.connector === 'file' && p.input.schema.length === 1) &&
  bounded(p.input);

/** K1: a dictionary of answers; see `ShellCall` for how it runs. */
export const askOnce = rule<{ inner: Shell }>({
  id: 'K1',
  law: 'shell(c, r) = r joined with shell(c, distinct(READS of r))',
  why: 'equal rows get equal answers, so each answer is asked for once and given to all rows that are equal in READS',
  gain: 'the command runs once for each distinct value of what it READS',
  command: ({ inner }) => inner,
  match: (p) => (isPlain(p) ? { inner: p } : undefined),
  needs: [
    // The second a has another number.
    perRecord({
      plan: shell('nl -ba -w1', promise({ emits: 'one', determinism: 'deterministic', effects: 'none' }), t),
      lines: ['a', 'a'],
    }),
    deterministic({
      plan: shell(
        `awk 'BEGIN { srand(7) } { print int(rand() * 1e6) }'`,
        promise({ scope: record, emits: 'one', effects: 'none' }),
        t,
      ),
      lines: ['a', 'a'],
    }),
    noEffects({
      plan: shell('tee -a seen', promise({ scope: record, emits: 'one', determinism: 'deterministic' }), t),
      lines: ['a', 'a'],
    }),
    {
      name: 'each row has one answer: EMITS ONE, or FILTERS',
      word: 'EMITS ONE',
      holds: ({ inner }) => alignmentOf(inner.contract) !== undefined,
      brokenBy: {
        plan: shell(
          'sed p',
          promise({ scope: record, emits: '1..n', determinism: 'deterministic', effects: 'none' }),
          t,
        ),
        lines: ['a'],
      },
    },
    {
      name: 'a row that fails ends the query: it has no ON ERROR and no retries of its own',
      holds: ({ inner }) => (inner.onError ?? 'fail') === 'fail' && inner.retries === undefined,
      // Left out, it has no answer, and no answer is NULL.
      brokenBy: {
        plan: shell(
          'cat',
          promise({ scope: record, emits: 'one', determinism: 'deterministic', effects: 'none' }),
          t,
          skipping,
        ),
        lines: ['a', '1'],
      },
    },
  ],
  apply: ({ inner }) => ({
    ...inner,
    call: {
      distinct: true,
      ...(inner.contract.filters && { keeps: true }),
      names: inner.reads,
      result: inner.writes[0]?.name ?? '',
    },
  }),
});
