import type { Arguments } from './known-arguments.ts';
import type { NativeStep, StepsOf } from './native.ts';

/** Characters that mean themselves in patterns of grep and sed, basic and extended, and in those of awk. */
export const LITERAL = /^[\w ,:;=@%~"'<>!#-]+$/;
const ASCII = /^[\x20-\x7e\t]+$/;

/** The options that are there are some of these. */
export const only = ({ options }: Arguments, letters: string): boolean =>
  Array.from(options.keys()).every((letter) => letters.includes(letter));

/** A pattern that asks for a text: `a`, `^a`, `a$`, `^a$`. */
export function find(pattern: string, keeps: boolean): NativeStep | undefined {
  const [, start, text, end] = /^(\^?)([^^$]+)(\$?)$/.exec(pattern) ?? [];
  if (text === undefined || !LITERAL.test(text)) return undefined;
  const at = start ? (end ? 'whole' : 'start') : end ? 'end' : 'anywhere';
  return { do: 'find', text, at, keeps, folds: false };
}

const grep: StepsOf = (args) => {
  const { options, operands } = args;
  const [pattern, ...more] = options.get('e') ?? operands;
  const files = options.has('e') ? operands : [];
  if (pattern === undefined || more.length > 0 || files.length > 0 || !only(args, 'EFGivxyseac')) return undefined;
  if (['E', 'F', 'G'].filter((letter) => options.has(letter)).length > 1) return undefined;
  const keeps = !options.has('v');
  const found: NativeStep | undefined = options.has('F')
    ? ASCII.test(pattern)
      ? { do: 'find', text: pattern, at: 'anywhere', keeps, folds: false }
      : undefined
    : find(pattern, keeps);
  if (found?.do !== 'find') return undefined;
  const folds = options.has('i') || options.has('y');
  const step: NativeStep = { ...found, folds, ...(options.has('x') && { at: 'whole' }) };
  return options.has('c') ? [step, { do: 'count' }] : [step];
};

const MOST = 1e9;
/** Of lines that are kept until the end. */
const MOST_KEPT = 10_000;
const TEN = 10;
/** The value of -n. */
function linesOf(args: Arguments, form: RegExp): number | undefined {
  if (args.operands.length > 0 || !only(args, 'n')) return undefined;
  const text = args.options.get('n')?.at(-1) ?? String(TEN);
  const lines = form.test(text) ? Number(text.replace('+', '')) : MOST;
  return lines < MOST ? lines : undefined;
}

const head: StepsOf = (args) => {
  const lines = linesOf(args, /^\d+$/);
  return lines === undefined ? undefined : [{ do: 'first', lines }];
};

const tail: StepsOf = (args) => {
  const lines = linesOf(args, /^\+?\d+$/);
  if (lines === undefined) return undefined;
  const counts = args.options.get('n')?.at(-1)?.startsWith('+');
  if (counts) return [{ do: 'behind', lines: Math.max(0, lines - 1) }];
  return lines <= MOST_KEPT ? [{ do: 'last', lines }] : undefined;
};

const uniq: StepsOf = (args) => {
  if (args.operands.length > 0 || !only(args, 'cdu')) return undefined;
  const [several, one] = [args.options.has('d'), args.options.has('u')];
  if (several && one) return undefined;
  return [{ do: 'unique', counts: args.options.has('c'), of: several ? 'several' : one ? 'one' : 'all' }];
};

/** What treats each line as a whole. */
export const lineSteps: Readonly<Record<string, StepsOf>> = {
  cat: (args) => (args.operands.length === 0 && only(args, 'u') ? [{ do: 'pass' }] : undefined),
  grep,
  fgrep: (args) => grep({ ...args, options: new Map([...args.options, ['F', ['']]]) }),
  head,
  tail,
  uniq,
  wc: (args) =>
    args.operands.length === 0 && only(args, 'l') && args.options.has('l') ? [{ do: 'count' }] : undefined,
};
