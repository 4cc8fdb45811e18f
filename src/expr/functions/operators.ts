import { compareValues } from '../../data/compare.ts';
import { MIN_INT64, type Value } from '../../data/value.ts';
import { integerOf, numericValue, realOrNull, textOf, truthOf } from '../compare.ts';
import { isInt64 } from '../number.ts';
import { RowError, type ScalarFunction } from './function.ts';
import { escapeCharacter, matchGlob, matchLike } from './like.ts';
import { matches } from './regexp.ts';
import { arithmetic } from './types-of.ts';

export const boolean = (b: boolean): bigint => (b ? 1n : 0n);

function checked(i: bigint): bigint {
  if (!isInt64(i)) throw new RowError('integer overflow');
  return i;
}

/** An operator on two numbers: INTEGER with INTEGER stays exact and fails beyond 64 bits, all else is REAL. */
function binary(
  name: string,
  integers: (a: bigint, b: bigint) => bigint | null,
  reals: (a: number, b: number) => number | null,
  doc: string,
): ScalarFunction {
  return {
    name,
    arity: [2, 2],
    type: arithmetic,
    strict: true,
    mayFail: true,
    evaluate: ([left, right]) => {
      const a = numericValue(left!);
      const b = numericValue(right!);
      if (typeof a === 'bigint' && typeof b === 'bigint') {
        const result = integers(a, b);
        return result === null ? null : checked(result);
      }
      const result = reals(Number(a), Number(b));
      return result === null ? null : realOrNull(result);
    },
    doc,
  };
}

/** Towards zero, sign of the dividend; NULL where the divisor is 0. The smallest INTEGER % -1 is 0. */
const remainder = (a: bigint, b: bigint): bigint | null => (b === 0n ? null : a % b);

/** An operator on the bits of two INTEGERs, to which both sides are cast. */
const bits = (name: string, f: (a: bigint, b: bigint) => bigint, doc: string): ScalarFunction => ({
  name,
  arity: [2, 2],
  type: 'INTEGER',
  strict: true,
  evaluate: ([a, b]) => f(integerOf(a!), integerOf(b!)),
  doc,
});

/** Shifts left by n, right by -n; 64 and more shift everything out. */
function shift(a: bigint, n: bigint): bigint {
  if (n <= -64n) return a < 0n ? -1n : 0n;
  if (n >= 64n) return 0n;
  return n < 0n ? a >> -n : BigInt.asIntN(64, a << n);
}

const comparison = (name: string, holds: (order: number) => boolean, doc: string): ScalarFunction => ({
  name,
  arity: [2, 2],
  type: 'BOOLEAN',
  strict: true,
  evaluate: ([a, b], collation) => boolean(holds(compareValues(a!, b!, collation))),
  doc,
});

const logic = (v: boolean | null): Value => (v === null ? null : boolean(v));

const match = (name: string, most: number, f: (args: readonly Value[]) => Value, doc: string): ScalarFunction => ({
  name,
  arity: [2, most],
  type: 'BOOLEAN',
  mayFail: true,
  evaluate: f,
  doc,
});

/** No pattern matches a BLOB: better-sqlite3 is compiled with SQLITE_LIKE_DOESNT_MATCH_BLOBS. */
const hasBlob = (args: readonly Value[]): boolean => args.slice(0, 2).some((v) => v instanceof Uint8Array);

const like =
  (minds: boolean) =>
  (args: readonly Value[]): Value => {
    if (hasBlob(args)) return 0n; // even with NULL
    const [subject, pattern, escape] = args;
    if (escape !== undefined && escape !== null) escapeCharacter(textOf(escape)); // a wrong one is an error even with NULL
    if (args.includes(null)) return null;
    const other = escape === undefined ? undefined : textOf(escape!);
    return boolean(matchLike(textOf(pattern!), textOf(subject!), other, minds));
  };

export const operators: readonly ScalarFunction[] = [
  binary(
    '+',
    (a, b) => a + b,
    (a, b) => a + b,
    `\`1 + 2.5\` = 3.5, \`'5' + 1\` = 6`,
  ),
  binary(
    '-',
    (a, b) => a - b,
    (a, b) => a - b,
    '`5 - 7` = -2',
  ),
  binary(
    '*',
    (a, b) => a * b,
    (a, b) => a * b,
    '`3 * 0.5` = 1.5',
  ),
  binary(
    '/',
    (a, b) => (b === 0n ? null : a / b),
    (a, b) => (b === 0 ? null : a / b),
    '`7 / 2` = 3, `7 / 2.0` = 3.5, `1 / 0` is NULL',
  ),
  {
    name: '%',
    arity: [2, 2],
    type: arithmetic,
    strict: true,
    evaluate: ([left, right]) => {
      const a = numericValue(left!);
      const b = numericValue(right!);
      if (typeof a === 'bigint' && typeof b === 'bigint') return remainder(a, b);
      const result = remainder(integerOf(left!), integerOf(right!));
      return result === null ? null : Number(result);
    },
    doc: '`-7 % 3` = -1, `7.9 % 3` = 1.0; both sides are cut to integers',
  },
  {
    name: 'neg',
    arity: [1, 1],
    type: arithmetic,
    strict: true,
    mayFail: true,
    evaluate: ([v]) => {
      const number = numericValue(v!);
      if (typeof number !== 'bigint') return 0 - number!;
      if (number === MIN_INT64) throw new RowError('integer overflow');
      return -number;
    },
    doc: '`-x`',
  },
  {
    name: '||',
    arity: [2, 2],
    type: 'TEXT',
    strict: true,
    evaluate: ([a, b]) => textOf(a!) + textOf(b!),
    doc: `\`'a' || 1\` = 'a1'`,
  },
  bits('&', (a, b) => a & b, '`6 & 3` = 2'),
  bits('|', (a, b) => a | b, '`6 | 3` = 7'),
  bits('<<', (a, b) => shift(a, b), '`1 << 4` = 16'),
  bits('>>', (a, b) => shift(a, -b), '`-16 >> 2` = -4'),
  {
    name: '~',
    arity: [1, 1],
    type: 'INTEGER',
    strict: true,
    evaluate: ([v]) => ~integerOf(v!),
    doc: '`~0` = -1',
  },
  comparison('=', (c) => c === 0, '`1 = 1.0` is true'),
  comparison('<>', (c) => c !== 0, '`1 <> 2` is true'),
  comparison('<', (c) => c < 0, `\`9 < 'a'\` is true: numbers come before text`),
  comparison('<=', (c) => c <= 0, '`1 <= 1` is true'),
  comparison('>', (c) => c > 0, `\`'b' > 'a'\` is true`),
  comparison('>=', (c) => c >= 0, '`2 >= 1` is true'),
  {
    name: 'is',
    arity: [2, 2],
    type: 'BOOLEAN',
    evaluate: ([a, b], collation) => boolean(compareValues(a!, b!, collation) === 0),
    doc: '`NULL IS NULL` is true',
  },
  {
    name: 'is not',
    arity: [2, 2],
    type: 'BOOLEAN',
    evaluate: ([a, b], collation) => boolean(compareValues(a!, b!, collation) !== 0),
    doc: '`1 IS NOT NULL` is true',
  },
  {
    name: 'and',
    arity: [2, 2],
    type: 'BOOLEAN',
    lazy: true,
    evaluate: ([a, b]) => {
      const left = truthOf(a!);
      const right = truthOf(b!);
      return logic(left === false || right === false ? false : left === null || right === null ? null : true);
    },
    doc: '`NULL AND 0` is false',
  },
  {
    name: 'or',
    arity: [2, 2],
    type: 'BOOLEAN',
    lazy: true,
    evaluate: ([a, b]) => {
      const left = truthOf(a!);
      const right = truthOf(b!);
      return logic(left === true || right === true ? true : left === null || right === null ? null : false);
    },
    doc: '`NULL OR 1` is true',
  },
  {
    name: 'not',
    arity: [1, 1],
    type: 'BOOLEAN',
    strict: true,
    evaluate: ([v]) => boolean(!truthOf(v!)),
    doc: '`NOT 0` is true',
  },
  {
    name: 'isnull',
    arity: [1, 1],
    type: 'BOOLEAN',
    evaluate: ([v]) => boolean(v === null),
    doc: '`x ISNULL`',
  },
  {
    name: 'notnull',
    arity: [1, 1],
    type: 'BOOLEAN',
    evaluate: ([v]) => boolean(v !== null),
    doc: '`x NOTNULL`',
  },
  {
    name: 'in',
    arity: [1, Infinity],
    type: 'BOOLEAN',
    evaluate: ([needle, ...list], collation) => {
      if (list.length === 0) return 0n;
      if (needle === null) return null;
      if (list.some((v) => v !== null && compareValues(needle!, v, collation) === 0)) return 1n;
      return list.includes(null) ? null : 0n;
    },
    doc: '`2 IN (1, 2)` is true; `x IN ()` is false, even for NULL',
  },
  match('like', 3, like(false), `\`'Abc' LIKE 'a%'\` is true: letters A-Z match in either case`),
  {
    ...match('like with case', 3, like(true), 'LIKE under `SET case_sensitive_like = on`'),
    inSqlite: false,
  },
  match(
    'glob',
    2,
    (args) => {
      if (hasBlob(args)) return 0n;
      return args.includes(null) ? null : boolean(matchGlob(textOf(args[1]!), textOf(args[0]!)));
    },
    `\`'abc' GLOB 'a[b-d]*'\` is true`,
  ),
  {
    ...match(
      'regexp',
      2,
      ([subject, pattern]) => boolean(matches(subject!, pattern!)),
      `\`'error 42' REGEXP '[0-9]+$'\` is true; regular expressions of JavaScript`,
    ),
    strict: true,
    inSqlite: false,
  },
];
