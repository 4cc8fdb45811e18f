import { readCsvRecord } from './csv-record.ts';
import { dialectOf, type Dialect } from './dialect.ts';
import { excerpt } from './faults.ts';
import type { DecodeRequest } from './format.ts';
import type { Cut } from './record-decoder.ts';
import { SeparatedDecoder, type HeaderRecord } from './separated.ts';

const NEWLINE = 10;
const RETURN = 13;

/**
 * RFC 4180: a field may be quoted, then holds delimiters and newlines, and its quotes are doubled. Lines may end in CR LF.
 * A quote inside an unquoted field is a character like others. Blank lines are no records, unless there is one column.
 */
export class CsvDecoder extends SeparatedDecoder {
  protected override readonly emptyIsNull = true;
  readonly #dialect: Dialect;
  /** Fields of whole records with doubled quotes: slot and row, by turns. */
  #doubled: number[] = [];

  constructor(request: DecodeRequest) {
    super(request);
    this.#dialect = dialectOf(request.options);
  }

  protected headerRecord(start: number, limit: number): HeaderRecord | undefined {
    return readCsvRecord(this.bytes, start, limit, this.#dialect);
  }

  protected records(start: number, soft: number, limit: number): Cut {
    const { bytes, slots, slotOf, recordAt, linesBefore } = this;
    const { delimiter, quote } = this.#dialect;
    const { batchRows, maxRecord } = this.request;
    const hasNullText = this.nullText !== undefined;
    const columns = slotOf.length;
    const starts = slots.map(({ views }) => views.starts);
    const ends = slots.map(({ views }) => views.ends);
    let rows = 0;
    let lines = 0;
    let at = start;
    while (rows < batchRows && at < soft) {
      if (columns > 1) {
        const blank = bytes[at] === NEWLINE ? 1 : bytes[at] === RETURN && bytes[at + 1] === NEWLINE ? 2 : 0;
        if (blank > 0) {
          at += blank;
          lines++;
          continue;
        }
      }
      recordAt[rows] = at;
      linesBefore[rows] = lines;
      let p = at;
      let field = 0;
      let breaks = 0;
      let c = delimiter;
      while (c !== NEWLINE) {
        const quoted = bytes[p] === quote;
        let from = p;
        let to: number;
        let doubled = false;
        let broken = false;
        if (quoted) {
          from = ++p;
          for (;;) {
            while (p < limit && (c = bytes[p]!) !== quote) {
              if (c === NEWLINE) breaks++;
              p++;
            }
            if (p >= limit || bytes[p + 1] !== quote) break;
            doubled = true;
            p += 2;
          }
          if (p >= limit) {
            if (!this.atEnd) return this.#whole(rows, at, lines);
            to = limit - 1;
            breaks--;
            p = to;
            broken = true;
            this.#fault(rows, field, 'a quoted field is not closed', excerpt(bytes, from, to));
          } else to = p++;
          c = bytes[p]!;
          if (c === RETURN && bytes[p + 1] === NEWLINE) c = bytes[++p]!;
          if (c !== delimiter && c !== NEWLINE) {
            while ((c = bytes[p]!) !== delimiter && c !== NEWLINE) p++;
            const value = excerpt(bytes, from - 1, p);
            broken = true;
            this.#fault(rows, field, `text after the closing quote: ${value}`, value);
          }
        } else {
          while ((c = bytes[p]!) !== delimiter && c !== NEWLINE) p++;
          to = c === NEWLINE && p > from && bytes[p - 1] === RETURN ? p - 1 : p;
        }
        const slot = field < columns ? slotOf[field]! : -1;
        if (slot >= 0) {
          starts[slot]![rows] = from;
          ends[slot]![rows] = to;
          if (doubled) this.#doubled.push(slot, rows);
          if (broken || (hasNullText && !quoted && this.isNullText(from, to))) slots[slot]!.views.setNull(rows);
        }
        field++;
        p++;
      }
      if (p - at > maxRecord) this.tooLong(this.line + lines);
      if (field !== columns) this.ragged(rows, field);
      rows++;
      lines += breaks + 1;
      at = p;
    }
    return this.#whole(rows, at, lines);
  }

  #fault(row: number, field: number, message: string, value: string): void {
    const column = this.request.columns[field];
    this.faults.add(row, column === undefined ? { message, value } : { column, message, value });
  }

  /** `rows` records are whole. Undoubles their quotes in place: the bytes are not anyone else's yet. */
  #whole(rows: number, end: number, lines: number): Cut {
    this.faults.forgetFrom(rows);
    const { bytes, slots } = this;
    const { quote } = this.#dialect;
    for (let i = 0; i < this.#doubled.length; i += 2) {
      const row = this.#doubled[i + 1]!;
      if (row >= rows) continue;
      const { starts, ends } = slots[this.#doubled[i]!]!.views;
      const to = ends[row]!;
      let out = starts[row]!;
      for (let p = out; p < to; p++) {
        bytes[out++] = bytes[p]!;
        if (bytes[p] === quote) p++;
      }
      ends[row] = out;
    }
    this.#doubled = [];
    return { rows, end, lines };
  }
}
