import { fstatSync, readSync } from 'node:fs';
import type { RecordBatch } from '../../data/batch.ts';
import type { Shell } from '../../plan/plan.ts';
import { areWithin, outOfBounds, type Bounds } from './shell-bounds.ts';
import { unknownLine, type Counts } from './shell-faults.ts';
import type { Receiver } from './shell-receiver.ts';

const NEWLINE = 10;
const BLOCK = 1 << 20;

/**
 * Holds a command to its declaration when it reads a file by itself: the file is read once more beside it, which costs
 * less than sending its lines.
 */
export interface FileCheck {
  /** Whole lines that came out. */
  lines(bytes: Buffer, at: number, end: number): void;
  end(received: number): void;
}

/** The lines of a file, block by block, without moving its offset. */
class Blocks {
  /** Whole lines. */
  block: Buffer = Buffer.alloc(0);
  at = 0;
  readonly #descriptor: number;
  #position = 0;
  #space = Buffer.allocUnsafeSlow(BLOCK);
  #torn = 0;

  constructor(descriptor: number) {
    this.#descriptor = descriptor;
  }

  /** @returns false at the end of the file, where a last line without newline does not count. */
  next(): boolean {
    const rest = this.#space.subarray(this.block.length, this.block.length + this.#torn);
    if (rest.length === this.#space.length) this.#space = Buffer.concat([rest], rest.length * 2);
    else rest.copy(this.#space);
    const read = readSync(this.#descriptor, this.#space, rest.length, this.#space.length - rest.length, this.#position);
    this.#position += read;
    const filled = rest.length + read;
    const whole = this.#space.subarray(0, filled).lastIndexOf(NEWLINE) + 1;
    this.block = this.#space.subarray(0, whole);
    this.#torn = filled - whole;
    this.at = 0;
    return whole > 0 || (read > 0 && this.next());
  }
}

/** Lines compared one by one before the rest of a block is searched for a line. */
const NEAR = 16;

/** Bytes of output that are held against the file. */
const PROVEN = 4 << 20;

/**
 * FILTERS: each line that comes out is found behind the one before it. Only so far into the output: the line *is* the
 * row here, so nothing is carried around the command that a false declaration could put to another row, and reading all
 * of the file beside the command would take longer than many a command does.
 */
export class SubsequenceCheck implements FileCheck {
  readonly #plan: Shell;
  readonly #blocks: Blocks;
  #proven = 0;
  /** The last line was found at once, so that the next ones may be compared as one. */
  #inRun = true;

  constructor(plan: Shell, descriptor: number) {
    this.#plan = plan;
    this.#blocks = new Blocks(descriptor);
  }

  lines(bytes: Buffer, at: number, end: number): void {
    if (this.#proven >= PROVEN) return;
    this.#proven += end - at;
    while (at < end) at = (this.#inRun ? this.#run(bytes, at, end) : undefined) ?? this.#line(bytes, at);
  }

  /** Compares all lines that are here with as many of the file. @returns where the next line begins, if they agree. */
  #run(bytes: Buffer, at: number, end: number): number | undefined {
    const { block, at: from } = this.#blocks;
    if (from === block.length) return undefined;
    const n = bytes.lastIndexOf(NEWLINE, Math.min(end, at + block.length - from) - 1) + 1 - at;
    if (n <= 0 || block.compare(bytes, at, at + n, from, from + n) !== 0) return undefined;
    this.#blocks.at += n;
    return at + n;
  }

  /** Finds one line. @returns where the next begins. */
  #line(bytes: Buffer, at: number): number {
    const blocks = this.#blocks;
    const { block } = blocks;
    let from = blocks.at;
    for (let skipped = 0; skipped < NEAR && from < block.length; skipped++) {
      let a = from;
      let b = at;
      while (block[a] === bytes[b] && bytes[b] !== NEWLINE) {
        a++;
        b++;
      }
      if (block[a] === NEWLINE && bytes[b] === NEWLINE) {
        blocks.at = a + 1;
        this.#inRun = skipped === 0;
        return b + 1;
      }
      from = block.indexOf(NEWLINE, a) + 1;
    }
    blocks.at = from;
    this.#inRun = false;
    return this.#search(bytes.subarray(at, bytes.indexOf(NEWLINE, at) + 1), at);
  }

  /** @param line with its newline. */
  #search(line: Buffer, at: number): number {
    const blocks = this.#blocks;
    for (;;) {
      const found = blocks.block.indexOf(line, blocks.at);
      if (found < 0) {
        if (!blocks.next()) throw unknownLine(this.#plan, line);
      } else if (found === 0 || blocks.block[found - 1] === NEWLINE) {
        blocks.at = found + line.length;
        return at + line.length;
      } else blocks.at = found + 1;
    }
  }

  end(): void {
    // What was left out needs no proof.
  }
}

/**
 * EMITS ONE: as many lines come out as are in the file; and of 0..1 and 1..N not more, and not fewer. Unless the file
 * changed meanwhile, and nobody knows.
 */
export class CountCheck implements FileCheck {
  readonly #plan: Shell;
  readonly #bounds: Bounds;
  readonly #descriptor: number;
  readonly #size: number;
  readonly #blocks: Blocks;
  #lines = 0;

  constructor(plan: Shell, bounds: Bounds, descriptor: number) {
    this.#plan = plan;
    this.#bounds = bounds;
    this.#descriptor = descriptor;
    this.#size = fstatSync(descriptor).size;
    this.#blocks = new Blocks(descriptor);
  }

  /** Counts a little each time, while the command works. */
  lines(): void {
    if (this.#bounds.atLeast) this.#count();
  }

  end(received: number): void {
    while ((this.#bounds.atLeast || this.#lines < received) && this.#count());
    if (areWithin(this.#bounds, this.#lines, received) || fstatSync(this.#descriptor).size !== this.#size) return;
    throw outOfBounds(this.#plan, this.#lines, received);
  }

  #count(): boolean {
    if (!this.#blocks.next()) return false;
    const { block } = this.#blocks;
    for (let at = block.indexOf(NEWLINE); at >= 0; at = block.indexOf(NEWLINE, at + 1)) this.#lines++;
    return true;
  }
}

/** Rows of another receiver, after their lines have been checked. */
export class CheckedReceiver implements Receiver {
  readonly held = 0;
  readonly #inner: Receiver;
  readonly #check: FileCheck;
  readonly #counts: Counts;
  #torn: Buffer[] = [];

  constructor(inner: Receiver, check: FileCheck, counts: Counts) {
    this.#inner = inner;
    this.#check = check;
    this.#counts = counts;
  }

  sent(): void {
    // The file is its own record of what was sent.
  }

  take(chunks: readonly Buffer[]): readonly RecordBatch[] {
    for (const chunk of chunks) {
      const last = chunk.lastIndexOf(NEWLINE);
      if (last < 0) {
        this.#torn.push(chunk);
        continue;
      }
      const first = this.#torn.length === 0 ? 0 : chunk.indexOf(NEWLINE) + 1;
      if (first > 0) {
        const line = Buffer.concat([...this.#torn, chunk.subarray(0, first)]);
        this.#check.lines(line, 0, line.length);
      }
      this.#check.lines(chunk, first, last + 1);
      this.#torn = last + 1 < chunk.length ? [chunk.subarray(last + 1)] : [];
    }
    return this.#inner.take(chunks);
  }

  end(): readonly RecordBatch[] {
    const line = Buffer.concat([...this.#torn, Buffer.from([NEWLINE])]);
    if (line.length > 1) this.#check.lines(line, 0, line.length);
    const batches = this.#inner.end();
    this.#check.end(this.#counts.received);
    return batches;
  }
}
