import type { Value } from '../../data/value.ts';
import { integerOf, textOf } from '../compare.ts';
import { countCharacters, padding, sliceCharacters } from './characters.ts';
import { RowError, type ScalarFunction } from './function.ts';

/** Text functions that SQLite lacks; all are NULL if an argument is. */
const extra = (
  name: string,
  arity: readonly [number, number],
  f: (texts: readonly string[], args: readonly Value[]) => Value,
  doc: string,
  type: ScalarFunction['type'] = 'TEXT',
): ScalarFunction => ({
  name,
  arity,
  type,
  strict: true,
  inSqlite: false,
  evaluate: (args) =>
    f(
      args.map((v) => textOf(v!)),
      args,
    ),
  doc,
});

const boolean = (b: boolean): bigint => (b ? 1n : 0n);

/** The n-th piece, from 0; negative counts from the end; NULL where there is none. */
function piece(text: string, separator: string, n: number): string | null {
  const pieces = separator === '' ? [text] : text.split(separator);
  return pieces.at(n) ?? null;
}

const MOST_CHARACTERS = 100_000_000;

function pad(text: string, size: bigint, fill: string, left: boolean): string {
  if (size > MOST_CHARACTERS) throw new RowError('string or blob too big');
  const width = Math.max(0, Number(size));
  const cut = sliceCharacters(text, 0, width);
  const filling = padding(fill, width - countCharacters(text));
  return left ? filling + cut : cut + filling;
}

const number = (v: Value | undefined): number => Number(integerOf(v!));

export const stringFunctions: readonly ScalarFunction[] = [
  extra(
    'split_part',
    [3, 3],
    ([text, separator], args) => {
      const n = number(args[2]);
      return n === 0 ? null : (piece(text!, separator!, n > 0 ? n - 1 : n) ?? '');
    },
    `\`split_part('a/b/c', '/', 2)\` = 'b', \`split_part('a/b/c', '/', -1)\` = 'c'; '' beyond the ends`,
  ),
  extra(
    'split_index',
    [3, 3],
    ([text, separator], args) => (number(args[2]) < 0 ? null : piece(text!, separator!, number(args[2]))),
    `\`split_index('a/b/c', '/', 0)\` = 'a'; NULL beyond the end`,
  ),
  extra(
    'initcap',
    [1, 1],
    ([text]) =>
      text!.toLowerCase().replace(/[\p{L}\p{N}]+/gu, (word) => {
        const [first, ...rest] = word;
        return first!.toUpperCase() + rest.join('');
      }),
    `\`initcap('hello WORLD')\` = 'Hello World'`,
  ),
  extra('reverse', [1, 1], ([text]) => Array.from(text!).reverse().join(''), `\`reverse('abc')\` = 'cba'`),
  extra(
    'left',
    [2, 2],
    ([text], args) => {
      const n = number(args[1]);
      return sliceCharacters(text!, 0, n < 0 ? Math.max(0, countCharacters(text!) + n) : n);
    },
    `\`left('abc', 2)\` = 'ab', \`left('abc', -1)\` = 'ab'`,
  ),
  extra(
    'right',
    [2, 2],
    ([text], args) => {
      const size = countCharacters(text!);
      const n = number(args[1]);
      return sliceCharacters(text!, n < 0 ? Math.min(size, -n) : Math.max(0, size - n), size);
    },
    `\`right('abc', 2)\` = 'bc', \`right('abc', -1)\` = 'bc'`,
  ),
  {
    ...extra(
      'lpad',
      [2, 3],
      ([text, , fill], args) => pad(text!, integerOf(args[1]!), fill ?? ' ', true),
      `\`lpad('7', 3, '0')\` = '007'; longer text is cut`,
    ),
    mayFail: true,
  },
  {
    ...extra(
      'rpad',
      [2, 3],
      ([text, , fill], args) => pad(text!, integerOf(args[1]!), fill ?? ' ', false),
      `\`rpad('7', 3, '.')\` = '7..'; longer text is cut`,
    ),
    mayFail: true,
  },
  {
    ...extra(
      'repeat',
      [2, 2],
      ([text], args) => {
        const n = Math.max(0, number(args[1]));
        if (n * text!.length > MOST_CHARACTERS) throw new RowError('string or blob too big');
        return text!.repeat(n);
      },
      `\`repeat('ab', 2)\` = 'abab'`,
    ),
    mayFail: true,
  },
  extra(
    'translate',
    [3, 3],
    ([text, from, to]) => {
      const [old, fresh] = [Array.from(from!), Array.from(to!)];
      return Array.from(text!, (c) => (old.includes(c) ? (fresh[old.indexOf(c)] ?? '') : c)).join('');
    },
    `\`translate('a-b', 'ab-', 'xy')\` = 'xy': character by character`,
  ),
  extra(
    'string_split',
    [2, 2],
    ([text, separator]) => JSON.stringify(separator === '' ? Array.from(text!) : text!.split(separator!)),
    `\`string_split('a,b', ',')\` = '["a","b"]'`,
    'JSON',
  ),
  extra(
    'starts_with',
    [2, 2],
    ([text, part]) => boolean(text!.startsWith(part!)),
    `\`starts_with('abc', 'a')\` is true; case counts`,
    'BOOLEAN',
  ),
  extra(
    'ends_with',
    [2, 2],
    ([text, part]) => boolean(text!.endsWith(part!)),
    `\`ends_with('abc', 'bc')\` is true; case counts`,
    'BOOLEAN',
  ),
  extra(
    'contains',
    [2, 2],
    ([text, part]) => boolean(text!.includes(part!)),
    `\`contains('abc', 'b')\` is true; case counts`,
    'BOOLEAN',
  ),
];
