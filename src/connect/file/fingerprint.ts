import { createHash } from 'node:crypto';

/** A file is known by so many of its first bytes, as far as they have been read. */
const HEAD = 1024;

/** Collects the start of a file as it is read, to tell later whether it is still the same file. */
export class Fingerprint {
  static readonly head = HEAD;
  #head: Buffer = Buffer.alloc(0);
  #known = new Map<number, string>();

  /** These bytes follow those given before. */
  add(bytes: Uint8Array): void {
    if (this.#head.length >= HEAD) return;
    this.#head = Buffer.concat([this.#head, bytes.subarray(0, HEAD - this.#head.length)]);
  }

  /** Of what comes before `offset`, at most 1 KiB of it. */
  at(offset: number): string {
    const length = Math.min(offset, HEAD);
    let print = this.#known.get(length);
    if (print === undefined) {
      print = createHash('sha256').update(this.#head.subarray(0, length)).digest('hex').slice(0, 16);
      this.#known.set(length, print);
    }
    return print;
  }
}
