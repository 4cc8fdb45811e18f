import type { Arguments, Options } from './known-arguments.ts';
import { kinds, type Facts } from './known-kinds.ts';

/** What is known of a program when it is called in a certain way. */
export interface Form {
  /** Options that may be there, by letter; others make it another form. */
  readonly only: string;
  /** One of these has to be there. */
  readonly with?: string;
  /** All operands; default: none but `-`. */
  readonly operands?: readonly RegExp[];
  /** What the values of options have to be. */
  readonly values?: Readonly<Record<string, RegExp>>;
  readonly facts: Facts | ((args: Arguments) => Facts | undefined);
  /** The command combines its own outputs: it is its own COMBINE. */
  readonly combinesItself?: true;
  /** It holds for text: one NUL byte makes it treat all of its input as something else. */
  readonly textOnly?: true;
  /** It takes JSON values, however they are cut into lines. */
  readonly jsonOnly?: true;
  /** Commands of this form, each of which is tried on the tools that are installed. */
  readonly examples: readonly string[];
}

export interface KnownProgram {
  readonly names: readonly string[];
  readonly options: Options;
  readonly forms: readonly Form[];
}

export const OPERAND = /^[^]*$/;
export const COUNT = /^\d+$/;
export const LIST = /^[\d,-]*\d[\d,-]*$/;
export const grepExit = { exitOk: [0, 1] } as const;
export const summed = { ...kinds.unordered, combine: { with: 'sum' } } as const;
