import type { Shell } from '../../plan/plan.ts';
import { promise, shell, t } from '../examples.ts';
import { deterministic, noEffects } from '../needs.ts';
import { rule } from '../rule.ts';

const record = { unit: 'record' } as const;

/**
 * C1 is about several plans: `withSharedCommands` applies it where they have the same command over the same rows. What
 * breaks a need is a command that two plans have over the lines.
 */
export const oneCommandForPlans = rule<{ inner: Shell }>({
  id: 'C1',
  law: 'shell(c, r) in one plan, shell(c, r) in another = copies of one shell(c, r)',
  why: 'the same rows give the same output, and nobody can tell how often the command was run',
  gain: 'one process in place of one for each plan',
  command: ({ inner }) => inner,
  match: (p) => (p.op === 'shell' && isShareable(p) ? { inner: p } : undefined),
  needs: [
    // Each process has another number.
    deterministic({
      plan: shell('sed "s/.*/$$/"', promise({ scope: record, emits: 'one', effects: 'none' }), t),
      lines: ['a'],
    }),
    noEffects({
      plan: shell('tee -a seen', promise({ scope: record, emits: 'one', determinism: 'deterministic' }), t),
      lines: ['a'],
    }),
  ],
  apply: ({ inner }) => inner,
});

/** Whether all that it does is to give rows. */
const isShareable = ({ input, onError = 'fail', mode, time, stopsEarly, readsAll }: Shell): boolean =>
  input !== undefined &&
  onError === 'fail' &&
  [mode, time, stopsEarly].every((way) => way === undefined) &&
  (!readsAll || input.schema.length === 1);
