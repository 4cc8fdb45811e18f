import type { NativeStep } from '../../contract/native.ts';
import { ByteWriter } from '../../data/format/byte-writer.ts';
import { NEWLINE, NOTHING, type Kernel, type Lines } from './kernel.ts';

type Of<D extends NativeStep['do']> = Extract<NativeStep, { do: D }>;

/** Where the first `n` lines end, and how many of them there are. */
function endOf(lines: Buffer, n: number): { readonly at: number; readonly found: number } {
  let at = 0;
  let found = 0;
  while (found < n && at < lines.length) {
    at = lines.indexOf(NEWLINE, at) + 1;
    found++;
  }
  return { at, found };
}

/** `head`, or what comes behind its lines. */
export class FirstKernel implements Kernel {
  readonly #gives: 'first' | 'behind';
  #left: number;

  constructor({ do: gives, lines }: { readonly do: 'first' | 'behind'; readonly lines: number }) {
    this.#gives = gives;
    this.#left = lines;
  }

  get full(): boolean {
    return this.#gives === 'first' && this.#left === 0;
  }

  push(lines: Buffer): Lines {
    const { at, found } = endOf(lines, this.#left);
    this.#left -= found;
    return this.#gives === 'first' ? lines.subarray(0, at) : lines.subarray(at);
  }
}

/** `tail` */
export class LastKernel implements Kernel {
  readonly #lines: number;
  #kept: Buffer = Buffer.alloc(0);

  constructor({ lines }: { readonly lines: number }) {
    this.#lines = lines;
  }

  push(lines: Buffer): Lines {
    this.#kept = this.#last(Buffer.concat([this.#kept, this.#last(lines)]));
    return NOTHING;
  }

  #last(lines: Buffer): Buffer {
    let at = lines.length;
    for (let n = 0; n < this.#lines && at > 0; n++) at = at < 2 ? 0 : lines.lastIndexOf(NEWLINE, at - 2) + 1;
    return lines.subarray(at);
  }

  end(): Lines {
    return this.#kept;
  }
}

/** `wc -l` */
export class CountKernel implements Kernel {
  #count = 0;

  push(lines: Buffer): Lines {
    for (let at = lines.indexOf(NEWLINE); at >= 0; at = lines.indexOf(NEWLINE, at + 1)) this.#count++;
    return NOTHING;
  }

  end(): Lines {
    return Buffer.from(`${this.#count}\n`);
  }
}

const padded = (count: number): string => `${String(count).padStart(7)} `;
const PADDED = Array.from({ length: 100 }, (_, count) => padded(count));

/** Lines of the same length; those that differ mostly do so at their ends. */
function isEqual(a: Buffer, start: number, end: number, b: Buffer, from: number): boolean {
  for (let i = end - start - 1; i >= 0; i--) if (a[start + i] !== b[from + i]) return false;
  return true;
}

/** `uniq`: it holds the last line until another one comes. */
export class UniqueKernel implements Kernel {
  readonly #step: Of<'unique'>;
  #last: Buffer | undefined;
  #count = 0;

  constructor(step: Of<'unique'>) {
    this.#step = step;
  }

  push(lines: Buffer): Lines {
    const out = new ByteWriter(lines.length);
    // The line before is looked at where it stands; only the last one is kept for the next call.
    let last = this.#last;
    let [from, to] = [0, last?.length ?? 0];
    for (let start = 0; start < lines.length;) {
      const end = lines.indexOf(NEWLINE, start) + 1;
      const isSame = last !== undefined && to - from === end - start && isEqual(lines, start, end, last, from);
      if (!isSame) {
        if (last !== undefined) this.#write(out, last, from, to);
        [last, from, to] = [lines, start, end];
        this.#count = 0;
      }
      this.#count++;
      start = end;
    }
    this.#last = last && Buffer.from(last.subarray(from, to));
    return out.take();
  }

  end(): Lines {
    if (this.#last === undefined) return NOTHING;
    const out = new ByteWriter(this.#last.length + 16);
    this.#write(out, this.#last, 0, this.#last.length);
    return out.take();
  }

  #write(out: ByteWriter, lines: Buffer, from: number, to: number): void {
    const { counts, of } = this.#step;
    if ((of === 'several' && this.#count === 1) || (of === 'one' && this.#count > 1)) return;
    if (counts) out.ascii(PADDED[this.#count] ?? padded(this.#count));
    out.copy(lines, from, to);
  }
}
