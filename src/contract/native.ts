import { simpleCommands } from './infer.ts';
import { argumentsOf, type Arguments } from './known-arguments.ts';
import { knownPrograms } from './known.ts';
import { lineSteps } from './native-lines.ts';
import { textSteps } from './native-text.ts';

/** Where a text is looked for in a line. */
export type Place = 'anywhere' | 'start' | 'end' | 'whole';
/** Numbers of fields or of bytes, from 1, both ends included; ascending, and apart. */
export type Ranges = readonly (readonly [from: number, to: number])[];

/** What one command does to lines, of any bytes but newlines. */
export type NativeStep =
  /** `grep -F`: leaves lines out. */
  | { readonly do: 'find'; readonly text: string; readonly at: Place; readonly keeps: boolean; readonly folds: boolean }
  /** `cat` */
  | { readonly do: 'pass' }
  /** `head`, `tail -n +3`, `tail` */
  | { readonly do: 'first' | 'behind' | 'last'; readonly lines: number }
  /** `wc -l` */
  | { readonly do: 'count' }
  /** `tr`: bytes become others. */
  | { readonly do: 'bytes'; readonly from: string; readonly to: string }
  /** `tr -d` */
  | { readonly do: 'delete'; readonly set: string }
  /** `tr -s` */
  | { readonly do: 'squeeze'; readonly set: string }
  /** `cut -f` */
  | { readonly do: 'fields'; readonly delimiter: string; readonly ranges: Ranges }
  /** `cut -c` */
  | { readonly do: 'slice'; readonly ranges: Ranges }
  /** `awk '{ print $2 }'`; without a delimiter fields are what stands between blanks. */
  | { readonly do: 'field'; readonly delimiter: string | undefined; readonly n: number }
  /** `sed s/a/b/` */
  | { readonly do: 'replace'; readonly text: string; readonly by: string; readonly all: boolean }
  /** `sed s/^/a/`, `sed s/$/a/` */
  | { readonly do: 'add'; readonly at: 'start' | 'end'; readonly text: string }
  /** `uniq`: of equal lines in a row. */
  | { readonly do: 'unique'; readonly counts: boolean; readonly of: 'all' | 'several' | 'one' };

/** A command that ssql can do by itself, byte for byte alike. */
export interface Native {
  readonly steps: readonly NativeStep[];
  /** Each once, in the order of the text. */
  readonly programs: readonly string[];
  /** The exit statuses that it can end with. */
  readonly exits: readonly number[];
  /** It is known for lines without NUL bytes only. */
  readonly textOnly: boolean;
  /** What it is in truth: each line is treated by itself; one comes out for each; some come out, as they were. */
  readonly perRecord: boolean;
  readonly emitsOne: boolean;
  readonly filters: boolean;
}

/** What one simple command does; undefined for whatever is not certain. */
export type StepsOf = (args: Arguments) => readonly NativeStep[] | undefined;

const stepsOf: Readonly<Record<string, StepsOf>> = { ...lineSteps, ...textSteps };

/**
 * What a command does, if that is known to the last byte: a pipeline of known programs, with options and literal
 * arguments whose meaning is simple. Undefined for anything else: then its process does it.
 *
 * Patterns are literal, sets and texts are ASCII. `sort` is not among them: the tool is faster, beside us.
 */
export function nativeOf(command: string): Native | undefined {
  const steps: NativeStep[] = [];
  const programs = new Set<string>();
  let exits: readonly number[] = [0];
  for (const [program, ...words] of simpleCommands(command) ?? []) {
    const options = knownPrograms.find(({ names }) => names.includes(program!))?.options;
    const args = options && argumentsOf(words, options);
    const done = args && Object.hasOwn(stepsOf, program!) ? stepsOf[program!]!(withoutDash(args)) : undefined;
    if (done === undefined) return undefined;
    steps.push(...done);
    programs.add(program!);
    exits = program === 'grep' || program === 'fgrep' ? [0, 1] : [0];
  }
  if (steps.length === 0) return undefined;
  const textOnly = ['grep', 'fgrep', 'awk', 'sed'].some((name) => programs.has(name));
  return {
    steps,
    programs: [...programs],
    exits,
    textOnly,
    perRecord: steps.every((step) => !WHOLE.has(step.do)),
    emitsOne: steps.every((step) => !WHOLE.has(step.do) && step.do !== 'find'),
    filters: steps.every((step) => step.do === 'find' || step.do === 'pass'),
  };
}

/** Steps in which lines depend on each other. */
const WHOLE: ReadonlySet<NativeStep['do']> = new Set(['first', 'behind', 'last', 'count', 'unique']);

/** `-` is the standard input, which is read anyway. */
const withoutDash = ({ options, operands }: Arguments): Arguments =>
  operands.length === 1 && operands[0] === '-' ? { options, operands: [] } : { options, operands };
