import type { Contract } from './contract.ts';

/**
 * How output rows find the input rows they come from; undefined where they cannot, and then nothing is carried.
 * FILTERS alone does not do: of two equal lines of which one survives, nobody knows which, unless equal lines share
 * their fate (RECORD, DETERMINISTIC).
 */
export function alignmentOf(contract: Contract): 'one' | 'filters' | undefined {
  if (contract.filters !== undefined) {
    const fair = contract.scope?.value.unit === 'record' && contract.determinism?.value === 'deterministic';
    return fair ? 'filters' : undefined;
  }
  return contract.emits?.value === 'one' ? 'one' : undefined;
}

/** What was found false once is not relied on. */
export const isPerRecord = ({ scope }: Contract): boolean =>
  scope?.value.unit === 'record' && scope.by !== 'quarantined';
