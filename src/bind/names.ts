import { distance } from 'fastest-levenshtein';
import type { Name, QName } from '../syntax/ast.ts';

/** Names compare without case (ASCII), as in SQLite. */
export const fold = (name: string): string => name.toLowerCase();

export const sameName = (a: string, b: string): boolean => fold(a) === fold(b);

/** `a.b` as the user would write it. */
export const dotted = (name: QName): string => name.parts.map((p) => p.text).join('.');

export const lastPart = (name: QName): Name => name.parts[name.parts.length - 1]!;

/** Letters in another order, the most common slip of all: `cvs`. */
const isSwapped = (a: string, b: string): boolean =>
  a.length === b.length && [...a].sort().join() === [...b].sort().join();

/** The known name that a misspelt one is closest to, if any is close enough to be worth a hint. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const wanted = fold(name);
  let best: string | undefined;
  let least = Math.max(1, Math.floor(wanted.length / 3)) + 1;
  for (const candidate of known) {
    const d = isSwapped(wanted, fold(candidate)) ? 1 : distance(wanted, fold(candidate));
    if (d < least && d < wanted.length) [best, least] = [candidate, d];
  }
  return best ?? (wanted.length < 3 ? undefined : known.find((candidate) => isShortFor(wanted, fold(candidate))));
}

/** `delimiter` and `delim`. */
const isShortFor = (a: string, b: string): boolean =>
  Math.min(a.length, b.length) >= 3 && (a.startsWith(b) || b.startsWith(a));

/**
 * Names given out within one schema or one SELECT. Plans compare names exactly, but SQLite, to which parts of a plan
 * may move, does not; so they are made distinct without case.
 */
export class Names {
  readonly #taken = new Set<string>();

  constructor(taken: Iterable<string> = []) {
    for (const name of taken) this.#taken.add(fold(name));
  }

  /** The wanted name, or it with `_1`, `_2`, .. behind; taken from now on. */
  fresh(wanted: string): string {
    let name = wanted;
    for (let n = 1; this.#taken.has(fold(name)); n++) name = `${wanted}_${n}`;
    this.#taken.add(fold(name));
    return name;
  }
}
