import type { Value } from '../../data/value.ts';
import { integerOf, textOf } from '../compare.ts';
import { RowError, type ScalarFunction } from './function.ts';

const MOST_COMPILED = 500;
const compiled = new Map<string, RegExp>();

/**
 * The compiled form of a pattern in the syntax of JavaScript; by code points where the pattern allows it.
 *
 * @throws RowError where the pattern is malformed.
 */
export function regexpOf(pattern: string, flags = ''): RegExp {
  const key = `${flags}/${pattern}`;
  const known = compiled.get(key);
  if (known !== undefined) {
    known.lastIndex = 0;
    return known;
  }
  const fresh = compile(pattern, flags);
  if (compiled.size >= MOST_COMPILED) compiled.clear();
  compiled.set(key, fresh);
  return fresh;
}

function compile(pattern: string, flags: string): RegExp {
  try {
    return new RegExp(pattern, `${flags}u`);
  } catch {
    // `\-` or `\_`, which people write, are errors only under the flag u
    try {
      return new RegExp(pattern, flags);
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
  return subject!.replace(regexpOf(pattern!, given), (...found: unknown[]) =>
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

const common = { strict: true, mayFail: true, inSqlite: false } as const;

export const regexpFunctions: readonly ScalarFunction[] = [
  {
    ...common,
    name: 'regexp_matches',
    arity: [2, 2],
    type: 'BOOLEAN',
    evaluate: ([subject, pattern]) => (regexpOf(textOf(pattern!)).test(textOf(subject!)) ? 1n : 0n),
    doc: `\`regexp_matches('error 42', '[0-9]')\` is true`,
  },
  {
    ...common,
    name: 'regexp_extract',
    arity: [2, 3],
    type: 'TEXT',
    evaluate: ([subject, pattern, group]) => {
      const found = regexpOf(textOf(pattern!)).exec(textOf(subject!));
      return found?.[group === undefined ? 0 : Number(integerOf(group))] ?? null;
    },
    doc: `\`regexp_extract('a=12', '([a-z])=([0-9]+)', 2)\` = '12'; group 0, the default, is the whole match; NULL without a match`,
  },
  {
    ...common,
    name: 'regexp_count',
    arity: [2, 2],
    type: 'INTEGER',
    evaluate: ([subject, pattern]) => BigInt(textOf(subject!).match(regexpOf(textOf(pattern!), 'g'))?.length ?? 0),
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
