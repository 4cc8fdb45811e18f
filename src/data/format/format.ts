import type { RecordBatch } from '../batch.ts';
import type { Schema } from '../types.ts';

/** A record that cannot be decoded. */
export interface Fault {
  /** 1-based number of the record's first line in its input. */
  readonly line: number;
  readonly column?: string;
  /** What stood there, at most 200 bytes of it. */
  readonly value?: string;
  readonly message: string;
  /** The record as it stood there, with its terminator, and where it begins; with `keepRecords`. */
  readonly record?: Uint8Array;
  readonly offset?: number;
}

/** What a column tells of its row's place rather than of its content. */
export type Metadata = 'file' | 'path' | 'line_number' | 'offset';

/** A place between two records. */
export interface Mark {
  /** Bytes before it, from the start of the input. */
  readonly consumed: number;
  /** Number of the line that follows, from 1. */
  readonly line: number;
}

export interface DecodeRequest {
  /** Columns to produce: names that the format finds (header, keys, groups) or that stand for positions. */
  readonly schema: Schema;
  /** All columns of the input in their order, for formats that go by position. */
  readonly columns: readonly string[];
  readonly options: { readonly [key: string]: unknown };
  readonly batchRows: number;
  /** Longest record in bytes; a longer one is a fault that cannot be skipped. */
  readonly maxRecord: number;
  /** What to do with a record that cannot be decoded: leave the row out, make the cell NULL, or throw. */
  readonly onFault: (fault: Fault) => 'skip' | 'null';
  /** Columns of `schema` that are not in the input, by name. */
  readonly metadata?: Readonly<Record<string, Metadata>>;
  /** Value of columns with metadata `file`. */
  readonly file?: string;
  /** Value of columns with metadata `path`. */
  readonly path?: string;
  /** Whoever takes the batches is done with them when it asks for more space: their memory may be used again. */
  readonly reuse?: boolean;
  /** Faults come with their records. */
  readonly keepRecords?: boolean;
  /** Where in its input the first byte that comes stands. Default: at the start. */
  readonly from?: Mark;
}

/**
 * Cuts a stream of bytes into batches. Bytes are put into space that the decoder owns, so that columns are views and a
 * torn last record is moved, once, only when the space is renewed.
 */
export interface Decoder {
  /** Space for at least `least` more bytes. Valid until the next call of `advance` or `end`. */
  space(least: number): Uint8Array;
  /** `n` bytes were put at the start of the space. Gives the batches that are complete now. */
  advance(n: number): RecordBatch[];
  /** The input has ended: gives what is left (a last line without line end counts). */
  end(): RecordBatch[];
  /** Bytes up to the end of the last record handed on, from the start of the input. */
  readonly consumed: number;
  /** Number of the line that follows the last record handed on, from 1. */
  readonly line: number;
  /** For each batch of the last answer, the place just after its last row. */
  readonly marks: readonly Mark[];
}

/** Rows as bytes, each record ended. Never writes to the batch. */
export interface Encoder {
  /** What comes before the first row (a header), possibly nothing. */
  readonly start: Uint8Array;
  /**
   * Rows of the batch, one record each.
   * @throws EncodeError for a cell that the format cannot hold.
   */
  encode(batch: RecordBatch): Uint8Array;
}

/** A cell that the format cannot hold, such as a newline in format lines. */
export class EncodeError extends Error {
  /** 0-based, among the existing rows of the batch. */
  readonly row: number;
  readonly column: string;
  constructor(row: number, column: string, message: string) {
    super(message);
    this.name = 'EncodeError';
    this.row = row;
    this.column = column;
  }
}
