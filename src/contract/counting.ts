import { tokenize } from './shell-words.ts';

/** Flags of grep that choose lines, or the way of choosing them, and leave it at printing each chosen line once. */
const SHORT = /^-[EFGPaivwxy]+$/;
const LONG =
  /^--(basic|extended|fixed|perl)-(regexp|strings)$|^--(ignore-case|invert-match|word-regexp|line-regexp|line-buffered|text)$/;

/**
 * The command that prints how many lines this one would print, where that is known: `grep -F x` gives `grep -c -F x`,
 * which writes a number instead of all these lines. Only one grep with a literal pattern, its standard input and flags
 * that are known qualifies; so not `-o`, `-A`, `-m`, `-z` or `-L`, nor anything the shell has yet to expand.
 */
export function countingForm(command: string): string | undefined {
  const tokens = tokenize(command);
  const [program, ...rest] = tokens ?? [];
  if (program?.text !== 'grep' || program.quoted || !command.trimStart().startsWith('grep')) return undefined;
  if (rest.some(({ kind, open }) => kind !== 'word' || open)) return undefined;
  return isPattern(rest.map(({ text }) => text)) ? command.replace('grep', 'grep -c') : undefined;
}

/** Whether the arguments are known flags and patterns: behind `-e`, or else the one word that is no flag. */
function isPattern(args: readonly string[]): boolean {
  let flagged = 0;
  let plain = 0;
  for (let i = 0; i < args.length; i++) {
    const word = args[i]!;
    if (word === '-e' && i + 1 < args.length) {
      flagged++;
      i++;
    } else if (word === '--') {
      plain += args.length - i - 1;
      break;
    } else if (word.startsWith('-') && word !== '-') {
      if (!SHORT.test(word) && !LONG.test(word)) return false;
    } else plain++;
  }
  return flagged > 0 ? plain === 0 : plain === 1;
}
