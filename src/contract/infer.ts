import { inQuotes } from '../base/shell-quote.ts';
import type { Contract } from './contract.ts';
import { knownPrograms } from './known.ts';
import { argumentsOf, type Arguments } from './known-arguments.ts';
import type { Form, KnownProgram } from './known-form.ts';
import type { Facts } from './known-kinds.ts';
import { tokenize, type Token } from './shell-words.ts';

/** What is known of a command from its text. */
export interface Known {
  /** Each axis `by: 'inferred'`. */
  readonly contract: Contract;
  /** The programs that the facts are about. */
  readonly programs: readonly string[];
}

/** One command of a pipeline, and what is known of it. */
interface Stage {
  readonly facts: Facts;
  readonly textOnly: boolean;
  readonly text: string;
  readonly program: string;
}

/** Where the lines of a command come from. */
export interface Domain {
  /** Every line is one JSON value. */
  readonly json: boolean;
}

/** Said by whoever starts commands anyway; saying it again changes nothing. */
const PINNED = /^(LC_ALL|LANG)=C$/;

/**
 * What is known of a command: a pipeline of known programs with known arguments. Of anything else (another program or
 * option, `$`, a pattern for file names, a redirection, `;`, `&`) nothing is: undefined. But what a pipeline ends with
 * says which exit statuses are fine, whatever comes before.
 */
export function infer(command: string, domain: Domain): Known | undefined {
  const stages = (simpleCommands(command) ?? []).map((words) => stageOf(words, domain));
  if (stages.length > 0 && stages.every((stage) => stage !== undefined)) return knownOf(stages, composed(stages));
  const last = lastOf(command, domain);
  return last?.facts.exitOk && knownOf([last], { exitOk: last.facts.exitOk });
}

const knownOf = (stages: readonly Stage[], facts: Facts): Known => ({
  contract: Object.fromEntries(Object.entries(facts).map(([axis, value]) => [axis, { value, by: 'inferred' }])),
  programs: [...new Set(stages.map(({ program }) => program))],
});

/** The last command of what is one pipeline, not negated. */
function lastOf(command: string, domain: Domain): Stage | undefined {
  const tokens = tokenize(command);
  if (tokens === undefined || command.includes('\n')) return undefined;
  if (tokens[0]?.text === '!' || tokens.some(({ kind, text }) => kind === 'operator' && text !== '|')) return undefined;
  const cut = tokens.findLast(({ kind }) => kind === 'operator')?.start;
  const words = cut === undefined ? undefined : simpleCommands(command.slice(cut + 1))?.[0];
  return words && stageOf(words, domain);
}

/**
 * The words of each command of a pipeline, the program first. Undefined for text that is more than a pipeline, or that the
 * shell has yet to expand.
 */
export function simpleCommands(command: string): readonly (readonly string[])[] | undefined {
  const tokens = tokenize(command);
  if (tokens === undefined || command.includes('\n')) return undefined;
  const all: (readonly string[])[] = [];
  for (const words of pipeline(tokens) ?? []) {
    const first = words.findIndex((token) => !PINNED.test(token.text));
    if (first < 0 || words[first]!.assigns) return undefined;
    all.push(words.slice(first).map((token) => token.text));
  }
  return all;
}

/** The words of each command; undefined for more than a pipeline. */
function pipeline(tokens: readonly Token[]): readonly (readonly Token[])[] | undefined {
  const stages: Token[][] = [[]];
  for (const token of tokens) {
    if (token.kind === 'operator') {
      if (token.text !== '|') return undefined;
      stages.push([]);
    } else if (token.open) return undefined;
    else stages.at(-1)!.push(token);
  }
  return stages.some((words) => words.length === 0) ? undefined : stages;
}

function stageOf(words: readonly string[], { json }: Domain): Stage | undefined {
  const [program, ...rest] = words;
  if (program === undefined) return undefined;
  const known = knownPrograms.find(({ names }) => names.includes(program));
  const args = known && argumentsOf(rest, known.options);
  const form = args && formOf(known, args, json);
  if (form === undefined) return undefined;
  const facts = typeof form.facts === 'function' ? form.facts(args!) : form.facts;
  if (facts === undefined) return undefined;
  const text = words.map(quoted).join(' ');
  const own = form.combinesItself ? { combine: { with: text } } : {};
  const isText = form.textOnly === true && !args!.options.has('a');
  return { facts: { ...facts, ...own }, textOnly: isText, text, program };
}

const formOf = ({ forms }: KnownProgram, args: Arguments, json: boolean): Form | undefined =>
  forms.find((form) => {
    const { only, with: needed, operands = [], values = {}, jsonOnly } = form;
    const letters = Array.from(args.options.keys());
    const files = args.operands.filter((word) => word !== '-');
    return (
      (jsonOnly !== true || json) &&
      letters.every((letter) => only.includes(letter)) &&
      (needed === undefined || letters.some((letter) => needed.includes(letter))) &&
      files.length === operands.length &&
      operands.every((pattern, i) => pattern.test(files[i]!)) &&
      letters.every((letter) => args.options.get(letter)!.every((value) => values[letter]?.test(value) ?? true))
    );
  });

const quoted = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : inQuotes(word));

const every = <K extends keyof Facts>(stages: readonly Stage[], axis: K, value: Facts[K]): boolean =>
  stages.every(({ facts }) => facts[axis] === value);
const isRecord = ({ facts }: Stage): boolean => facts.scope?.unit === 'record';

/**
 * What is known of stages one behind the other: what all of them promise, and what a stage promises of whatever it is
 * given. The shell tells only the exit status of the last one.
 */
function composed(stages: readonly Stage[]): Facts {
  const last = stages.at(-1)!;
  const records = stages.every(isRecord);
  const emits = emitsOf(stages);
  // Up to here the order of its lines is that of the lines they come from; then it does not matter any more.
  const unordered = stages.findIndex(({ facts }) => facts.orderFree === true);
  const sorted = stages.findLastIndex(({ facts }) => facts.sortedBy !== undefined);
  const combines = stages.slice(0, -1).every(isRecord) && last.facts.combine !== undefined;
  return {
    ...(records && { scope: { unit: 'record' } }),
    ...(emits !== undefined && { emits }),
    ...(every(stages, 'filters', true) && { filters: true }),
    ...(!records && every(stages, 'keepsOrder', true) && { keepsOrder: true }),
    ...(unordered >= 0 && stages.slice(0, unordered).every(isRecord) && { orderFree: true }),
    ...(sorted >= 0 && stages.slice(sorted + 1).every(({ facts }) => facts.filters) && { sortedBy: ['line'] }),
    ...(stages[0]!.facts.needsSortedBy && { needsSortedBy: stages[0]!.facts.needsSortedBy }),
    ...determinismOf(stages),
    ...(every(stages, 'effects', 'none') && { effects: 'none' }),
    ...(combines && { combine: last.facts.combine }),
    ...(stages.length === 1 && last.facts.idempotent && { idempotent: true }),
    ...(every(stages, 'total', true) && { total: true }),
    ...(last.facts.exitOk && { exitOk: last.facts.exitOk }),
    ...(!records && stages.every((s) => isRecord(s) || s.facts.online) && { online: true }),
    ...(stages.some((stage) => stage.textOnly) && { encoding: 'text' }),
  };
}

/** The least of all of them. */
function determinismOf(stages: readonly Stage[]): Pick<Facts, 'determinism'> {
  const words = stages.map(({ facts }) => facts.determinism);
  if (words.includes(undefined)) return {};
  const least = (['volatile', 'stable', 'deterministic'] as const).find((word) => words.includes(word))!;
  return { determinism: least };
}

/** How many lines come out for each that goes in. Undefined where that is not known. */
function emitsOf(stages: readonly Stage[]): Facts['emits'] | undefined {
  const bounds = stages.map(({ facts }) => facts.emits);
  if (bounds.some((bound) => bound === undefined || bound === 'any')) return undefined;
  const mayDrop = bounds.some((bound) => bound === '0..1' || bound === '0..n');
  const mayAdd = bounds.some((bound) => bound === '1..n' || bound === '0..n');
  if (mayAdd) return mayDrop ? '0..n' : '1..n';
  return mayDrop ? '0..1' : 'one';
}
