/**
 * One cell, boxed. INTEGER is always `bigint` and REAL always `number`, so that the storage class of a value is
 * known from the value alone: `7n` is INTEGER, `7` is REAL. TEXT is a JS string, BLOB a `Uint8Array`, NULL `null`.
 * Only slow paths see boxed cells; batches hold columns.
 */
export type Value = null | bigint | number | string | Uint8Array;

/** INTEGER results that are safe as a JS number: |x| <= 2^53 - 1. */
export const MAX_SAFE = 9007199254740991n;
export const MAX_INT64 = 9223372036854775807n;
export const MIN_INT64 = -9223372036854775808n;
