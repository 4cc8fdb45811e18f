import type { Contract } from './contract.ts';

/** What is known of a command: the axes without where they come from. */
export type Facts = { readonly [K in keyof Contract]: NonNullable<Contract[K]>['value'] };

export const factsOf = (contract: Contract): Facts =>
  Object.fromEntries(Object.entries(contract).map(([axis, { value }]) => [axis, value]));

/** A function of its input, and nothing else; it accepts every line. */
export const pure = { determinism: 'deterministic', effects: 'none', total: true } as const satisfies Facts;
const record = { ...pure, scope: { unit: 'record' } } as const satisfies Facts;

export const kinds = {
  pure,
  map: { ...record, emits: 'one' },
  /** Its second run finds nothing to do. */
  identity: { ...record, emits: 'one', idempotent: true },
  filter: { ...record, filters: true, emits: '0..1', idempotent: true },
  /** At most one line for each, which is another. */
  some: { ...record, emits: '0..1' },
  each: { ...record, emits: '1..n' },
  any: { ...record, emits: '0..n' },
  /** Remembers how many lines there were, and answers each. */
  counting: { ...pure, emits: 'one', online: true, keepsOrder: true },
  /** Passes on some lines: which ones depends on those before them. */
  sieve: { ...pure, filters: true, emits: '0..1', online: true, keepsOrder: true },
  /** Passes on some lines, when it has seen all. */
  late: { ...pure, filters: true, emits: '0..1', keepsOrder: true },
  unordered: { ...pure, orderFree: true },
} as const satisfies Readonly<Record<string, Facts>>;

/** Facts without those that some lines could make false. */
export const without = (facts: Facts, ...axes: readonly (keyof Contract)[]): Facts =>
  Object.fromEntries(Object.entries(facts).filter(([axis]) => !axes.includes(axis as keyof Contract)));
