import { copyBytes } from '../bytes.ts';
import { cell } from '../cell.ts';
import type { Column } from '../column.ts';
import type { KeyColumn } from '../hash.ts';
import type { Collation, Type } from '../types.ts';
import type { Value } from '../value.ts';

const NULL = 0;
/** A number that a double holds exactly: 8 bytes of the double. */
const NUMBER = 1;
/** Any other INTEGER: 8 bytes of the int64. */
const WIDE = 2;
/** Length in 4 bytes, then the bytes; collated TEXT in its canonical form. */
const TEXT = 3;
const BLOB = 4;

/**
 * Writes the key of a row as bytes that are the same for equal keys, whatever columns they come from: an INTEGER column
 * of kind `f64`, `i64` or boxed, REAL 1.0 for INTEGER 1, TIMESTAMP as its TEXT form.
 */
export class KeyWriter {
  bytes: Buffer = Buffer.allocUnsafeSlow(256);
  readonly #keys: readonly KeyColumn[];
  #columns: readonly Column[] = [];
  #types: readonly Type[] = [];
  #view = new DataView(this.bytes.buffer);

  constructor(keys: readonly KeyColumn[]) {
    this.#keys = keys;
  }

  /** Sets the columns that `write` reads from. */
  open(columns: readonly Column[], types: readonly Type[]): void {
    this.#columns = columns;
    this.#types = types;
  }

  /** Writes the key of one row to the start of `bytes`; returns its length. */
  write(row: number): number {
    let at = 0;
    for (let c = 0; c < this.#columns.length; c++) {
      const column = this.#columns[c]!;
      const type = this.#types[c]!;
      const collation = this.#keys[c]?.collation ?? 'BINARY';
      if (column.kind === 'utf8') {
        if (column.nulls !== undefined && (column.nulls[row >> 3]! & (1 << (row & 7))) !== 0) at = this.#tag(at, NULL);
        else at = this.#blob(at, TEXT, column.bytes, column.starts[row]!, column.ends[row]!, collation);
      } else if (column.kind === 'f64' && type !== 'TIMESTAMP') {
        if (column.nulls !== undefined && (column.nulls[row >> 3]! & (1 << (row & 7))) !== 0) at = this.#tag(at, NULL);
        else at = this.#number(at, column.values[row]!);
      } else at = this.#boxed(at, cell(column, type, row), collation);
    }
    return at;
  }

  #boxed(at: number, value: Value, collation: Collation): number {
    if (value === null) return this.#tag(at, NULL);
    if (typeof value === 'number') return this.#number(at, value);
    if (typeof value === 'bigint') {
      const number = Number(value);
      if (BigInt(number) === value) return this.#number(at, number);
      at = this.#tag(at, WIDE);
      this.#view.setBigInt64(at, value);
      return at + 8;
    }
    if (typeof value === 'string') {
      const bytes = Buffer.from(value);
      return this.#blob(at, TEXT, bytes, 0, bytes.length, collation);
    }
    return this.#blob(at, BLOB, value, 0, value.length, 'BINARY');
  }

  #number(at: number, value: number): number {
    at = this.#tag(at, NUMBER);
    // Adding 0 makes 0 of -0.
    this.#view.setFloat64(at, value + 0);
    return at + 8;
  }

  #blob(at: number, tag: number, from: Uint8Array, start: number, end: number, collation: Collation): number {
    if (collation === 'RTRIM') while (end > start && from[end - 1] === 0x20) end--;
    const length = end - start;
    this.#reserve(at + length + 16);
    at = this.#tag(at, tag);
    this.#view.setUint32(at, length);
    at += 4;
    copyBytes(from, start, end, this.bytes, at);
    if (collation === 'NOCASE') {
      for (let i = at; i < at + length; i++) {
        const byte = this.bytes[i]!;
        if (byte >= 0x41 && byte <= 0x5a) this.bytes[i] = byte | 0x20;
      }
    }
    return at + length;
  }

  /** Writes a tag; afterwards there is room for 8 bytes more. */
  #tag(at: number, tag: number): number {
    if (at + 16 > this.bytes.length) this.#reserve(at + 16);
    this.bytes[at] = tag;
    return at + 1;
  }

  #reserve(size: number): void {
    if (size <= this.bytes.length) return;
    const grown = Buffer.allocUnsafeSlow(size * 2);
    this.bytes.copy(grown);
    this.bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}
