import { copyBytes } from '../../data/bytes.ts';

/** Growing space for the TEXT that a kernel makes. Offsets stay good when it grows; `bytes` is then another buffer. */
export class Arena {
  bytes: Buffer;
  used = 0;

  constructor(size: number) {
    this.bytes = Buffer.allocUnsafeSlow(size);
  }

  /** Makes room for `length` more bytes. */
  reserve(length: number): void {
    if (this.used + length <= this.bytes.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(this.used + length, this.bytes.length * 2));
    this.bytes.copy(grown, 0, 0, this.used);
    this.bytes = grown;
  }

  put(from: Uint8Array, start: number, end: number): void {
    this.reserve(end - start);
    copyBytes(from, start, end, this.bytes, this.used);
    this.used += end - start;
  }

  putText(text: string): void {
    // A UTF-16 unit takes at most three bytes.
    this.reserve(text.length * 3);
    this.used += this.bytes.write(text, this.used, 'utf8');
  }

  /** The decimal digits of a safe integer. */
  putInteger(value: number): void {
    this.reserve(17);
    let rest = Math.abs(value);
    let digits = 1;
    for (let power = 10; power <= rest; power *= 10) digits++;
    if (value < 0) this.bytes[this.used++] = 0x2d;
    for (let at = this.used + digits - 1; at >= this.used; at--) {
      const next = Math.floor(rest / 10);
      // In this order: 0x30 + rest may be beyond the safe integers.
      this.bytes[at] = 0x30 + (rest - next * 10);
      rest = next;
    }
    this.used += digits;
  }

  /** The same bytes with each replaced as the table says; for upper() and lower(). */
  putMapped(from: Uint8Array, start: number, end: number, table: Uint8Array): void {
    this.reserve(end - start);
    const { bytes } = this;
    let at = this.used;
    for (let i = start; i < end; i++) bytes[at++] = table[from[i]!]!;
    this.used = at;
  }
}
