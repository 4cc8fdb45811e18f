import type { RecordBatch } from './batch.ts';
import {
  newNulls,
  setNull,
  type BoolColumn,
  type Column,
  type F64Column,
  type Nulls,
  type Utf8Column,
} from './column.ts';
import type { ColumnBuilder } from './column-builder.ts';
import { copyBytes } from './bytes.ts';
import { boxedBytes } from './footprint.ts';
import { bufferOf, cell } from './cell.ts';
import { timestampOf, timestampText } from './timestamp.ts';
import type { Schema, Type } from './types.ts';
import type { Value } from './value.ts';

/** @param rows how many cells to make room for at first. */
export function columnBuilder(type: Type, rows = 64): ColumnBuilder {
  switch (type) {
    case 'INTEGER':
    case 'REAL':
    case 'TIMESTAMP':
    case 'BOOLEAN':
      return new NumberBuilder(type, rows);
    case 'TEXT':
    case 'JSON':
      return new TextBuilder(type, rows);
    case 'NULL':
    case 'BLOB':
    case 'ANY':
      return new AnyBuilder(type);
  }
}

/** Rows of boxed cells as a batch. */
export function batchOf(schema: Schema, rows: readonly (readonly Value[])[]): RecordBatch {
  const columns = schema.map((field, c) => {
    const builder = columnBuilder(field.type, rows.length);
    for (const row of rows) builder.append(row[c] ?? null);
    return builder.finish();
  });
  return { schema, length: rows.length, columns };
}

/** What all builders share: how many cells there are, which are NULL, and the way out when a cell does not fit. */
abstract class Builder implements ColumnBuilder {
  readonly type: Type;
  length = 0;
  /** Takes over once a cell did not fit. */
  protected boxed: AnyBuilder | undefined;
  #nulls: Uint8Array | undefined;

  constructor(type: Type) {
    this.type = type;
  }

  append(value: Value): void {
    if (this.boxed !== undefined) return this.#box(value);
    if (value === null) return this.appendNull();
    if (!this.put(value)) {
      this.boxed = AnyBuilder.of(this.columnSoFar(), this.type, this.length);
      this.#box(value);
    }
  }

  appendNull(): void {
    if (this.boxed !== undefined) return this.#box(null);
    const row = this.length;
    if (this.#nulls === undefined || row >> 3 >= this.#nulls.length) {
      const grown = newNulls(Math.max(64, row * 2 + 1));
      if (this.#nulls !== undefined) grown.set(this.#nulls);
      this.#nulls = grown;
    }
    setNull(this.#nulls, row);
    this.putNull();
  }

  appendNumber(value: number): void {
    this.append(this.type === 'REAL' ? value : this.type === 'TIMESTAMP' ? timestampText(value) : BigInt(value));
  }

  appendBytes(bytes: Uint8Array, start: number, end: number): void {
    this.append(bufferOf(bytes).toString('utf8', start, end));
  }

  appendFrom(column: Column, type: Type, row: number): void {
    this.append(cell(column, type, row));
  }

  finish(): Column {
    return this.boxed?.finish() ?? this.columnSoFar();
  }

  get bytes(): number {
    return this.boxed?.bytes ?? this.cellBytes() + (this.#nulls?.length ?? 0);
  }

  /** Appends a cell of the builder's type; false, and nothing done, if the value is not one. */
  protected abstract put(value: NonNullable<Value>): boolean;
  protected abstract putNull(): void;
  protected abstract columnSoFar(): Column;
  protected abstract cellBytes(): number;

  /** Bitmap of the cells so far; it grows only with NULLs, so a late one may be short. */
  protected nulls(): Nulls {
    if (this.#nulls === undefined) return undefined;
    const exact = newNulls(this.length);
    exact.set(this.#nulls.subarray(0, exact.length));
    return exact;
  }

  #box(value: Value): void {
    this.boxed!.append(value);
    this.length++;
  }
}

class NumberBuilder extends Builder {
  #values: Float64Array;
  /** All cells, once one of them is beyond 2^53 - 1. */
  #wide: bigint[] | undefined;

  constructor(type: Type, rows: number) {
    super(type);
    this.#values = new Float64Array(Math.max(rows, 8));
  }

  override appendNumber(value: number): void {
    if (this.boxed !== undefined || this.#wide !== undefined) super.appendNumber(value);
    else this.#push(value);
  }

  override appendFrom(column: Column, type: Type, row: number): void {
    const plain = column.kind === 'f64' && type === this.type && this.boxed === undefined && this.#wide === undefined;
    if (plain && (column.nulls === undefined || (column.nulls[row >> 3]! & (1 << (row & 7))) === 0)) {
      this.#push(column.values[row]!);
    } else super.appendFrom(column, type, row);
  }

  protected put(value: NonNullable<Value>): boolean {
    if (this.type === 'TIMESTAMP') {
      const time = typeof value === 'string' ? timestampOf(value) : undefined;
      if (time === undefined) return false;
      return this.#push(time);
    }
    if (this.type === 'REAL') return typeof value === 'number' ? this.#push(value) : false;
    if (typeof value !== 'bigint') return false;
    if (this.type === 'BOOLEAN' && value !== 0n && value !== 1n) return false;
    const number = Number(value);
    if (this.#wide === undefined && !Number.isSafeInteger(number)) this.#widen();
    if (this.#wide === undefined) return this.#push(number);
    this.#wide.push(value);
    this.length++;
    return true;
  }

  protected putNull(): void {
    if (this.#wide === undefined) this.#push(0);
    else {
      this.#wide.push(0n);
      this.length++;
    }
  }

  protected cellBytes(): number {
    return this.#values.byteLength + (this.#wide === undefined ? 0 : this.#wide.length * boxedBytes(0n));
  }

  protected columnSoFar(): Column {
    const nulls = this.nulls();
    if (this.#wide !== undefined) return { kind: 'i64', values: BigInt64Array.from(this.#wide), nulls };
    const values = this.#values.subarray(0, this.length);
    if (this.type === 'BOOLEAN') return { kind: 'bool', values: Uint8Array.from(values), nulls } satisfies BoolColumn;
    return { kind: 'f64', values, nulls } satisfies F64Column;
  }

  #push(value: number): true {
    if (this.length === this.#values.length) {
      const grown = new Float64Array(this.length * 2);
      grown.set(this.#values);
      this.#values = grown;
    }
    this.#values[this.length++] = value;
    return true;
  }

  #widen(): void {
    this.#wide = Array.from(this.#values.subarray(0, this.length), BigInt);
  }
}

class TextBuilder extends Builder {
  /** Cell i is `bytes[offsets[i] .. offsets[i + 1])`. */
  #offsets: Uint32Array;
  #bytes: Buffer;

  constructor(type: Type, rows: number) {
    super(type);
    this.#offsets = new Uint32Array(Math.max(rows, 8) + 1);
    this.#bytes = Buffer.allocUnsafe(Math.max(rows, 8) * 16);
  }

  override appendBytes(bytes: Uint8Array, start: number, end: number): void {
    if (this.boxed !== undefined) return super.appendBytes(bytes, start, end);
    const at = this.#reserve(end - start);
    copyBytes(bytes, start, end, this.#bytes, at);
    this.#push(at + end - start);
  }

  override appendFrom(column: Column, type: Type, row: number): void {
    if (column.kind !== 'utf8') return super.appendFrom(column, type, row);
    if (column.nulls !== undefined && (column.nulls[row >> 3]! & (1 << (row & 7))) !== 0) return this.appendNull();
    this.appendBytes(column.bytes, column.starts[row]!, column.ends[row]!);
  }

  protected put(value: NonNullable<Value>): boolean {
    if (typeof value !== 'string') return false;
    // A UTF-16 unit takes at most three bytes.
    const at = this.#reserve(value.length * 3);
    this.#push(at + this.#bytes.write(value, at, 'utf8'));
    return true;
  }

  protected putNull(): void {
    this.#push(this.#offsets[this.length]!);
  }

  protected cellBytes(): number {
    return this.#offsets.byteLength + this.#bytes.length;
  }

  protected columnSoFar(): Column {
    const n = this.length;
    const starts = this.#offsets.subarray(0, n);
    const ends = this.#offsets.subarray(1, n + 1);
    const bytes = this.#bytes.subarray(0, this.#offsets[n]);
    return { kind: 'utf8', bytes, starts, ends, nulls: this.nulls() } satisfies Utf8Column;
  }

  /** Makes room for so many bytes; returns where they go. */
  #reserve(length: number): number {
    const at = this.#offsets[this.length]!;
    if (at + length > this.#bytes.length) {
      const grown = Buffer.allocUnsafe(Math.max(at + length, this.#bytes.length * 2));
      this.#bytes.copy(grown, 0, 0, at);
      this.#bytes = grown;
    }
    return at;
  }

  #push(end: number): void {
    if (this.length + 1 === this.#offsets.length) {
      const grown = new Uint32Array(this.#offsets.length * 2);
      grown.set(this.#offsets);
      this.#offsets = grown;
    }
    this.#offsets[++this.length] = end;
  }
}

class AnyBuilder extends Builder {
  readonly #values: Value[] = [];
  #bytes = 0;

  /** A builder that has the first `rows` cells of a column already. */
  static of(column: Column, type: Type, rows: number): AnyBuilder {
    const builder = new AnyBuilder('ANY');
    for (let row = 0; row < rows; row++) builder.append(cell(column, type, row));
    return builder;
  }

  override append(value: Value): void {
    this.#values.push(value);
    this.#bytes += boxedBytes(value);
    this.length++;
  }
  override appendNull(): void {
    this.append(null);
  }
  protected put(value: NonNullable<Value>): boolean {
    this.append(value);
    return true;
  }
  protected putNull(): void {
    this.append(null);
  }
  protected cellBytes(): number {
    return this.#bytes;
  }
  protected columnSoFar(): Column {
    return { kind: 'any', values: this.#values };
  }
}
