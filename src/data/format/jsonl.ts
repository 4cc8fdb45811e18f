import { columnBuilder } from '../builder.ts';
import { bufferOf, decode } from '../cell.ts';
import type { Column } from '../column.ts';
import { parseInteger } from '../number.ts';
import type { Value } from '../value.ts';
import { excerpt } from './faults.ts';
import type { DecodeRequest } from './format.ts';
import { skipBlanks, skipColon, skipString, skipValue, unescapeString } from './json-scan.ts';
import { RecordDecoder, type Cut } from './record-decoder.ts';

const QUOTE = 34;
const NULL_LETTER = 110;

/** Column that takes the members no column is named for, as one JSON object. */
export const EXTRA = '_extra';

/**
 * One JSON object a line. A missing key is NULL, of equal keys the last counts, what is nested comes as its JSON text.
 * Lines are scanned, not parsed: numbers keep all their digits, strings without escapes are views.
 */
export class JsonlDecoder extends RecordDecoder {
  readonly #keys: readonly Buffer[];
  readonly #known: readonly Buffer[];
  readonly #extra: number;
  /** Per slot: 1 once the record has given a cell, 2 if that has escapes to resolve. */
  readonly #state: Uint8Array;
  /** Boxed cells of the slots that are ANY. */
  #boxed: (Value[] | undefined)[];
  /** Slot of the n-th key of the record before: most records have the same keys in the same order. */
  #order: number[] = [];

  constructor(request: DecodeRequest) {
    super(request);
    this.#keys = this.slots.map(({ name }) => Buffer.from(name));
    this.#known = request.columns.filter((name) => name !== EXTRA).map((name) => Buffer.from(name));
    this.#extra = this.slots.findIndex(({ name }) => name === EXTRA);
    this.#state = new Uint8Array(this.slots.length);
    this.#boxed = this.#newBoxed();
  }

  protected cut(start: number, soft: number): Cut {
    const { bytes, recordAt, linesBefore } = this;
    const { batchRows, maxRecord } = this.request;
    let rows = 0;
    let lines = 0;
    let at = start;
    while (rows < batchRows && at < soft) {
      const newline = bytes.indexOf(10, at);
      if (newline - at > maxRecord) this.tooLong(this.line + lines);
      const from = skipBlanks(bytes, at, newline);
      if (from < newline) {
        recordAt[rows] = at;
        linesBefore[rows] = lines;
        this.#record(rows, from, newline);
        rows++;
      }
      at = newline + 1;
      lines++;
    }
    return { rows, end: at, lines };
  }

  #record(row: number, start: number, end: number): void {
    const { slots } = this;
    const state = this.#state.fill(0);
    const extra: string[] = [];
    const fault = this.#members(row, start, end, extra);
    for (let s = 0; s < slots.length; s++) {
      const { views } = slots[s]!;
      if (fault !== undefined || state[s] === 0) {
        views.setNull(row);
        const boxed = this.#boxed[s];
        if (boxed !== undefined) boxed[row] = null;
      } else if (state[s] === 2) views.ends[row] = unescapeString(this.bytes, views.starts[row]!, views.ends[row]!);
    }
    if (fault !== undefined) this.faults.add(row, { message: fault, value: excerpt(this.bytes, start, end) });
    else if (this.#extra >= 0) this.#boxed[this.#extra]![row] = extra.length > 0 ? `{${extra.join(',')}}` : null;
  }

  /** Reads one object. @returns what is wrong with it. */
  #members(row: number, start: number, end: number, extra: string[]): string | undefined {
    const { bytes } = this;
    if (bytes[start] !== 123) {
      const other = skipValue(bytes, start, end);
      return other > 0 && skipBlanks(bytes, other, end) === end ? 'not a JSON object' : 'not valid JSON';
    }
    let at = skipBlanks(bytes, start + 1, end);
    if (bytes[at] === 125) at++;
    else {
      for (let n = 0; ; n++) {
        const key = at;
        const keyEnd = skipString(bytes, at, end);
        const value = skipColon(bytes, keyEnd, end);
        const valueEnd = value < 0 ? -1 : skipValue(bytes, value, end);
        if (valueEnd < 0) return 'not valid JSON';
        const s = this.#slotOf(n, key + 1, keyEnd - 1);
        if (s >= 0) this.#cell(row, s, value, valueEnd);
        else if (this.#extra >= 0 && !this.#isKnown(key + 1, keyEnd - 1)) {
          extra.push(`${decode(bytes, key, keyEnd)}:${decode(bytes, value, valueEnd)}`);
        }
        at = skipBlanks(bytes, valueEnd, end);
        const mark = at < end ? bytes[at++] : undefined;
        if (mark === 125) break;
        if (mark !== 44) return 'not valid JSON';
        at = skipBlanks(bytes, at, end);
      }
    }
    return skipBlanks(bytes, at, end) === end ? undefined : 'not valid JSON';
  }

  #cell(row: number, s: number, start: number, end: number): void {
    const { bytes, slots } = this;
    const { views, field } = slots[s]!;
    const { type } = this.request.schema[field]!;
    const first = bytes[start]!;
    if (first === NULL_LETTER) {
      this.#state[s] = 0;
      return;
    }
    this.#state[s] = 1;
    const boxed = this.#boxed[s];
    if (boxed !== undefined) {
      boxed[row] = jsonCell(bytes, start, end);
      return;
    }
    const text = first === QUOTE && type !== 'JSON';
    views.starts[row] = text ? start + 1 : start;
    views.ends[row] = text ? end - 1 : end;
    if (text && bytes.subarray(start, end).includes(92)) this.#state[s] = 2;
  }

  #slotOf(n: number, start: number, end: number): number {
    const { bytes } = this;
    const expected = this.#order[n];
    if (expected !== undefined && expected >= 0 && same(bytes, start, end, this.#keys[expected]!)) return expected;
    const found = this.#keys.findIndex((key, s) => s !== this.#extra && same(bytes, start, end, key));
    return (this.#order[n] = found >= 0 ? found : this.#escapedSlot(start, end));
  }

  /** A key may have escapes; that is rare enough for a JS string. */
  #escapedSlot(start: number, end: number): number {
    if (!this.bytes.subarray(start, end).includes(92)) return -1;
    const key = JSON.parse(decode(this.bytes, start - 1, end + 1)) as string;
    return this.slots.findIndex(({ name }, s) => name === key && s !== this.#extra);
  }

  #isKnown(start: number, end: number): boolean {
    return this.#known.some((key) => same(this.bytes, start, end, key));
  }

  protected override column(s: number, rows: number): Column {
    const { field } = this.slots[s]!;
    const { type } = this.request.schema[field]!;
    const boxed = this.#boxed[s];
    if (boxed === undefined) return super.column(s, rows);
    this.slots[s]!.views.take(this.bytes, rows, false);
    this.#boxed[s] = [];
    if (type === 'ANY') return { kind: 'any', values: boxed };
    if (type === 'BLOB')
      return { kind: 'any', values: boxed.map((v) => (v === null ? null : Buffer.from(String(v), 'hex'))) };
    const builder = columnBuilder('TEXT', rows);
    for (let row = 0; row < rows; row++) builder.append(boxed[row] ?? null);
    return builder.finish();
  }

  #newBoxed(): (Value[] | undefined)[] {
    const isBoxed = (s: number, type: string): boolean => type === 'ANY' || type === 'BLOB' || s === this.#extra;
    return this.slots.map(({ field }, s) => (isBoxed(s, this.request.schema[field]!.type) ? [] : undefined));
  }
}

function same(bytes: Uint8Array, start: number, end: number, key: Uint8Array): boolean {
  if (end - start !== key.length) return false;
  for (let i = 0; i < key.length; i++) if (bytes[start + i] !== key[i]) return false;
  return true;
}

/** A JSON value as SQLite's `->>` gives it: integers that fit are INTEGER, true is 1, what is nested is its text. */
function jsonCell(bytes: Uint8Array, start: number, end: number): Value {
  switch (bytes[start]) {
    case QUOTE:
      return JSON.parse(bufferOf(bytes).toString('utf8', start, end)) as string;
    case 123:
    case 91:
      return decode(bytes, start, end);
    case 116:
      return 1n;
    case 102:
      return 0n;
    default: {
      const integer = parseInteger(bytes, start, end);
      return integer === undefined ? Number(decode(bytes, start, end)) : BigInt(integer);
    }
  }
}
