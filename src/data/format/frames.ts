import { rowsOf, type RecordBatch } from '../batch.ts';
import type { Schema } from '../types.ts';
import { ByteWriter } from './byte-writer.ts';
import type { Encoder } from './format.ts';
import { textForms } from './text-form.ts';

/** How a row is set off from the next: by its length before it, in four bytes or as `12:..,`. */
export type Framing = 'netstring' | 'u32be';

/** A frame at the front of some bytes: where its content is, and where the next one begins. */
export interface Frame {
  readonly from: number;
  readonly to: number;
  readonly next: number;
}

const [NEWLINE, TAB, RETURN, BACKSLASH, COLON, COMMA] = [10, 9, 13, 92, 58, 44];

/** The bytes of one column as they are, whatever they are: a frame a row. */
export function cellFrames(framing: Framing, schema: Schema): Encoder {
  const { type } = schema[0]!;
  const encode = (batch: RecordBatch): Uint8Array => {
    const { bytes, starts, ends } = textForms(batch.columns[0]!, type, batch);
    const writer = new ByteWriter(batch.length * 32);
    for (const row of rowsOf(batch)) frame(writer, framing, bytes, starts[row]!, ends[row]!);
    return writer.take();
  };
  return { start: new Uint8Array(0), encode };
}

/** The records of a format that ends each with a newline, without it: a frame a row. */
export function recordFrames(framing: Framing, inner: Encoder): Encoder {
  const encode = (batch: RecordBatch): Uint8Array => {
    const bytes = inner.encode(batch);
    const writer = new ByteWriter(bytes.length + batch.length * 8);
    for (let at = 0; at < bytes.length;) {
      const end = bytes.indexOf(NEWLINE, at);
      frame(writer, framing, bytes, at, end);
      at = end + 1;
    }
    return writer.take();
  };
  return { start: new Uint8Array(0), encode };
}

function frame(writer: ByteWriter, framing: Framing, bytes: Uint8Array, from: number, to: number): void {
  const length = to - from;
  if (framing === 'netstring') writer.ascii(`${length}:`);
  else for (const shift of [24, 16, 8, 0]) writer.byte((length >>> shift) & 255);
  writer.copy(bytes, from, to);
  if (framing === 'netstring') writer.byte(COMMA);
}

/**
 * The frame that begins at `at`.
 *
 * @param most bytes that a frame may have.
 * @returns undefined while its end has not come; 'broken' where no frame begins there.
 */
export function frameAt(framing: Framing, bytes: Buffer, at: number, most: number): Frame | 'broken' | undefined {
  if (framing === 'u32be') {
    if (bytes.length < at + 4) return undefined;
    const length = bytes.readUInt32BE(at);
    if (length > most) return 'broken';
    const next = at + 4 + length;
    return next <= bytes.length ? { from: at + 4, to: next, next } : undefined;
  }
  const colon = bytes.subarray(at, at + 11).indexOf(COLON);
  const digits = bytes.toString('latin1', at, colon < 0 ? Math.min(bytes.length, at + 11) : at + colon);
  if (!/^(0|[1-9]\d*)?$/.test(digits) || digits.length > 10 || Number(digits) > most) return 'broken';
  if (colon < 0) return undefined;
  if (digits === '') return 'broken';
  const from = at + colon + 1;
  const to = from + Number(digits);
  if (to >= bytes.length) return undefined;
  return bytes[to] === COMMA ? { from, to, next: to + 1 } : 'broken';
}

/** Values of one column as lines of TSV, which can hold any bytes. */
export function asTsv(values: readonly Buffer[]): Buffer {
  const writer = new ByteWriter(values.reduce((sum, value) => sum + value.length + 1, 0));
  for (const value of values) {
    for (const byte of value) {
      const escape = escapes.get(byte);
      if (escape === undefined) writer.byte(byte);
      else writer.ascii(escape);
    }
    writer.byte(NEWLINE);
  }
  return Buffer.from(writer.take());
}

const escapes: ReadonlyMap<number, string> = new Map([
  [BACKSLASH, '\\\\'],
  [NEWLINE, '\\n'],
  [TAB, '\\t'],
  [RETURN, '\\r'],
]);
