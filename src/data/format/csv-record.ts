import { decode } from '../cell.ts';
import type { Dialect } from './dialect.ts';

/**
 * One record, field by field as text: for headers, where speed does not matter.
 *
 * @param limit just behind a newline.
 * @returns undefined where the record does not end before `limit`.
 */
export function readCsvRecord(
  bytes: Uint8Array,
  start: number,
  limit: number,
  { delimiter, quote }: Dialect,
): { readonly fields: readonly string[]; readonly end: number } | undefined {
  const fields: string[] = [];
  let at = start;
  while (at < limit) {
    let text = '';
    if (bytes[at] === quote) {
      let from = ++at;
      for (;;) {
        while (at < limit && bytes[at] !== quote) at++;
        if (at >= limit) return undefined;
        text += decode(bytes, from, at);
        if (bytes[++at] !== quote) break;
        text += String.fromCharCode(quote);
        from = ++at;
      }
    }
    const from = at;
    while (at < limit && bytes[at] !== delimiter && bytes[at] !== 10) at++;
    if (at >= limit) return undefined;
    const last = bytes[at] === 10;
    fields.push(text + decode(bytes, from, last && at > from && bytes[at - 1] === 13 ? at - 1 : at));
    at++;
    if (last) return { fields, end: at };
  }
  return undefined;
}
