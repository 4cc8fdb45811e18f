import { COUNT, type KnownProgram } from './known-form.ts';
import { kinds, type Facts } from './known-kinds.ts';

/** What a side file holds may change from run to run, not within one. Whether it is there nobody knows. */
const beside = { determinism: 'stable', effects: 'none' } as const satisfies Facts;
const part = { filters: true, emits: '0..1', keepsOrder: true } as const satisfies Facts;
const NUMBER = /^-?\d+$/;
const FIELDS = /^(?:0|[12]\.\d+)(?:,(?:0|[12]\.\d+))*$/;
/** A file, and not an option or the lines that come in. */
const FILE = /^[^-\0][^\0]*$/;
/** Runs that look at nothing but the one argument, whatever that is. */
const EACH_LINE: readonly (readonly RegExp[])[] = [
  [/^basename$/, /^--$/],
  [/^dirname$/, /^--$/],
  [/^printf$/, /^[^%\\]*%s[^%\\]*\\n$/],
];
const eachLine = { determinism: 'deterministic', effects: 'none', scope: { unit: 'record' }, emits: 'one' } as const;

/** Programs that look at a second input, run others, or look at no input at all. */
export const sidePrograms: readonly KnownProgram[] = [
  {
    names: ['comm'],
    options: { short: '123' },
    forms: [
      {
        only: '123',
        operands: [FILE],
        facts: ({ options, operands }): Facts => {
          const hidden = [...options.keys()].sort().join('');
          const isPart = hidden === '12' || hidden === (operands[0] === '-' ? '23' : '13');
          return { ...beside, needsSortedBy: ['line'], ...(isPart && part) };
        },
        examples: ['comm -23 - words.txt', 'comm - words.txt', 'comm -13 - words.txt', 'comm words.txt -'],
      },
    ],
  },
  {
    names: ['join'],
    options: { short: 't:1:2:j:o:a:v:e:i' },
    forms: [
      {
        only: 't12joavei',
        operands: [FILE],
        values: { t: /^[ -~\t]$/, 1: COUNT, 2: COUNT, j: COUNT, o: FIELDS, a: /^[12]$/, v: /^[12]$/ },
        facts: beside,
        examples: ['join - words.txt', 'join -a1 -o 0,2.1 - words.txt', "join -t ',' -v1 - words.txt"],
      },
    ],
  },
  {
    names: ['diff', 'cmp'],
    options: { short: 'a' },
    forms: [
      {
        only: 'a',
        operands: [FILE],
        facts: { ...beside, exitOk: [0, 1] },
        examples: ['diff - words.txt', 'diff -a words.txt -', 'cmp - words.txt'],
      },
    ],
  },
  {
    names: ['tee'],
    options: { short: 'ai' },
    forms: [
      // To it `-` is a file of that name.
      {
        only: 'ai',
        facts: ({ operands }): Facts | undefined => (operands.length === 0 ? kinds.identity : undefined),
        examples: ['tee', 'tee -a'],
      },
      {
        // What it wrote is there for others, so that it is not run twice and not on fewer lines; and not per record, as
        // a second process would begin the file anew.
        only: 'ai',
        operands: [FILE],
        facts: { emits: 'one', keepsOrder: true, online: true, determinism: 'deterministic' },
        examples: ['tee /dev/null', 'tee -a /dev/null'],
      },
    ],
  },
  {
    names: ['shuf'],
    options: { short: 'n:', long: { 'head-count': 'n' } },
    forms: [
      {
        only: 'n',
        values: { n: COUNT },
        facts: { orderFree: true, determinism: 'volatile', effects: 'none', total: true },
        examples: ['shuf', 'shuf -n 2'],
      },
    ],
  },
  {
    names: ['seq'],
    options: { short: 'w' },
    forms: [[NUMBER], [NUMBER, NUMBER], [NUMBER, /^-?[1-9]\d*$/, NUMBER]].map((operands, i) => ({
      only: 'w',
      operands,
      facts: kinds.unordered,
      examples: [['seq 3'], ['seq 2 4', 'seq -w 9 11'], ['seq 2 2 9']][i]!,
    })),
  },
  {
    names: ['xargs'],
    options: { short: 'rn:d:', long: { 'no-run-if-empty': 'r', 'max-args': 'n', delimiter: 'd' }, stops: true },
    forms: [
      ...EACH_LINE.map((operands, i) => ({
        only: 'rnd',
        with: 'd',
        operands,
        values: { n: /^1$/, d: /^\\n$/ },
        // Without -r it runs once for no line; without -n1 once for several.
        facts: ({ options }: { readonly options: ReadonlyMap<string, unknown> }): Facts =>
          options.has('r') && options.has('n') ? eachLine : { determinism: 'deterministic', effects: 'none' },
        examples: [
          ["xargs -r -n1 -d '\\n' basename --"],
          ["xargs -r -n1 -d '\\n' dirname --"],
          ["xargs -r -n 1 -d '\\n' printf '<%s>\\n'", "xargs -d '\\n' printf '%s\\n'"],
        ][i]!,
      })),
      ...[[], [/^echo$/]].map((operands) => ({
        only: 'rn',
        operands,
        values: { n: COUNT },
        facts: { determinism: 'deterministic', effects: 'none' } as const,
        examples: operands.length === 0 ? ['xargs', 'xargs -n2'] : ['xargs -n1 echo', 'xargs -r echo'],
      })),
    ],
  },
];
