import { piped, shownOutput, type Shown } from './witness.ts';

/** What a command did with the whole of an input; see process/trials.ts. Bytes are latin1. */
export interface Tried {
  readonly output: string;
  readonly exit: number | undefined;
  readonly left?: readonly string[];
  readonly complains?: true;
}

/** Runs a command on an input. */
export type Ask = (command: string, input: string, how?: 'plain' | 'again') => Promise<Tried>;

/** Shows a command its input piece by piece and tells what it has printed after each; see process/live-trial.ts. */
export type Live = (
  command: string,
  pieces: readonly string[],
  enough: (piece: number, printed: string) => boolean,
) => Promise<readonly string[]>;

/** What is known of a command beside its text. */
export interface About {
  /** Columns of a line that it prints; they are parted by tabs. */
  readonly writes?: readonly { readonly name: string; readonly type: string }[];
  readonly live?: Live;
}

/** A promise that does not hold. */
export interface Violation {
  /** What happens instead: goes on behind `declared .., but`. */
  readonly message: string;
  /** Shell lines that anybody can paste to see it. */
  readonly shows: readonly Shown[];
}

/** Thrown where a command failed on lines that it need not accept: they say nothing about it. */
export class Unusable extends Error {}

export const joined = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('');
export const split = (output: string): readonly string[] =>
  output === '' ? [] : output.replace(/\n$/, '').split('\n');
export const isFramed = (output: string): boolean => output === '' || output.endsWith('\n');

/** A command on trial. */
export class Trial {
  readonly command: string;
  /** Exit statuses that are no failure. */
  readonly exitOk: readonly number[];
  readonly writes: NonNullable<About['writes']>;
  readonly #ask: Ask;
  readonly #live: Live | undefined;

  constructor(command: string, exitOk: readonly number[], ask: Ask, { writes = [], live }: About = {}) {
    this.command = command;
    this.exitOk = exitOk;
    this.writes = writes;
    this.#ask = ask;
    this.#live = live;
  }

  /** What it has printed after each piece of an input that does not end. @throws Unusable where nobody can tell. */
  async live(
    pieces: readonly string[],
    enough: (piece: number, printed: string) => boolean,
  ): Promise<readonly string[]> {
    if (this.#live === undefined) throw new Unusable();
    return this.#live(this.command, pieces, enough);
  }

  raw(lines: readonly string[], how?: 'plain' | 'again'): Promise<Tried> {
    return this.#ask(this.command, joined(lines), how);
  }

  /** What it prints. @throws Unusable where it fails. */
  async output(lines: readonly string[], how?: 'plain' | 'again'): Promise<string> {
    const { output, exit } = await this.raw(lines, how);
    if (exit === undefined || !this.exitOk.includes(exit)) throw new Unusable();
    return output;
  }

  /** What another command makes of bytes. @throws Unusable where it fails. */
  async by(command: string, input: string): Promise<string> {
    const { output, exit } = await this.#ask(command, input);
    if (exit !== 0) throw new Unusable();
    return output;
  }

  /** That it prints this for these lines, as a line of shell. */
  shows(lines: readonly string[], output: string, behind = ''): Shown {
    return { shell: piped(lines, this.command) + behind, prints: shownOutput(output) };
  }
}

/** Whether `part` is `whole` with lines left out. */
export function isSubsequence(part: readonly string[], whole: readonly string[]): boolean {
  let at = 0;
  for (const line of whole) if (at < part.length && part[at] === line) at++;
  return at === part.length;
}
