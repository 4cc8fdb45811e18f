import type { MergeKey } from '../data/merge-order.ts';
import type { Field } from '../data/types.ts';

/** Which row of all this was, counted from 0: what was parted is put in order again by it. */
export const ordinalField: Field = { name: '$ordinal', type: 'REAL', notNull: true };

export const ordinalKey = (at: number): MergeKey => ({ at, type: 'REAL', descending: false, nullsFirst: true });
