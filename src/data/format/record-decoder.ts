import { RunError } from '../../base/errors.ts';
import { rowRange, type RecordBatch } from '../batch.ts';
import { isNull, newNulls, setNull, type Column } from '../column.ts';
import { zoneNamed, type Zone } from '../zone.ts';
import { convert } from './convert.ts';
import { excerpt, Faults, type Place } from './faults.ts';
import type { DecodeRequest, Decoder, Mark, Metadata } from './format.ts';
import { Views } from './views.ts';

const CHUNK = 1 << 20;
/** The first space is smaller: many inputs are short, such as what a command writes in one epoch. */
const FIRST_CHUNK = 1 << 16;
/** A batch is closed with the record that reaches this many bytes. */
const BATCH_BYTES = 1 << 18;
const NEWLINE = 10;

/** Demanded columns that come from the input, their place in the schema, and where their cells are. */
interface Slot {
  readonly name: string;
  readonly field: number;
  readonly views: Views;
}

/** How many records were cut, where the next one begins, and how many lines they took. */
export interface Cut {
  readonly rows: number;
  readonly end: number;
  readonly lines: number;
}

/**
 * What decoders share: the space, the torn last record, cutting into batches, conversion, places and faults. A format
 * says only how the records of a stretch of bytes, which ends with a newline, fall into fields.
 */
export abstract class RecordDecoder implements Decoder {
  marks: readonly Mark[] = [];
  line: number;
  protected readonly request: DecodeRequest;
  protected readonly slots: readonly Slot[];
  protected readonly faults: Faults;
  /** Nothing more will come: what is left is the last record. */
  protected atEnd = false;
  protected bytes: Buffer = Buffer.alloc(0);
  /** Where each record of the batch begins in `bytes`. */
  protected readonly recordAt: Uint32Array;
  /** How many lines of the batch are before each record. */
  protected readonly linesBefore: Uint32Array;
  /** An empty field that is not TEXT is NULL. */
  protected readonly emptyIsNull: boolean = false;
  /** Whether the bytes EF BB BF at the very start are a mark rather than content. */
  protected readonly skipsByteOrderMark: boolean = true;
  /** The byte that ends a record; undefined where all of the input is one. */
  protected readonly terminator: number | undefined = NEWLINE;
  /** The first record that was not handed on yet; behind the last byte that was put in. */
  #begin = 0;
  #filled = 0;
  /** Behind the last record of the batch that is being made. */
  #end = 0;
  /** With `keepRecords`: the bytes from the first record of that batch on, as they came. */
  #original: Buffer | undefined;
  /** Bytes of the input before `bytes[0]`. */
  #base: number;
  /** With `reuse`: the memory before this one, whose batches are used up. */
  #spare: Buffer | undefined;
  /** A torn record is tried again only when it has so many bytes. */
  #patience = 0;
  readonly #zone: Zone | undefined;
  #metadata: readonly { readonly field: number; readonly kind: Metadata }[];

  constructor(request: DecodeRequest) {
    this.request = request;
    this.#base = request.from?.consumed ?? 0;
    this.line = request.from?.line ?? 1;
    this.recordAt = new Uint32Array(request.batchRows);
    this.linesBefore = new Uint32Array(request.batchRows);
    this.faults = new Faults(request);
    const { timezone } = request.options;
    this.#zone = typeof timezone === 'string' ? zoneNamed(timezone) : undefined;
    const fields = request.schema.map(({ name }, field) => ({ name, field, kind: request.metadata?.[name] }));
    this.slots = fields.flatMap(({ name, field, kind }) =>
      kind === undefined ? [{ name, field, views: new Views(request.batchRows) }] : [],
    );
    this.#metadata = fields.flatMap(({ field, kind }) => (kind === undefined ? [] : [{ field, kind }]));
  }

  /**
   * Cuts records from `start` on into the slots' views, `recordAt` and `linesBefore`, until there are `batchRows` of
   * them, one ends at or behind `soft`, or the rest is torn. `limit` is just behind a terminator.
   */
  protected abstract cut(start: number, soft: number, limit: number): Cut;

  get consumed(): number {
    return this.#base + Math.min(this.#begin, this.#filled);
  }

  space(least: number): Uint8Array {
    // One byte is kept for the newline that a last line may lack.
    if (this.bytes.length - 1 - this.#filled < least) this.#renew(least);
    return this.bytes.subarray(this.#filled, this.bytes.length - 1);
  }

  advance(n: number): RecordBatch[] {
    const from = this.#filled;
    this.#filled += n;
    if (this.skipsByteOrderMark && this.#base + this.#begin === 0) this.#skipByteOrderMark();
    const torn = this.#filled - this.#begin;
    const { terminator } = this;
    const isTorn = torn < this.#patience || terminator === undefined;
    const last = isTorn ? -1 : this.bytes.subarray(from, this.#filled).lastIndexOf(terminator);
    const batches = last < 0 ? this.#none() : this.#batches(from + last + 1);
    if (this.#filled - this.#begin > this.request.maxRecord) this.tooLong(this.line);
    return batches;
  }

  end(): RecordBatch[] {
    this.atEnd = true;
    const isEmptyWhole = this.terminator === undefined && this.#base + this.#filled === 0;
    if (this.#begin >= this.#filled && !isEmptyWhole) return this.#none();
    if (this.#filled > 0 && this.bytes[this.#filled - 1] === this.terminator) return this.#batches(this.#filled);
    this.bytes[this.#filled] = this.terminator ?? NEWLINE;
    return this.#batches(this.#filled + 1);
  }

  protected tooLong(line: number): never {
    throw new RunError({
      code: 'E0703',
      message: `line ${line}: the record is longer than ${this.request.maxRecord} bytes`,
      help: ['raise the limit with SET max_record, or check that the format is the right one'],
    });
  }

  #none(): RecordBatch[] {
    this.marks = [];
    return [];
  }

  /** Moves what is torn into other memory: batches refer to the old one. */
  #renew(least: number): void {
    const torn = this.#filled - this.#begin;
    // At least twice what is torn, so that a long record is moved a few times only.
    const chunk = this.bytes.length === 0 ? FIRST_CHUNK : CHUNK;
    const size = Math.max(chunk, torn * 2 + least + 1);
    const spare = this.#spare;
    const renewed = spare !== undefined && spare.length >= size ? spare : Buffer.allocUnsafeSlow(size);
    if (this.request.reuse === true) this.#spare = this.bytes;
    this.bytes.copy(renewed, 0, this.#begin, this.#filled);
    this.#base += this.#begin;
    this.bytes = renewed;
    this.#begin = 0;
    this.#filled = torn;
  }

  #skipByteOrderMark(): void {
    const { bytes } = this;
    if (this.#filled >= 3 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) this.#begin = 3;
  }

  #batches(limit: number): RecordBatch[] {
    const batches: RecordBatch[] = [];
    const marks: Mark[] = [];
    while (this.#begin < limit) {
      const start = this.#begin;
      // Formats resolve their escapes in place.
      if (this.request.keepRecords) this.#original = Buffer.from(this.bytes.subarray(start, this.#filled));
      const { rows, end, lines } = this.cut(start, Math.min(start + BATCH_BYTES, limit), limit);
      if (end === start) break;
      this.#end = end;
      const batch = rows > 0 ? this.#batch(rows) : undefined;
      this.#begin = end;
      this.line += lines;
      if (batch === undefined) continue;
      batches.push(batch);
      marks.push({ consumed: this.consumed, line: this.line });
    }
    // Else a record of many lines would be scanned once a line.
    const torn = this.#filled - this.#begin;
    this.#patience = torn > CHUNK ? 2 * torn : 0;
    this.marks = marks;
    return batches;
  }

  /** The batch of the first rows of the views; undefined if none is left after faults. */
  #batch(rows: number): RecordBatch | undefined {
    const { schema } = this.request;
    const columns: Column[] = [];
    this.slots.forEach((slot, s) => (columns[slot.field] = this.#present(slot, this.column(s, rows), rows)));
    for (const { field, kind } of this.#metadata) columns[field] = this.#place(kind, rows);
    const dropped = this.faults.settle((row) => this.#placeOf(row, rows));
    if (dropped === undefined) return { schema, length: rows, columns };
    const selection = rowRange(0, rows).filter((row) => !dropped.has(row));
    return selection.length === 0 ? undefined : { schema, length: rows, columns, selection };
  }

  /** Where a row of the batch that is being made stands; its record reaches up to the next one. */
  #placeOf(row: number, rows: number): Place {
    const line = this.line + this.linesBefore[row]!;
    const original = this.#original;
    if (original === undefined) return { line };
    const start = this.recordAt[row]!;
    const end = row + 1 < rows ? this.recordAt[row + 1]! : this.#end;
    return { line, offset: this.#base + start, record: original.subarray(start - this.#begin, end - this.#begin) };
  }

  /** The column; a NULL where none may be is a fault. */
  #present({ name, field }: Slot, column: Column, rows: number): Column {
    if (this.request.schema[field]!.notNull !== true || (column.kind !== 'any' && column.nulls === undefined))
      return column;
    for (let row = 0; row < rows; row++) {
      const isNone = column.kind === 'any' ? column.values[row] === null : isNull(column.nulls, row);
      if (isNone) this.faults.add(row, { column: name, message: 'NULL, which is declared NOT NULL', required: true });
    }
    return column;
  }

  /** The cells of one slot, converted. */
  protected column(s: number, rows: number): Column {
    const { field, views, name } = this.slots[s]!;
    const { type } = this.request.schema[field]!;
    const fields = views.take(this.bytes, rows, type === 'TEXT' || type === 'JSON');
    const bad = (row: number): void => {
      const value = excerpt(fields.bytes, fields.starts[row]!, fields.ends[row]!);
      const article = type === 'INTEGER' ? 'an' : 'a';
      this.faults.add(row, { column: name, value, message: `'${value}' is not ${article} ${type}` });
    };
    const zone = this.#zone;
    return convert(type, fields, rows, { emptyIsNull: this.emptyIsNull, bad, ...(zone && { zone }) });
  }

  #place(kind: Metadata, rows: number): Column {
    if (kind === 'file' || kind === 'path') {
      const text = this.request[kind];
      const bytes = Buffer.from(text ?? '');
      const ends = new Uint32Array(rows).fill(bytes.length);
      const column = { kind: 'utf8', bytes, starts: new Uint32Array(rows), ends } as const;
      if (text !== undefined) return { ...column, nulls: undefined };
      const nulls = newNulls(rows);
      for (let row = 0; row < rows; row++) setNull(nulls, row);
      return { ...column, nulls };
    }
    const values = new Float64Array(rows);
    const [base, places] = kind === 'offset' ? [this.#base, this.recordAt] : [this.line, this.linesBefore];
    for (let row = 0; row < rows; row++) values[row] = base + places[row]!;
    return { kind: 'f64', values, nulls: undefined };
  }
}
