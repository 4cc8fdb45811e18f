import type { Contract, Provenance } from './contract.ts';

/** Two or more promises that cannot both be meant. */
export interface Contradiction {
  readonly message: string;
  readonly axes: readonly (keyof Contract)[];
}

export interface ClosureFacts {
  /** Names of the columns that are sent. */
  readonly reads: readonly string[];
  /** Names of the columns that are parsed from the output, as the user declared them. */
  readonly writes: readonly string[];
}

/**
 * Adds what the declared promises imply, each marked so, and finds the ones that contradict each other.
 *
 * RECORD gives KEEPS ORDER, ONLINE and COMBINE concat (what each line gives depends on that line alone). FILTERS gives
 * EMITS 0..1; it keeps order by its definition, as does EMITS ONE. FLUSHES RECORD gives ONLINE: what appears before the
 * next line is read cannot depend on it.
 */
export function closeContract(
  declared: Contract,
  facts: ClosureFacts,
): { readonly contract: Contract; readonly contradictions: readonly Contradiction[] } {
  const implied: { -readonly [K in keyof Contract]: Contract[K] } = { ...declared };
  const imply = <K extends keyof Contract>(axis: K, value: NonNullable<Contract[K]>['value']) => {
    if (implied[axis] === undefined) implied[axis] = { value, by: 'implied' satisfies Provenance } as Contract[K];
  };
  if (declared.filters !== undefined) {
    imply('emits', '0..1');
    imply('keepsOrder', true);
  }
  if (declared.emits?.value === 'one') imply('keepsOrder', true);
  if (declared.flushes !== undefined) imply('online', true);
  if (declared.scope?.value.unit === 'record') {
    imply('keepsOrder', true);
    imply('online', true);
    // Not for ONE: its positional correspondence says more than any way to put parts together.
    if (implied.emits?.value !== 'one') imply('combine', { with: 'concat' });
  }
  return { contract: implied, contradictions: contradictionsIn(declared, implied, facts) };
}

function contradictionsIn(declared: Contract, all: Contract, { writes }: ClosureFacts): readonly Contradiction[] {
  const found: Contradiction[] = [];
  const refuse = (when: boolean, message: string, ...axes: (keyof Contract)[]) => {
    if (when) found.push({ message, axes });
  };
  const scope = declared.scope?.value.unit;
  const emits = all.emits?.value;
  refuse(
    declared.filters !== undefined && writes.length > 0,
    'FILTERS says that lines come out unchanged, so there is nothing for WRITES to parse',
    'filters',
  );
  refuse(
    declared.filters !== undefined && emits !== '0..1',
    'FILTERS gives each line once or not at all: EMITS can only be 0..1',
    'filters',
    'emits',
  );
  refuse(
    emits === 'one' && declared.combine !== undefined,
    'EMITS ONE gives one line for each line; COMBINE is for commands that sum lines up',
    'emits',
    'combine',
  );
  refuse(
    declared.nulls?.value.policy === 'skip' && emits !== 'one',
    'NULLS SKIP needs EMITS ONE: else nobody knows which rows the output belongs to',
    'nulls',
    'emits',
  );
  refuse(
    declared.marker !== undefined &&
      (scope === 'window' || scope === 'stream' || declared.orderFree !== undefined || declared.sortedBy !== undefined),
    'MARKER is answered before the end of the input, but the scope or the order promised here needs the end of the input',
    'marker',
    'scope',
  );
  refuse(
    declared.total !== undefined && declared.effects?.value === 'any' && declared.determinism?.value === 'volatile',
    'TOTAL cannot be relied on for a VOLATILE command with EFFECTS ANY',
    'total',
    'determinism',
  );
  refuse(
    declared.orderFree !== undefined && scope === 'record' && emits === 'one',
    'ORDER FREE with SCOPE RECORD and EMITS ONE says that every line gives the same output',
    'orderFree',
    'scope',
  );
  return found;
}
