import type { NativeStep } from '../../contract/native.ts';
import { ByteWriter } from '../../data/format/byte-writer.ts';
import { NEWLINE, type Lines, type Sieve } from './kernel.ts';

type Find = Extract<NativeStep, { do: 'find' }>;

/** Lines that have a text in them, or those that do not. */
export class FindKernel implements Sieve {
  readonly #text: Buffer;
  readonly #step: Find;

  constructor(step: Find) {
    this.#step = step;
    this.#text = Buffer.from(step.folds ? step.text.toLowerCase() : step.text, 'latin1');
  }

  push(lines: Buffer): Lines {
    const out = new ByteWriter(lines.length);
    // Lines that stay and follow each other are copied as one.
    let from = 0;
    let until = 0;
    this.#each(lines, (start, end) => {
      if (start !== until) {
        out.copy(lines, from, until);
        from = start;
      }
      until = end;
    });
    out.copy(lines, from, until);
    return out.take();
  }

  mark(lines: Buffer, marks: Uint8Array): void {
    this.#each(lines, (_start, _end, line) => (marks[line] = 1));
  }

  #each(lines: Buffer, stays: (start: number, end: number, line: number) => void): void {
    const searched = this.#step.folds ? lowered(lines) : lines;
    const text = this.#text;
    const { at, keeps } = this.#step;
    let found = at === 'anywhere' ? searched.indexOf(text) : -1;
    let line = 0;
    for (let start = 0; start < lines.length; line++) {
      const end = lines.indexOf(NEWLINE, start);
      if (found >= 0 && found < start) found = searched.indexOf(text, start);
      const isThere = at === 'anywhere' ? found >= 0 && found < end : this.#stands(searched, start, end);
      if (isThere === keeps) stays(start, end + 1, line);
      start = end + 1;
    }
  }

  #stands(lines: Buffer, start: number, end: number): boolean {
    const text = this.#text;
    const rest = end - start - text.length;
    if (rest < 0 || (this.#step.at === 'whole' && rest > 0)) return false;
    const from = this.#step.at === 'end' ? end - text.length : start;
    return lines.compare(text, 0, text.length, from, from + text.length) === 0;
  }
}

function lowered(lines: Buffer): Buffer {
  const low = Buffer.from(lines);
  for (let i = 0; i < low.length; i++) {
    const byte = low[i]!;
    if (byte >= 65 && byte <= 90) low[i] = byte + 32;
  }
  return low;
}
