import { randomBytes, randomUUID } from 'node:crypto';
import { compareValues } from '../../data/compare.ts';
import type { Collation } from '../../data/types.ts';
import type { Value } from '../../data/value.ts';
import { integerOf, textOf, truthOf } from '../compare.ts';
import { MOST_BYTES } from './characters.ts';
import { aliases, RowError, type ScalarFunction } from './function.ts';
import { anyOfThem, branches, sameAsFirst } from './types-of.ts';

const classes = { string: 'text', bigint: 'integer', number: 'real', object: 'blob' } as const;

const typeName = (v: Value): string => (v === null ? 'null' : classes[typeof v as keyof typeof classes]);

const firstNotNull = (args: readonly Value[]): Value => args.find((v) => v !== null) ?? null;

/** The smallest (sign 1) or largest (-1). Among equals `min` takes the last and `max` the first, as SQLite does. */
function extreme(args: readonly Value[], sign: 1 | -1, collation: Collation): Value {
  return args.reduce((best, v) => {
    const order = compareValues(best, v, collation);
    return (sign === 1 ? order >= 0 : order < 0) ? v : best;
  });
}

const extremeOrNull = (name: string, sign: 1 | -1, doc: string): ScalarFunction => ({
  name,
  arity: [2, Infinity],
  type: anyOfThem,
  strict: true,
  evaluate: (args, collation) => extreme(args, sign, collation),
  doc,
});

const extremeOfPresent = (name: string, sign: 1 | -1, doc: string): ScalarFunction => ({
  name,
  arity: [1, Infinity],
  type: anyOfThem,
  evaluate: (args, collation) => {
    const present = args.filter((v) => v !== null);
    return present.length === 0 ? null : extreme(present, sign, collation);
  },
  doc,
  inSqlite: false,
});

/** `iif(c, x, c2, y, z)`: the value behind the first true condition, else the last if it is alone, else NULL. */
function iif(args: readonly Value[]): Value {
  for (let i = 0; i + 1 < args.length; i += 2) if (truthOf(args[i]!)) return args[i + 1]!;
  return args.length % 2 === 1 ? args.at(-1)! : null;
}

/** Fails with the message, and what the values behind it are, where the condition is not true; `place` is in the query. */
function assertThat([condition, place, ...message]: readonly Value[]): Value {
  if (condition !== null && truthOf(condition!)) return 1n;
  throw new RowError(message.map(orNull).join(': '), 'E0508', [`it stands at ${orNull(place!)}`]);
}

const orNull = (v: Value): string => (v === null ? 'NULL' : textOf(v));

export const controlFunctions: readonly ScalarFunction[] = [
  {
    name: 'coalesce',
    arity: [2, Infinity],
    type: anyOfThem,
    lazy: true,
    evaluate: firstNotNull,
    doc: '`coalesce(NULL, 2, 3)` = 2',
  },
  {
    name: 'ifnull',
    arity: [2, 2],
    type: anyOfThem,
    lazy: true,
    evaluate: firstNotNull,
    doc: '`ifnull(NULL, 2)` = 2',
  },
  {
    name: 'nullif',
    arity: [2, 2],
    type: sameAsFirst,
    evaluate: ([a, b], collation) => (compareValues(a!, b!, collation) === 0 ? null : a!),
    doc: '`nullif(0, 0)` is NULL, `nullif(1, 0)` = 1',
  },
  ...aliases(['iif', 'if'], {
    arity: [2, Infinity],
    type: branches,
    lazy: true,
    evaluate: iif,
    doc: `\`iif(1 < 2, 'yes', 'no')\` = 'yes'`,
  }),
  extremeOrNull('min', 1, '`min(2, 1.5)` = 1.5; NULL if any is'),
  extremeOrNull('max', -1, '`max(2, 1.5)` = 2; NULL if any is'),
  extremeOfPresent('least', 1, '`least(2, NULL, 1)` = 1'),
  extremeOfPresent('greatest', -1, '`greatest(2, NULL, 1)` = 2'),
  {
    name: 'typeof',
    arity: [1, 1],
    type: 'TEXT',
    evaluate: ([v]) => typeName(v!),
    doc: `\`typeof(1.0)\` = 'real'`,
  },
  ...aliases(['likely', 'unlikely'], {
    arity: [1, 1],
    type: sameAsFirst,
    evaluate: ([v]) => v!,
    doc: '`likely(x)` = x',
  }),
  {
    name: 'likelihood',
    arity: [2, 2],
    type: sameAsFirst,
    evaluate: ([v]) => v!,
    doc: '`likelihood(x, 0.9)` = x',
  },
  {
    // Not a name that a query can call: `|> ASSERT` is.
    name: 'assert that',
    arity: [3, Infinity],
    type: 'BOOLEAN',
    mayFail: true,
    volatile: true,
    evaluate: assertThat,
    doc: '`|> ASSERT x > 0, x` fails on the first row where that is not so, and shows x',
    inSqlite: false,
  },
  {
    name: 'random',
    arity: [0, 0],
    type: 'INTEGER',
    volatile: true,
    evaluate: () => {
      const i = randomBytes(8).readBigInt64LE();
      // never the smallest: abs(random()) must not fail
      return i < 0n ? -(i & 0x7fffffffffffffffn) : i;
    },
    doc: '`random()` is any 64-bit integer',
  },
  {
    name: 'randomblob',
    arity: [1, 1],
    type: 'BLOB',
    volatile: true,
    mayFail: true,
    evaluate: ([v]) => {
      const size = integerOf(v!);
      if (size > MOST_BYTES) throw new RowError('string or blob too big');
      return new Uint8Array(randomBytes(size < 1n ? 1 : Number(size)));
    },
    doc: '`randomblob(16)`: so many random bytes',
  },
  {
    name: 'uuid',
    arity: [0, 0],
    type: 'TEXT',
    volatile: true,
    evaluate: () => randomUUID(),
    doc: '`uuid()` is a random UUID, version 4',
    inSqlite: false,
  },
];
