import type { Value } from '../../data/value.ts';
import { RowError } from './function.ts';
import { jsonOf, renderJson } from './json-node.ts';
import { jsonbOf } from './json-source.ts';

/** Canonical JSON of an argument: as it is where `isJson`, else that of its SQL value. */
export function toJson(v: Value, isJson: boolean): string {
  if (isJson && typeof v === 'string') return v;
  const blob = jsonbOf(v);
  if (blob !== undefined) return renderJson(blob);
  const node = jsonOf(v);
  if (node === undefined) throw new RowError('JSON cannot hold BLOB values');
  return v === Infinity ? '9.0e+999' : v === -Infinity ? '-9.0e+999' : node.text;
}

/** Whether argument `index` is what another JSON function gave: bit `index` of the mask. */
export const isJson = (mask: number, index: number): boolean => (mask & (1 << index)) !== 0;
