/** The last bytes of a stream that may be endless. */
export class Tail {
  readonly #limit: number;
  #chunks: Buffer[] = [];
  #kept = 0;

  /** @param limit bytes to keep; up to one chunk more may be held. */
  constructor(limit = 64 * 1024) {
    this.#limit = limit;
  }

  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#kept += chunk.length;
    while (this.#kept - this.#chunks[0]!.length >= this.#limit) this.#kept -= this.#chunks.shift()!.length;
  }

  get empty(): boolean {
    return this.#kept === 0;
  }

  /** The last `count` lines that are not blank, each cut to 400 characters and safe to print on a terminal. */
  lines(count: number): readonly string[] {
    const text = Buffer.concat(this.#chunks).toString('utf8');
    const lines = text.split('\n').filter((line) => line.trim() !== '');
    return lines.slice(-count).map((line) => printable(line.slice(0, 400)));
  }
}

/** Without the control characters by which a program could steer the user's terminal. */
export const printable = (text: string): string => text.replace(/[\x00-\x08\x0a-\x1f\x7f\x80-\x9f]/g, '\u{fffd}');
