import { describe, expect, test } from 'vitest';
import type { Value } from '../src/data/value.ts';
import { scalarFunctions } from '../src/expr/functions/catalog.ts';
import type { ScalarFunction } from '../src/expr/functions/function.ts';
import { regexpOf } from '../src/expr/functions/regexp.ts';
import { blob, isKnown, ours, shown, theirs } from './support/sqlite-oracle.ts';

// Every operator and function over a table of awkward values: the same value and class as SQLite, or an error in both.

const many: readonly Value[] = [
  null, 0n, -1n, 1n, 7n, 64n, 9007199254740993n, 9223372036854775807n, -9223372036854775808n,
  0.1, -0.0, 1.0, -2.5, 1e20, 9223372036854775808.0, 123456789.987654321, 1e-7, Infinity,
  '', 'abc', 'ABC ', '12abc', ' 7 ', '1e3', '.5', '9223372036854775808', '-9223372036854775808', '0x10', 'é漢😀', 'a%b_c', 'x\0y',
  blob(''), blob('3132'), blob('00ff'),
]; // prettier-ignore
const some: readonly Value[] = [
  null,
  0n,
  -2n,
  3n,
  9223372036854775807n,
  1.5,
  -0.5,
  '',
  'b',
  'abcbé',
  '2',
  blob('6162'),
];

/** All tuples of values; fewer values where there are more places. */
function* tuples(arity: number): Generator<readonly Value[]> {
  const values = arity <= 2 ? many : some;
  const total = values.length ** arity;
  for (let n = 0; n < total; n++) {
    yield Array.from({ length: arity }, (_, place) => values[Math.floor(n / values.length ** place) % values.length]!);
  }
}

/** Where we differ on purpose. */
type Exception = (got: string, wanted: string) => boolean;

function differences(
  fn: string,
  sql: string,
  all: Iterable<readonly Value[]>,
  except: Exception = () => false,
): readonly string[] {
  const found: string[] = [];
  for (const args of all) {
    const got = ours(fn, args);
    const wanted = theirs(sql, args);
    if (got !== wanted && !except(got, wanted)) found.push(`${args.map(shown).join(', ')}: ${got}, not ${wanted}`);
  }
  return found.slice(0, 20);
}

/** int64 overflow of + - * / and unary minus is an error of ours; SQLite goes on with a REAL. */
const overflow: Exception = (got, wanted) => got === 'error' && wanted.startsWith('number');

const operators: readonly [fn: string, sql: string, arity: number, except?: Exception][] = [
  ['+', '? + ?', 2, overflow],
  ['-', '? - ?', 2, overflow],
  ['*', '? * ?', 2, overflow],
  ['/', '? / ?', 2, overflow],
  ['%', '? % ?', 2],
  ['neg', '-?', 1, overflow],
  ['||', '? || ?', 2],
  ['&', '? & ?', 2],
  ['|', '? | ?', 2],
  ['<<', '? << ?', 2],
  ['>>', '? >> ?', 2],
  ['~', '~?', 1],
  ['=', '? = ?', 2],
  ['<>', '? <> ?', 2],
  ['<', '? < ?', 2],
  ['<=', '? <= ?', 2],
  ['>', '? > ?', 2],
  ['>=', '? >= ?', 2],
  ['is', '? IS ?', 2],
  ['is not', '? IS NOT ?', 2],
  ['and', '? AND ?', 2],
  ['or', '? OR ?', 2],
  ['not', 'NOT ?', 1],
  ['isnull', '? ISNULL', 1],
  ['notnull', '? NOTNULL', 1],
  ['in', '? IN ()', 1],
  ['in', '? IN (?)', 2],
  ['in', '? IN (?, ?)', 3],
  ['like', '? LIKE ?', 2],
  ['like', '? LIKE ? ESCAPE ?', 3],
  ['glob', '? GLOB ?', 2],
  ['->', '? -> ?', 2],
  ['->>', '? ->> ?', 2],
];

test.each(operators)('operator %s: %s', (fn, sql, arity, except) => {
  expect(differences(fn, sql, tuples(arity), except)).toEqual([]);
});

/** The C library rounds the last digit its own way; such functions are never pushed into SQLite. */
const lastDigit: Exception = (got, wanted) => {
  if (!got.startsWith('number') || !wanted.startsWith('number')) return false;
  const a = Number(got.slice(7));
  const b = Number(wanted.slice(7));
  return Math.abs(a - b) <= Math.abs(b) * 1e-15;
};

const call = (name: string, arity: number): string => `${name}(${Array(arity).fill('?').join(', ')})`;

/** Not repeatable, of constants only, or tested below with arguments that fit (a zeroblob can be very long). */
const elsewhere = new Set(['random', 'randomblob', 'likelihood', 'zeroblob', ...operators.map(([fn]) => fn)]);

/** Up to 3; without arguments, functions of time give what the clock says. */
const arities = (f: ScalarFunction): readonly number[] =>
  [0, 1, 2, 3].filter((n) => n >= f.arity[0] && n <= f.arity[1] && !(n === 0 && f.clock === true));

const functions = [...scalarFunctions.values()]
  .filter((f) => !elsewhere.has(f.name) && !f.name.startsWith('current_'))
  .flatMap((f) => arities(f).map((n) => [f.name, n] as const))
  .filter(([name, arity]) => isKnown(call(name, arity)));

test('SQLite knows every function that we say it has', () => {
  const unknown = [...scalarFunctions.values()]
    .filter((f) => f.inSqlite !== false && !elsewhere.has(f.name) && !f.name.startsWith('current_'))
    .filter((f) => !isKnown(call(f.name, f.arity[0])));
  expect(unknown.map((f) => f.name)).toEqual([]);
});

/** The same JSON in other bytes: SQLite keeps JSON5 as it is written, and what it has edited in place is longer. */
const sameJson: Exception = (got, wanted) =>
  [got, wanted].every((blob) => blob.startsWith("x'")) && theirs(`json(${got})`, []) === theirs(`json(${wanted})`, []);

test.each(functions)('%s of %i', (name, arity) => {
  const except =
    scalarFunctions.get(name)!.inSqlite === false ? lastDigit : name.startsWith('jsonb') ? sameJson : undefined;
  expect(differences(name, call(name, arity), tuples(arity), except)).toEqual([]);
});

/** Every combination of one argument from each list. */
const grid = (...lists: readonly (readonly Value[])[]): readonly (readonly Value[])[] =>
  lists.reduce<readonly (readonly Value[])[]>((all, list) => all.flatMap((a) => list.map((v) => [...a, v])), [[]]);

describe('patterns', () => {
  const patterns = [
    '%',
    '_',
    'a%',
    '%b%',
    '%B_',
    'a\\%%',
    '%%c',
    '[a-c]*',
    '*[^a]',
    '?b*',
    '[]x]',
    '[a-',
    '*b?*',
    'é_',
    '%é%',
    '[x-]',
  ];
  const texts = ['', 'a', 'abc', 'aBc', 'a%c', 'ébé', 'xbbc', ']', '-', 'é😀'];
  test('like', () => expect(differences('like', '? LIKE ?', grid(texts, patterns))).toEqual([]));
  test('like escape', () => {
    expect(differences('like', '? LIKE ? ESCAPE ?', grid(texts, patterns, ['\\', '%', '_', 'b', 'é', 'xx']))).toEqual(
      [],
    );
  });
  test('glob', () => expect(differences('glob', '? GLOB ?', grid(texts, patterns))).toEqual([]));
});

describe('format', () => {
  const flags = ['', '-', '+', ' ', '0', '#', '!', ',', '+0', '-#', '!,', '#!0', '-0'];
  const sizes = ['', '1', '12', '.0', '.3', '10.3', '.17', '20.10', '.25'];
  const values: readonly Value[] = [
    null,
    0n,
    -42n,
    1234567n,
    -9223372036854775808n,
    2.5,
    -0.0625,
    1e-5,
    123456789.123,
    1e22,
    0.1,
    -Infinity,
    'aé漢',
    "it's\t",
  ];
  test.each([...'diuxXopreEfgGcsqQwz%nyT'])('conversion %s', (type) => {
    const formats = flags.flatMap((f) => sizes.map((s) => `<%${f}${s}${type}>`));
    expect(differences('format', 'format(?, ?)', grid(formats, values))).toEqual([]);
  });
  test('stars, several arguments, missing ones', () => {
    const formats = ['%*d|', '%-*d|', '%.*f|', '%*.*f|', '%d %s %d', '%', 'a%', '%5', '%lld|%ld', '%%%d', '100%'];
    expect(differences('format', 'format(?, ?, ?, ?)', grid(formats, [5n, -7n], [2n, 'x'], [3.14159, null]))).toEqual(
      [],
    );
  });
  test('nothing around the conversion', () => {
    const formats = [null, '', '%s', '%q', '%z', '%y', '%n', '%', '%5', '%s%z', '%c', blob('')];
    expect(differences('format', 'format(?, ?)', grid(formats, ['', null, 'x']))).toEqual([]);
  });
  test('round agrees to the last digit', () => {
    const numbers = Array.from({ length: 300 }, (_, i) => ((i * 7919) % 1000) / 7 - 50 + i / 1000);
    expect(
      differences(
        'round',
        'round(?, ?)',
        grid([...numbers, 0.285, 1.005, 2.675, 1e15 + 0.3], [0n, 1n, 2n, 3n, 14n, 16n]),
      ),
    ).toEqual([]);
  });
});

describe('unistr, unhex, char, zeroblob', () => {
  const texts = ['\\0041', '\\u00e4\\U0001f600', '\\+01f600x', 'a\\\\b', '\\', '\\u12', '\\q'];
  test('unistr', () => expect(differences('unistr', 'unistr(?)', grid(texts))).toEqual([]));
  const hex = ['61 62', '6', '61-62', '6 1', ' 61', '61é62', 'Ff'];
  test('unhex', () => expect(differences('unhex', 'unhex(?, ?)', grid(hex, [' ', '-', 'é', '', ' -']))).toEqual([]));
  const codes = [0n, 65n, 233n, 28450n, 128512n, -1n, 1114112n];
  test('char', () => expect(differences('char', 'char(?, ?)', grid(codes, codes))).toEqual([]));
  test('zeroblob', () => expect(differences('zeroblob', 'zeroblob(?)', grid([null, -1n, 3n, '2', 1e12]))).toEqual([]));
  const words = ['Robert', 'Rupert', 'Ashcraft', 'Tymczak', 'Pfister', '  Honeyman', '1', 'aé b', 'WW'];
  test('soundex', () => expect(differences('soundex', 'soundex(?)', grid(words))).toEqual([]));
});

describe('json', () => {
  const documents = [
    '{"a":1,"b":[1,2.50,{"c":"x\\u00e9\\n"}],"d":null,"e":true,"a":2}', '[]', ' [ 1 , "two" , [3] ] ', '"a\\"b"', '1e3', '-0.5',
    "{a:1, 'b':'it''s'}", "{a:.5, b:+1., c:0x1F, d:Infinity, e:NaN,}", "['\\x41\\v', \"\\'\", // c\n -inf]", '[1,]', '[,]', '{"a"}',
    '{"a b":{"c.d":1},"":2}', 'nul', 'truex', '01', '1.', '[1 2]', '{"\\u0061":1}', '12345678901234567890', '"\\ud83d\\ude00"', '{"a":{}}',
  ]; // prettier-ignore
  const paths = [
    '$',
    '$.a',
    '$.b[1]',
    '$.b[2].c',
    '$.b[#-1]',
    '$.b[#]',
    '$.x.y',
    '$."a b"."c.d"',
    '$[0]',
    '$[9]',
    '$.a.b',
    '$.',
    '$[',
    'a',
    '$a',
    '$[#-9]',
    '$.""',
    '$.b[x]',
  ];
  const cases: readonly [sql: string, args: readonly (readonly Value[])[]][] = [
    ['json(?)', grid(documents)],
    ['json_valid(?)', grid(documents)],
    ['json_valid(?, ?)', grid(documents, [0n, 2n, 4n, 6n])],
    ['json_type(?, ?)', grid(documents, paths)],
    ['json_array_length(?, ?)', grid(documents, paths)],
    ['json_extract(?, ?)', grid(documents, paths)],
    ['json_extract(?, ?, ?)', grid(documents, ['$.a', '$[0]'], paths)],
    ['json_remove(?, ?)', grid(documents, paths)],
    ['json_set(?, ?, ?)', grid(documents, paths, [1n, 2.5, 'é"', null])],
    ['json_insert(?, ?, ?)', grid(documents, paths, [1n])],
    ['json_replace(?, ?, ?)', grid(documents, paths, ['[1]'])],
    ['json_patch(?, ?)', grid(documents, documents)],
  ];
  test.each(cases)('%s', (sql, args) => {
    expect(differences(sql.slice(0, sql.indexOf('(')), sql, args)).toEqual([]);
  });
  const steps = [...paths, 0n, -1n, 7n, 'b', 'a b', '[1]', '', 1.5];
  test('arrows', () => {
    expect(differences('->', '? -> ?', grid(documents, steps))).toEqual([]);
    expect(differences('->>', '? ->> ?', grid(documents, steps))).toEqual([]);
  });
});

test('patterns match by code points, in whichever form', () => {
  const patterns = ['^.$', '^..$', '[^a]$', '^\\W+$', '\\u{1f600}', '\\p{L}', '(a|b)+\\S', '[\u{1f600}a]', 'É'];
  const subjects = ['a', 'é', '\u{1f600}', 'ab', 'a\u{1f600}', '\ud83d', 'É\n', ''];
  for (const pattern of patterns)
    for (const flags of ['', 'i', 's'])
      for (const subject of subjects) {
        const expected = new RegExp(pattern, `${flags}u`).exec(subject);
        expect([pattern, flags, subject, regexpOf(pattern, subject, flags).exec(subject)?.[0]]).toEqual([pattern, flags, subject, expected?.[0]]); // prettier-ignore
      }
});
