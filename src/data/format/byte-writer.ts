import { copyBytes } from '../bytes.ts';

/** Up to so many characters, a loop beats a call. */
const SHORT = 32;

/** Bytes that grow as they are written. */
export class ByteWriter {
  bytes: Buffer;
  length = 0;

  constructor(room = 1024) {
    this.bytes = Buffer.allocUnsafeSlow(room);
  }

  /** Makes room for so many more bytes. */
  reserve(more: number): void {
    if (this.length + more <= this.bytes.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(this.length + more, this.bytes.length * 2));
    this.bytes.copy(grown, 0, 0, this.length);
    this.bytes = grown;
  }

  byte(value: number): void {
    this.reserve(1);
    this.bytes[this.length++] = value;
  }

  copy(from: Uint8Array, start: number, end: number): void {
    this.reserve(end - start);
    copyBytes(from, start, end, this.bytes, this.length);
    this.length += end - start;
  }

  ascii(text: string): void {
    this.reserve(text.length);
    const { bytes, length } = this;
    if (text.length > SHORT) bytes.write(text, length, 'latin1');
    else for (let i = 0; i < text.length; i++) bytes[length + i] = text.charCodeAt(i);
    this.length = length + text.length;
  }

  text(text: string): void {
    this.reserve(text.length * 3);
    this.length += this.bytes.write(text, this.length, 'utf8');
  }

  /** All that was written. */
  take(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }
}
