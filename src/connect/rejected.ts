import type { Schema } from '../data/types.ts';

/** Columns of the sink that takes the records which `on_error = 'name'` keeps out of a source. */
export const rejectedSchema: Schema = [
  { name: 'source', type: 'TEXT', affinity: 'TEXT', notNull: true },
  { name: 'offset', type: 'INTEGER', affinity: 'INTEGER', notNull: true },
  { name: 'error', type: 'TEXT', affinity: 'TEXT', notNull: true },
  { name: 'text', type: 'TEXT', affinity: 'TEXT', notNull: true },
];

/** A record without what ended it. */
export function withoutEnd(record: Uint8Array): Uint8Array {
  let end = record.length;
  if (end > 0 && (record[end - 1] === 10 || record[end - 1] === 0)) end--;
  if (end > 0 && record[end] === 10 && record[end - 1] === 13) end--;
  return record.subarray(0, end);
}
