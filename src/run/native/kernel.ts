/** Whole lines, each with its newline; what is given may be overwritten by the next call. */
export type Lines = Uint8Array;

/** What stands for one command of a pipeline: it is shown all lines, as they come, and gives those that it would print. */
export interface Kernel {
  /** @returns the lines that are certain now. */
  push(lines: Buffer): Lines;
  /** No more lines will come. @returns the rest; absent: there is never any. */
  end?(): Lines;
  /** What comes now makes no difference any more. */
  readonly full?: boolean;
}

/** A kernel that only leaves lines out. */
export interface Sieve extends Kernel {
  /** Marks the lines that stay, by their places: 1. @param marks as many as there are lines, all 0. */
  mark(lines: Buffer, marks: Uint8Array): void;
}

export const NEWLINE = 10;
export const NOTHING: Lines = new Uint8Array(0);
