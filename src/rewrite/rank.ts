import { alignmentOf } from '../contract/aligned.ts';
import type { Hints } from '../contract/contract.ts';
import { shellName } from '../plan/ops.ts';
import type { Shell } from '../plan/plan.ts';
import { percent } from './estimate.ts';

/** us a row, of a command of which nothing is known. */
const COST = 1;
/** The same of common programs, as seen on lines of some fifty bytes. */
const COSTS: Readonly<Record<string, number>> = { grep: 0.2, fgrep: 0.2, cut: 0.2, tr: 0.2, sed: 0.5, awk: 0.5, jq: 3 };
/** Share of rows that pass a filter that says nothing. */
const SELECTIVITY = 0.5;

const costOf = ({ contract, command }: Shell): number =>
  contract.hints?.value.cost ?? COSTS[/^\s*(\w+)/.exec(command)?.[1] ?? ''] ?? COST;
const passing = ({ contract }: Shell): number =>
  alignmentOf(contract) === 'filters' ? (contract.hints?.value.selectivity ?? SELECTIVITY) : 1;

/**
 * Cost of a command for each row that it keeps away from what comes behind it: of two that commute, the one of the lower
 * rank goes first. Infinite for one that keeps no row away. By what was measured, else by its hints SELECTIVITY and COST,
 * else by guesses: they never decide whether two commands may change places.
 *
 * Hellerstein, Stonebraker: Predicate Migration (SIGMOD 1993).
 */
export function rankOf(shell: Shell): number {
  const passes = passing(shell);
  return passes >= 1 ? Infinity : costOf(shell) / (1 - passes);
}

/** What the rank rests on, in words. */
export function basisOf(shell: Shell): string {
  const { hints } = shell.contract;
  const from = (hint: keyof Hints): string =>
    hints?.value[hint] === undefined ? 'a guess' : hints.by === 'verified' ? 'measured' : 'declared';
  const passes = passing(shell);
  const share =
    passes >= 1 && from('selectivity') === 'a guess' ? '' : `, ${percent(passes)} pass (${from('selectivity')})`;
  return `'${shellName(shell)}' ${costOf(shell)} us a row (${from('cost')})${share}`;
}
