import type { Field, Schema } from './types.ts';

/**
 * Hidden columns of a relation that has event time. Both are TIMESTAMP columns of kind `f64` (us since 1970 UTC) without
 * NULLs. Users cannot name them, and nothing that leaves a query has them.
 *
 * `$time`: when the event of the row happened. `$mark`: the watermark of the row's source just before the row, in the
 * order in which the source gave its rows: the row is late if `$time < $mark`. As that is said by the row itself, neither
 * the size of batches nor the number of workers can change what is late.
 */
export const timeField: Field = { name: '$time', type: 'TIMESTAMP', notNull: true };
export const markField: Field = { name: '$mark', type: 'TIMESTAMP', notNull: true };

/**
 * `$mark` where there is no watermark yet, or where the row is not to be taken for late: the first moment that a TIMESTAMP
 * can be, 0000-01-01.
 */
export const NO_MARK = -62_167_219_200_000_000;

export const hasEventTime = (schema: Schema): boolean =>
  schema.some((f) => f.name === timeField.name) && schema.some((f) => f.name === markField.name);

export const isHidden = ({ name }: Pick<Field, 'name'>): boolean => name === timeField.name || name === markField.name;
