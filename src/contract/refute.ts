import type { Contract, Provenance } from './contract.ts';
import { laws, type Case, type Law, type Others } from './laws.ts';
import { linePool, lists, seeded, type LineShape } from './lines.ts';
import { Trial, Unusable, type About, type Ask, type Violation } from './trial.ts';
import { contractWords } from './words.ts';

/** A command, what is promised of it, and on what lines to try it. */
export interface Suspect extends About {
  readonly command: string;
  readonly contract: Contract;
  readonly shape: LineShape;
  /** Lines of its real input, as bytes. */
  readonly sample?: readonly string[];
  readonly others?: Others;
}

export interface Effort {
  readonly cases: number;
  readonly seed: number;
  /** Once one promise is found to be false the others are left alone. */
  readonly firstOnly?: true;
}

/** What became of one promise. */
export interface Verdict {
  readonly axis: keyof Contract;
  /** As it is declared: `SCOPE RECORD`. */
  readonly words: string;
  readonly by: Provenance;
  /** Cases that it was tried on, and those among them on which the command failed, which say nothing. */
  readonly tried: number;
  readonly unusable: number;
  readonly witness?: Witness;
}

export interface Witness extends Violation {
  readonly lines: readonly string[];
  /** Lines of the case in which it was found. */
  readonly from: number;
}

/** Cases tried before the next ones are made: a false promise mostly shows in the first few. */
const WAVES = [12, 48, 140, Infinity];

/**
 * Tries to falsify every promise that is not merely implied by others.
 *
 * @param ask runs a command; what is asked at the same time may be run together.
 */
export async function refute(suspect: Suspect, ask: Ask, effort: Effort): Promise<readonly Verdict[]> {
  const { contract, command, sample = [], others = new Map<string, string>() } = suspect;
  const trial = new Trial(command, contract.exitOk?.value ?? [0], ask, suspect);
  const pool = linePool(seeded(effort.seed), command, suspect.shape, sample, effort.cases);
  const cases = casesOf(suspect, pool, effort);
  const judges = laws
    .filter((law) => contract[law.axis] !== undefined && contract[law.axis]!.by !== 'implied' && law.applies(contract))
    .map((law) => new Judge(law, trial, cases, contract, others));
  for (const wave of WAVES) {
    await Promise.all(judges.map((judge) => judge.try(wave)));
    if (effort.firstOnly && judges.some((judge) => judge.verdict.witness !== undefined)) break;
  }
  return judges.map((judge) => judge.verdict);
}

/** Lists that are tried one by one before several are tried as one. */
const ALONE = 160;
const TOGETHER = 10;

/**
 * What is said of a command that treats each line by itself is said of long lists as much as of short ones. So later
 * lists are put one behind the other: each run then tries ten of them, and every cut between them.
 */
function casesOf({ contract }: Suspect, pool: readonly string[], { cases, seed }: Effort): readonly Given[] {
  const made = lists(seeded(seed + 1), pool);
  const isRecord = contract.scope?.value.unit === 'record';
  const given: Given[] = [];
  for (let n = 0; n < cases;) {
    const size = isRecord && n >= ALONE ? Math.min(TOGETHER, cases - n) : 1;
    const lines = Array.from({ length: size }, () => made.next().value).flat();
    // What NEEDS SORTED lines is never given others.
    given.push({ lines: contract.needsSortedBy === undefined ? lines : lines.sort(), seed: seed + n, size });
    n += size;
  }
  return given;
}

/** A case that can be tried again: the choices in it are made anew from its seed. */
interface Given {
  readonly lines: readonly string[];
  readonly seed: number;
  /** How many of the generated lists these are. */
  readonly size: number;
}
const caseOf = ({ lines, seed }: Given): Case => ({ lines, random: seeded(seed) });

/** One law, on trial case by case until it is found to be false. */
class Judge {
  readonly #law: Law;
  readonly #cases: readonly Given[];
  #next = 0;
  readonly #broken: (given: Given) => Promise<Violation | 'unusable' | undefined>;
  #verdict: Verdict;

  constructor(law: Law, trial: Trial, cases: readonly Given[], contract: Contract, others: Others) {
    const { axis, oneIn } = law;
    this.#law = law;
    this.#broken = async (given) => {
      try {
        return await law.broken(trial, caseOf(given), contract, others);
      } catch (error) {
        if (error instanceof Unusable) return 'unusable';
        throw error;
      }
    };
    const [words = ''] = contractWords({ [axis]: { ...contract[axis], by: 'declared' } });
    this.#cases = oneIn === undefined ? cases : cases.filter((_, n) => n % oneIn === 1);
    this.#verdict = { axis, words, by: contract[axis]!.by, tried: 0, unusable: 0 };
  }

  get verdict(): Verdict {
    return this.#verdict;
  }

  /** Goes on to this many of all cases. */
  async try(cases: number): Promise<void> {
    if (this.#verdict.witness !== undefined) return;
    const now = this.#cases.slice(this.#next, Math.ceil(cases / (this.#law.oneIn ?? 1)));
    this.#next += now.length;
    const found = await Promise.all(now.map(this.#broken));
    const first = found.findIndex((violation) => violation !== undefined && violation !== 'unusable');
    const { tried, unusable } = this.#verdict;
    this.#verdict = {
      ...this.#verdict,
      tried: tried + sizeOf(first < 0 ? now : now.slice(0, first + 1)),
      unusable: unusable + sizeOf(now.filter((_, i) => found[i] === 'unusable')),
      ...(first >= 0 && { witness: await shrunk(now[first]!, found[first] as Violation, this.#broken) }),
    };
  }
}

const sizeOf = (cases: readonly Given[]): number => cases.reduce((sum, { size }) => sum + size, 0);

/** The fewest and simplest lines that still show it: lines are left out, many at first, then made shorter. */
async function shrunk(
  given: Given,
  violation: Violation,
  broken: (given: Given) => Promise<Violation | 'unusable' | undefined>,
): Promise<Witness> {
  let best = { lines: given.lines, violation };
  const better = async (candidates: readonly (readonly string[])[]): Promise<boolean> => {
    // Where it is cut, or how it is put in order, is chosen anew for the fewer lines: so more than once.
    const tries = candidates.flatMap((lines) => [0, 1, 2].map((n) => ({ ...given, lines, seed: given.seed + n })));
    const found = await Promise.all(tries.map(broken));
    const i = found.findIndex((v) => v !== undefined && v !== 'unusable');
    if (i >= 0) best = { lines: tries[i]!.lines, violation: found[i] as Violation };
    return i >= 0;
  };
  for (let size = Math.ceil(given.lines.length / 2); size >= 1;) {
    const { lines } = best;
    const starts = Array.from({ length: Math.ceil(lines.length / size) }, (_, i) => i * size).slice(0, 64);
    const without = starts.map((at) => [...lines.slice(0, at), ...lines.slice(at + size)]);
    if (!(await better(without))) size = size === 1 ? 0 : Math.ceil(size / 2);
    else size = Math.min(size, Math.max(1, best.lines.length));
    if (best.lines.length === 0) break;
  }
  for (let round = 0; round < 12; round++) {
    const { lines } = best;
    const simpler = lines
      .slice(0, 12)
      .flatMap((line, i) =>
        simplerLines(line, lines).map((other) => [...lines.slice(0, i), other, ...lines.slice(i + 1)]),
      );
    if (simpler.length === 0 || !(await better(simpler))) break;
  }
  return { ...best.violation, lines: best.lines, from: given.lines.length };
}

/** Shorter lines, the simplest first. */
function simplerLines(line: string, all: readonly string[]): readonly string[] {
  const half = Math.floor(line.length / 2);
  const tries = ['', 'a', 'b', ...all, line.slice(0, half), line.slice(half), line.slice(1), line.slice(0, -1)];
  return [...new Set(tries)].filter((other) => isSimpler(other, line));
}

const isSimpler = (a: string, b: string): boolean => a.length < b.length || (a.length === b.length && a < b);
