import type { Arguments } from './known-arguments.ts';
import { kinds, type Facts } from './known-kinds.ts';

/** A command of sed that looks at one line only. */
interface Step {
  readonly verb: 's' | 'y' | 'd' | 'p';
  /** It prints: `s///p`. */
  readonly prints: boolean;
  /** It can make several lines of one. */
  readonly breaks: boolean;
}

const ADDRESS = /\/((?:[^/\\\n]|\\[^\n])+)\/(?:I(?![a-z]))?\s*(!?)\s*/y;
const SUBSTITUTE = /s([^\w\s\\])((?:(?!\1)[^\\\n]|\\[^\n])+)\1((?:(?!\1)[^\\\n]|\\[^\n])*)\1([gIip\d]*)/y;
const TRANSLATE = /y([^\w\s\\])((?:(?!\1)[^\\\n]|\\\\)+)\1((?:(?!\1)[^\\\n]|\\\\)+)\1/y;
const BETWEEN = /[\s;]*/y;
/** In a replacement: parts of the match, cases, and characters that mean themselves. */
const ESCAPES = /^\\[\d&ULEult./\\\-[\]()|,;:'"]$/;

/** Lines chosen by their numbers, and nothing else: `1d`, `2,5p`, `5q`, `$d`. */
const BY_NUMBER = /^(?:\d+|\$)(?:,(?:\d+|\$))?(?:!?[dp]|q)$/;

export function factsOfSed({ options, operands }: Arguments): Facts | undefined {
  const given = options.get('e');
  const [script, ...files] = given === undefined ? operands : [given.join('\n'), ...operands];
  if (script === undefined || files.length > 0) return undefined;
  const quiet = options.has('n');
  if (BY_NUMBER.test(script.trim())) return numbered(script.trim(), quiet);
  const steps = stepsOf(script);
  return steps === undefined ? undefined : (quiet ? printing : plain)(steps);
}

function numbered(script: string, quiet: boolean): Facts {
  // Each line is printed once or not at all: without -n by what is deleted, with it by what is printed.
  if (script.endsWith('p') !== quiet) return kinds.pure;
  return script.includes('$') ? kinds.late : kinds.sieve;
}

function plain(steps: readonly Step[]): Facts | undefined {
  if (steps.length === 0) return kinds.identity;
  const verbs = new Set(steps.map((step) => step.verb));
  const deletes = verbs.has('d');
  if (verbs.has('p') || steps.some((step) => step.prints || step.breaks)) return deletes ? kinds.any : kinds.each;
  if (!deletes) return kinds.map;
  return verbs.size === 1 ? kinds.filter : kinds.some;
}

function printing(steps: readonly Step[]): Facts {
  const prints = steps.filter((step) => step.verb === 'p' || step.prints);
  if (prints.length !== 1 || steps.some((step) => step.breaks)) return kinds.any;
  return steps.every((step) => step.verb === 'p' || step.verb === 'd') ? kinds.filter : kinds.some;
}

function stepsOf(script: string): readonly Step[] | undefined {
  const steps: Step[] = [];
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | undefined => {
    pattern.lastIndex = at;
    const found = pattern.exec(script) ?? undefined;
    if (found !== undefined) at += found[0].length;
    return found;
  };
  take(BETWEEN);
  while (at < script.length) {
    const address = take(ADDRESS);
    const step = take(SUBSTITUTE) ?? take(TRANSLATE);
    if (step !== undefined) {
      const [text, , , replacement = '', flags = ''] = step;
      const escapes: readonly string[] = replacement.match(/\\./g) ?? [];
      const breaks = text.startsWith('s') && escapes.includes('\\n');
      if (text.startsWith('s') && !escapes.every((e) => e === '\\n' || ESCAPES.test(e))) return undefined;
      steps.push({ verb: text.startsWith('s') ? 's' : 'y', prints: flags.includes('p'), breaks });
    } else if (address !== undefined && /[dp]/.test(script[at] ?? '')) {
      steps.push({ verb: script[at] as 'd' | 'p', prints: false, breaks: false });
      at++;
    } else if (script[at] === 'p') {
      steps.push({ verb: 'p', prints: false, breaks: false });
      at++;
    } else return undefined;
    const before = at;
    take(BETWEEN);
    if (at < script.length && !/[;\n]/.test(script.slice(before, at))) return undefined;
  }
  return steps;
}
