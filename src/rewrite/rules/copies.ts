import { promise, shell, t } from '../examples.ts';
import type { Shell } from '../../plan/plan.ts';
import { deterministic, noEffects, perRecord } from '../needs.ts';
import { rule } from '../rule.ts';

const record = { unit: 'record' } as const;
/** PARALLEL 2. */
export const two = { parallel: 2 } as const;

/** Asked to run in copies, and free to. NEEDS EXCLUSIVE asks for one at a time; of the ways that cut the rows themselves only a daemon is one process. */
export const isAsked = (p: Shell): boolean =>
  p.input !== undefined &&
  (p.parallel ?? 1) > 1 &&
  p.contract.needs?.value.exclusive === undefined &&
  (p.mode === undefined || p.mode === 'daemon') &&
  [p.copies, p.groups, p.time].every((way) => way === undefined);

/** A1: each copy gets the next rows, and what they give is put together in the order of the rows. */
export const runCopies = rule<{ inner: Shell }>({
  id: 'A1',
  law: 'shell(c, r1 r2 ..) = shell(c, r1) shell(c, r2) ..',
  why: 'what each row gives depends on that row alone, so it does not matter which process is shown it',
  gain: 'the command runs on several cores',
  estimate: ({ inner }) => `at most ${inner.parallel} times as fast`,
  command: ({ inner }) => inner,
  match: (p) => (p.op === 'shell' && isAsked(p) ? { inner: p } : undefined),
  needs: [
    // Each copy counts from 1.
    perRecord({
      plan: shell('nl -ba -w1', promise({ emits: 'one', determinism: 'deterministic', effects: 'none' }), t, two),
      lines: ['a', 'b'],
    }),
    deterministic({
      plan: shell(
        `awk 'BEGIN { srand(7) } { print int(rand() * 1e6) }'`,
        promise({ scope: record, emits: 'one', effects: 'none' }),
        t,
        two,
      ),
      lines: ['a', 'b'],
    }),
    // The second copy writes the file anew.
    noEffects({
      plan: shell('tee seen', promise({ scope: record, emits: 'one', determinism: 'deterministic' }), t, two),
      lines: ['a', 'b'],
    }),
  ],
  apply: ({ inner }) => ({ ...inner, copies: inner.parallel! }),
});
