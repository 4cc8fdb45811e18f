import type { Value } from '../../data/value.ts';
import { integerOf, textOf } from '../compare.ts';
import { isBasic } from './characters.ts';
import { RowError, type ScalarFunction } from './function.ts';

const MOST_COMPILED = 500;
/** A pattern by code points; and by code units, where that is the same for all text without surrogates. */
interface Compiled {
  readonly points: RegExp;
  readonly units: RegExp | undefined;
}
const compiled = new Map<string, Compiled>();

/**
 * The compiled form of a pattern in the syntax of JavaScript; by code points where the pattern allows it.
 *
 * Of the two forms that give the same, that by units is taken: where a pattern like `(a+)+$` tries a way after the other
 * without end, V8 goes on with a method that takes time in the length of the text alone, but not by code points.
 *
 * @param subject what it is for.
 * @throws RowError where the pattern is malformed.
 */
export function regexpOf(pattern: string, subject: string, flags = ''): RegExp {
  const key = `${flags}/${pattern}`;
  let known = compiled.get(key);
  if (known === undefined) {
    known = compile(pattern, flags);
    if (compiled.size >= MOST_COMPILED) compiled.clear();
    compiled.set(key, known);
  }
  const found = known.units !== undefined && isBasic(subject) ? known.units : known.points;
  found.lastIndex = 0;
  return found;
}

function compile(pattern: string, flags: string): Compiled {
  try {
    const points = new RegExp(pattern, `${flags}u`);
    // `\u{..}` and `\p{..}` are other things by units, and so is the case of some letters.
    const isSame = !flags.includes('i') && !/\\[upP]/.test(pattern) && isBasic(pattern);
    return { points, units: isSame ? new RegExp(pattern, flags) : undefined };
  } catch {
    // `\-` or `\_`, which people write, are errors only under the flag u
    try {
      return { points: new RegExp(pattern, flags), units: undefined };
    } catch (error) {
      throw new RowError(`malformed regular expression: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}

const allowedFlags = /^[gims]*$/;

/** `\1` .. `\9` are groups, `\0` and `\&` the whole match, `\\` a backslash; `$` means nothing special. */
function fill(template: string, groups: readonly (string | undefined)[]): string {
  return template.replace(/\\([0-9&\\])/g, (_, code: string) =>
    code === '\\' ? '\\' : (groups[code === '&' ? 0 : Number(code)] ?? ''),
  );
}

function replace(args: readonly Value[]): string {
  const [subject, pattern, template, flags] = args.map((v) => textOf(v!));
  const given = flags ?? '';
  if (!allowedFlags.test(given)) throw new RowError(`unknown flag in '${given}': there are g, i, m and s`);
  return subject!.replace(regexpOf(pattern!, subject!, given), (...found: unknown[]) =>
    // behind the groups come offset, subject and maybe named groups
    fill(
      template!,
      found.slice(
        0,
        found.findIndex((v) => typeof v === 'number'),
      ) as (string | undefined)[],
    ),
  );
}

/** Whether a text has a part that matches a pattern. */
export function matches(subject: NonNullable<Value>, pattern: NonNullable<Value>): boolean {
  const text = textOf(subject);
  return regexpOf(textOf(pattern), text).test(text);
}

const common = { strict: true, mayFail: true, inSqlite: false } as const;

export const regexpFunctions: readonly ScalarFunction[] = [
  {
    ...common,
    name: 'regexp_matches',
    arity: [2, 2],
    type: 'BOOLEAN',
    evaluate: ([subject, pattern]) => (matches(subject!, pattern!) ? 1n : 0n),
    doc: `\`regexp_matches('error 42', '[0-9]')\` is true`,
  },
  {
    ...common,
    name: 'regexp_extract',
    arity: [2, 3],
    type: 'TEXT',
    evaluate: ([subject, pattern, group]) => {
      const text = textOf(subject!);
      const found = regexpOf(textOf(pattern!), text).exec(text);
      return found?.[group === undefined ? 0 : Number(integerOf(group))] ?? null;
    },
    doc: `\`regexp_extract('a=12', '([a-z])=([0-9]+)', 2)\` = '12'; group 0, the default, is the whole match; NULL without a match`,
  },
  {
    ...common,
    name: 'regexp_count',
    arity: [2, 2],
    type: 'INTEGER',
    evaluate: ([subject, pattern]) => {
      const text = textOf(subject!);
      return BigInt(text.match(regexpOf(textOf(pattern!), text, 'g'))?.length ?? 0);
    },
    doc: `\`regexp_count('a1b22', '[0-9]+')\` = 2`,
  },
  {
    ...common,
    name: 'regexp_replace',
    arity: [3, 4],
    type: 'TEXT',
    evaluate: replace,
    doc: `\`regexp_replace('a-b-c', '-(.)', '+\\1', 'g')\` = 'a+b+c'; the first match only, unless flags have g`,
  },
];
