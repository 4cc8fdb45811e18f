import { decode } from '../cell.ts';
import type { Cut } from './record-decoder.ts';
import { SeparatedDecoder, type HeaderRecord } from './separated.ts';

const TAB = 9;
const NEWLINE = 10;
const RETURN = 13;
const BACKSLASH = 92;

const controls = new Map([
  [98, 8],
  [102, 12],
  [110, 10],
  [114, 13],
  [116, 9],
  [118, 11],
]);

/** The text format of PostgreSQL's COPY: tabs between fields, `\N` is NULL, `\t \n \\` and the like are escapes. */
export class TsvDecoder extends SeparatedDecoder {
  protected headerRecord(start: number, limit: number): HeaderRecord | undefined {
    const newline = this.bytes.indexOf(NEWLINE, start);
    if (newline < 0 || newline >= limit) return undefined;
    return { fields: readTsvRecord(this.bytes, start, newline), end: newline + 1 };
  }

  protected records(start: number, soft: number): Cut {
    const { bytes, slots, slotOf, recordAt, linesBefore } = this;
    const { batchRows, maxRecord } = this.request;
    const hasNullText = this.nullText !== undefined;
    const columns = slotOf.length;
    const starts = slots.map(({ views }) => views.starts);
    const ends = slots.map(({ views }) => views.ends);
    let rows = 0;
    let at = start;
    while (rows < batchRows && at < soft) {
      recordAt[rows] = at;
      linesBefore[rows] = rows;
      let p = at;
      let field = 0;
      let c = TAB;
      while (c !== NEWLINE) {
        const from = p;
        let escaped = false;
        while ((c = bytes[p]!) !== TAB && c !== NEWLINE) {
          if (c === BACKSLASH) escaped = true;
          p++;
        }
        const to = c === NEWLINE && p > from && bytes[p - 1] === RETURN ? p - 1 : p;
        const slot = field < columns ? slotOf[field]! : -1;
        if (slot >= 0) {
          starts[slot]![rows] = from;
          if (!escaped) ends[slot]![rows] = to;
          if (hasNullText ? this.isNullText(from, to) : escaped && isNullMark(bytes, from, to)) {
            slots[slot]!.views.setNull(rows);
          } else if (escaped) ends[slot]![rows] = unescape(bytes, from, to);
        }
        field++;
        p++;
      }
      if (p - at > maxRecord) this.tooLong(this.line + rows);
      if (field !== columns) this.ragged(rows, field);
      rows++;
      at = p;
    }
    return { rows, end: at, lines: rows };
  }
}

const isNullMark = (bytes: Uint8Array, start: number, end: number): boolean =>
  end - start === 2 && bytes[start] === BACKSLASH && bytes[start + 1] === 78;

/** The fields of one line as text; for headers. */
export const readTsvRecord = (bytes: Uint8Array, start: number, end: number): string[] =>
  decode(bytes, start, end)
    .replace(/\r$/, '')
    .split('\t')
    .map((field) => {
      const copy = Buffer.from(field);
      return decode(copy, 0, unescape(copy, 0, copy.length));
    });

/** Resolves escapes in place, as they only get shorter. @returns the new end. */
export function unescape(bytes: Uint8Array, start: number, end: number): number {
  let out = start;
  for (let p = start; p < end; p++) {
    if (bytes[p] !== BACKSLASH || p + 1 === end) {
      bytes[out++] = bytes[p]!;
      continue;
    }
    const code = bytes[++p]!;
    const control = controls.get(code);
    if (control !== undefined) bytes[out++] = control;
    else if (code >= 48 && code <= 55) {
      let value = code - 48;
      for (let n = 0; n < 2 && p + 1 < end && isDigit(bytes[p + 1]!, 8); n++) value = value * 8 + (bytes[++p]! - 48);
      bytes[out++] = value;
    } else if (code === 120 && p + 1 < end && isDigit(bytes[p + 1]!, 16)) {
      let value = hex(bytes[++p]!);
      if (p + 1 < end && isDigit(bytes[p + 1]!, 16)) value = value * 16 + hex(bytes[++p]!);
      bytes[out++] = value;
    } else bytes[out++] = code;
  }
  return out;
}

const hex = (code: number): number => (code <= 57 ? code - 48 : (code | 32) - 87);
const isDigit = (code: number, base: 8 | 16): boolean =>
  base === 8 ? code >= 48 && code <= 55 : (code >= 48 && code <= 57) || ((code | 32) >= 97 && (code | 32) <= 102);
