import type { Contract } from './contract.ts';
import { profiles, type Profile } from './profiles.ts';
import { refute, type Effort, type Suspect } from './refute.ts';
import type { Ask } from './trial.ts';
import { contractWords } from './words.ts';

/** A promise that could be made: nothing was found against it. */
export interface Suggestion {
  /** As it would be declared: `AS FILTER`, `ORDER FREE`. */
  readonly words: string;
  readonly cases: number;
  /** Laws that would apply in this script. */
  readonly enables: readonly string[];
}

/** A law that did not apply, and the words that were missing. */
export interface Refusal {
  readonly rule: string;
  readonly words: readonly string[];
}

const promised = <const T>(value: T) => ({ value, by: 'declared' }) as const;

/** What is tried: profiles, of which the first that holds says all that the others say; then single promises. */
const inTurn: readonly Profile[] = ['FILTER', 'MAP', 'FLATMAP'];
const single: readonly ((of: Suspect) => Contract | undefined)[] = [
  () => ({ orderFree: promised(true) }),
  ({ writes = [] }) => (writes.length === 0 ? undefined : { sortedBy: promised(writes.map((field) => field.name)) }),
  ({ command }) => ({ combine: promised({ with: command }) }),
  () => ({ combine: promised({ with: 'sum' }) }),
  () => ({ idempotent: promised(true) }),
  () => ({ online: promised(true) }),
  () => ({ emits: promised('one') }),
  () => ({ determinism: promised('deterministic'), effects: promised('none') }),
  () => ({ total: promised(true) }),
];

/** Of a word that takes an argument, whatever it is: `SORTED BY (..)`, `COMBINE WITH 'g'`. */
const isSaid = (word: string, all: ReadonlySet<string>): boolean => {
  const [open] = word.split(/\(\.\.\)$|'g'$/) as [string];
  return all.has(word) || (open !== word && [...all].some((other) => other.startsWith(open)));
};

/**
 * Promises that nobody made and nothing was found against, those first that would let most laws apply. They are guesses:
 * whoever knows the command declares them.
 */
export async function suggestionsFor(
  suspect: Suspect,
  ask: Ask,
  effort: Effort,
  refusals: readonly Refusal[],
): Promise<readonly Suggestion[]> {
  const { contract } = suspect;
  const held = async (candidate: Contract): Promise<number | undefined> => {
    const asked = { ...suspect, contract: { ...candidate, exitOk: contract.exitOk ?? promised([0, 1]) } };
    const verdicts = await refute(asked, ask, { ...effort, firstOnly: true });
    const usable = verdicts.map(({ tried, unusable }) => tried - unusable);
    return verdicts.some((verdict) => verdict.witness) || usable.length === 0 ? undefined : Math.min(...usable);
  };
  const found: Suggestion[] = [];
  const add = (words: string, said: Contract, cases: number): void => {
    const all = new Set([...contractWords(contract), ...contractWords(said)]);
    const helped = refusals.filter((refusal) => refusal.words.every((word) => isSaid(word, all)));
    found.push({ words, cases, enables: [...new Set(helped.map(({ rule }) => rule))] });
  };
  const missing = (candidate: Contract): boolean =>
    Object.keys(candidate).some((axis) => contract[axis as keyof Contract] === undefined);
  let perLine = contract.scope?.value.unit === 'record';
  for (const profile of inTurn) {
    if (perLine || !missing(profiles[profile])) continue;
    const cases = await held(profiles[profile]);
    if (cases === undefined || cases === 0) continue;
    perLine = true;
    add(`AS ${profile}`, profiles[profile], cases);
  }
  const isFilter = contract.filters !== undefined || found.some(({ words }) => words === 'AS FILTER');
  for (const candidate of single.flatMap((of) => of(suspect) ?? [])) {
    // Lines that have passed a filter pass it again.
    if (isFilter && candidate.idempotent !== undefined) continue;
    const isDone =
      !missing(candidate) || (perLine && candidate.total === undefined && candidate.idempotent === undefined);
    const cases = isDone ? undefined : await held(candidate);
    if (cases !== undefined && cases > 0) add(contractWords(candidate).join(' '), candidate, cases);
  }
  return found.sort((a, b) => b.enables.length - a.enables.length);
}
