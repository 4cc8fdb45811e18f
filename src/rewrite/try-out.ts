import { inQuotes } from '../base/shell-quote.ts';
import type { Profile } from '../contract/profiles.ts';
import type { Contract } from '../contract/contract.ts';
import { infer } from '../contract/infer.ts';
import { contractWords } from '../contract/words.ts';
import type { Field } from '../data/types.ts';
import type { Shell } from '../plan/plan.ts';

/**
 * The shell line that tries whether a command keeps promises that nobody made. Undefined where that cannot be said in a
 * line: for a command that runs in ways of its own, or a promise that has to be spelt out first.
 */
export function tryOut(shell: Shell, missing: readonly string[], profile: Profile | undefined): string | undefined {
  const { command, contract, reads, writes, input, inputFormat, outputFormat, env } = shell;
  if (input === undefined || command.includes('$$') || Object.keys(env).length > 0) return undefined;
  if (inputFormat.name !== outputFormat.name || Object.keys(inputFormat.options).length > 0) return undefined;
  const promised = profile === undefined ? missing.map((word) => spelt(word, shell)) : [`AS ${profile}`];
  if (promised.some((word) => word.includes('..)'))) return undefined;
  const columns = reads.map((name) => input.schema.find((field) => field.name === name)!);
  const said = contractWords(contract, 'declared');
  if (said.includes('FILTERS') && promised.some((word) => axisOf(word) === 'EMITS')) return undefined;
  const words = [
    `SELECT ${columns.map(({ name, type }) => `CAST(NULL AS ${type}) AS ${quoted(name)}`).join(', ')}`,
    `|> SHELL $$${command}$$ READS (${reads.map(quoted).join(', ')})`,
    ...(inputFormat.name === 'lines' ? [] : [`FORMAT ${inputFormat.name}`]),
    ...(writes.length === 0 ? [] : [`WRITES (${writes.map(declared).join(', ')})`]),
    ...said.filter((word) => !promised.some((other) => axisOf(other) === axisOf(word))),
    ...promised,
  ];
  return `ssql verify -c ${inQuotes(words.join(' '))}`;
}

/** A promise that takes an argument, with one that may fit: what is known of the command, or what it writes. */
function spelt(word: string, { command, writes, reads, groups, inputFormat }: Shell): string {
  const by = 'declared';
  const say = (contract: Contract): string => contractWords(contract).join(' ');
  if (word.startsWith('COMBINE WITH')) {
    const known = infer(command, { json: inputFormat.name === 'jsonl' })?.contract.combine?.value;
    const areNumbers = writes.length > 0 && writes.every((field) => field.type === 'INTEGER');
    // Many commands put their own outputs together: sort -u, uniq, head.
    return say({ combine: { value: known ?? { with: areNumbers ? 'sum' : command }, by } });
  }
  if (word.startsWith('SORTED BY') && writes.length > 0)
    return say({ sortedBy: { value: writes.map((field) => field.name), by } });
  if (word.startsWith('SCOPE KEY') && groups?.keys.every((key) => reads.includes(key)))
    return say({ scope: { value: { unit: 'key', columns: groups.keys }, by } });
  return word;
}

/** One thing is said of an axis: what is tried takes the place of what was declared. */
const axisOf = (word: string): string =>
  ['DETERMINISTIC', 'STABLE', 'VOLATILE'].includes(word) ? 'DETERMINISTIC' : word.split(' ')[0]!;

const quoted = (name: string): string => (/^[a-z_]\w*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`);
const declared = ({ name, type }: Field): string => `${quoted(name)} ${type}`;
