import type { Contract } from './contract.ts';

/** Words behind AS: sugar that sets several axes at once. Each axis can still be overridden by its own clause. */
export type Profile = 'MAP' | 'FILTER' | 'FLATMAP' | 'AGGREGATE' | 'SORT' | 'EFFECT';

const declared = <const T>(value: T) => ({ value, by: 'declared' }) as const;
/** Deterministic and without effects: what every profile but EFFECT promises. */
const pure: Contract = { determinism: declared('deterministic'), effects: declared('none') };

export const profiles: Readonly<Record<Profile, Contract>> = {
  MAP: { scope: declared({ unit: 'record' }), emits: declared('one'), ...pure },
  FILTER: {
    scope: declared({ unit: 'record' }),
    emits: declared('0..1'),
    filters: declared(true),
    exitOk: declared([0, 1]),
    ...pure,
  },
  FLATMAP: { scope: declared({ unit: 'record' }), emits: declared('0..n'), ...pure },
  AGGREGATE: { scope: declared({ unit: 'window' }), orderFree: declared(true), ...pure },
  SORT: {
    scope: declared({ unit: 'window' }),
    orderFree: declared(true),
    combine: declared({ with: 'merge' }),
    ...pure,
  },
  EFFECT: { emits: declared('0..1'), effects: declared('any') },
};
