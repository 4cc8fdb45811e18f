import { alignmentOf } from '../contract/aligned.ts';
import type { Shell } from '../plan/plan.ts';

/** us a row, of a command that says nothing. */
const COST = 1;
/** Share of rows that pass a filter that says nothing. */
const SELECTIVITY = 0.5;

/**
 * Cost of a command for each row that it keeps away from what comes behind it: of two that commute, the one of the lower
 * rank goes first. Infinite for one that keeps no row away. By its hints SELECTIVITY and COST, which are estimates: they
 * never decide whether two commands may change places.
 *
 * Hellerstein, Stonebraker: Predicate Migration (SIGMOD 1993).
 */
export function rankOf({ contract }: Shell): number {
  const { cost = COST, selectivity } = contract.hints?.value ?? {};
  const passes = alignmentOf(contract) === 'filters' ? (selectivity ?? SELECTIVITY) : 1;
  return passes >= 1 ? Infinity : cost / (1 - passes);
}
