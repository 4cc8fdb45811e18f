import type { Contract } from '../contract/contract.ts';
import type { Plan, Shell } from '../plan/plan.ts';
import { promise } from './examples.ts';
import { deterministic, noEffects, perRecord } from './needs.ts';
import type { Need } from './rule.ts';

/** What a law is about, over a command. */
type Over = (command: string, contract: Contract) => Plan;

const record = { unit: 'record' } as const;
const pure = { determinism: 'deterministic', effects: 'none' } as const;

/**
 * Needs of each law that rests on it that equal rows get equal answers, whichever rows are asked about. A command that
 * numbers rows, one that draws and one that keeps a diary show that.
 *
 * @param over gives plans on which the law goes wrong. @param lines some of them more than once.
 */
export const answersAlike = (
  over: Over,
  lines: readonly string[],
  emits: 'one' | '1..n' = 'one',
): readonly Need<{ readonly inner: Shell }>[] => [
  perRecord({ plan: over('nl -ba -w1', promise({ emits, ...pure })), lines }),
  deterministic({
    plan: over(
      `awk 'BEGIN { srand(7) } { print int(rand() * 1e6) }'`,
      promise({ scope: record, emits, effects: 'none' }),
    ),
    lines,
  }),
  noEffects({ plan: over('tee -a seen', promise({ scope: record, emits, determinism: 'deterministic' })), lines }),
];

/** Equal lines, and many that may be drawn. */
const repeated = ['a', 'a', 'a', 'b', 'b', 'c', 'd', 'e'];
const sieve = { filters: true, emits: '0..1' } as const;

/** The same of commands that filter. @param counts one that does not judge each line by itself. */
export const judgesAlike = (
  over: Over,
  counts = 'head -n 2',
  lines: readonly string[] = repeated,
): readonly Need<{ readonly inner: Shell }>[] => [
  perRecord({ plan: over(counts, promise({ ...sieve, ...pure })), lines }),
  deterministic({
    plan: over(`awk 'BEGIN { srand(1) } rand() < 0.5'`, promise({ scope: record, ...sieve, effects: 'none' })),
    lines: repeated,
  }),
  noEffects({
    plan: over('tee -a seen', promise({ scope: record, ...sieve, determinism: 'deterministic' })),
    lines: repeated,
  }),
];
