import { isAscii, isUtf8 } from 'node:buffer';
import { decode } from '../cell.ts';
import { excerpt } from './faults.ts';
import type { DecodeRequest } from './format.ts';
import { RecordDecoder, type Cut } from './record-decoder.ts';
import { tracked, type Tracked } from './regex-track.ts';

/**
 * Lines matched by a JavaScript regular expression; its named groups are the columns, a group that took no part is NULL,
 * a line that does not match is a fault. Where each group lies is known without asking for indices: see `tracked`.
 * A carriage return before the newline is not part of the line.
 */
export class RegexDecoder extends RecordDecoder {
  protected override readonly emptyIsNull = true;
  readonly #plain: Tracked;
  /** For lines with characters beyond ASCII, so that `.` is a character; as `plain` where the pattern is not valid so. */
  readonly #unicode: Tracked;

  constructor(request: DecodeRequest) {
    super(request);
    const pattern = request.options['pattern'] as string;
    const groups = this.slots.map(({ name }) => name);
    this.#plain = tracked(pattern, groups, '');
    this.#unicode = isUnicodePattern(pattern) ? tracked(pattern, groups, 'u') : this.#plain;
  }

  protected cut(start: number, soft: number, limit: number): Cut {
    const { bytes, recordAt, linesBefore } = this;
    const { batchRows, maxRecord } = this.request;
    const whole = soft === limit ? limit : bytes.indexOf(10, soft - 1) + 1;
    const text = isAscii(bytes.subarray(start, whole)) ? bytes.toString('latin1', start, whole) : undefined;
    let rows = 0;
    let at = start;
    while (rows < batchRows && at < soft) {
      const newline = text === undefined ? bytes.indexOf(10, at) : start + text.indexOf('\n', at - start);
      if (newline - at > maxRecord) this.tooLong(this.line + rows);
      const end = newline > at && bytes[newline - 1] === 13 ? newline - 1 : newline;
      recordAt[rows] = at;
      linesBefore[rows] = rows;
      const found =
        text === undefined
          ? this.#match(rows, at, end)
          : this.#plain.match(text.slice(at - start, end - start), at, rows, this.slots);
      if (!found) this.#unmatched(rows, at, end);
      rows++;
      at = newline + 1;
    }
    return { rows, end: at, lines: rows };
  }

  /** One line of a stretch that is not all ASCII. */
  #match(row: number, start: number, end: number): boolean {
    const line = this.bytes.subarray(start, end);
    // Bytes that are not UTF-8 are matched one by one, and so come through as they are.
    if (isAscii(line) || !isUtf8(line)) {
      return this.#plain.match(this.bytes.toString('latin1', start, end), start, row, this.slots);
    }
    const text = decode(this.bytes, start, end);
    if (!this.#unicode.match(text, 0, row, this.slots)) return false;
    for (const { views } of this.slots) {
      if (views.isNull(row)) continue;
      const { starts, ends } = views;
      const from = Buffer.byteLength(text.slice(0, starts[row]));
      const length = Buffer.byteLength(text.slice(starts[row], ends[row]));
      starts[row] = start + from;
      ends[row] = start + from + length;
    }
    return true;
  }

  #unmatched(row: number, start: number, end: number): void {
    for (const { views } of this.slots) views.setNull(row);
    const value = excerpt(this.bytes, start, end);
    this.faults.add(row, { value, message: `the line does not match the pattern: ${value}` });
  }
}

function isUnicodePattern(pattern: string): boolean {
  try {
    new RegExp(pattern, 'u');
    return true;
  } catch {
    return false;
  }
}
