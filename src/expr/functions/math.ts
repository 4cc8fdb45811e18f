import { MIN_INT64, type Value } from '../../data/value.ts';
import type { Type } from '../../data/types.ts';
import { integerOf, numberOfText, realOf, realOrNull } from '../compare.ts';
import { numberPrefix } from '../number.ts';
import { aliases, RowError, type ScalarFunction } from './function.ts';
import { fixed } from './printf.ts';
import { integerOrReal } from './types-of.ts';

/** A cell that is a number or text that wholly is one; undefined for all else (sqlite3_value_numeric_type). */
function strictNumber(v: Value): bigint | number | undefined {
  const number = typeof v === 'string' ? numberOfText(v) : v;
  return typeof number === 'bigint' || typeof number === 'number' ? number : undefined;
}

/** REAL functions of one number; NULL for what is not a number. `exact`: the last digit is that of the C library. */
const real = (name: string, f: (x: number) => number, doc: string, exact?: true): ScalarFunction => ({
  name,
  arity: [1, 1],
  type: 'REAL',
  evaluate: ([v]) => {
    const x = strictNumber(v!);
    return x === undefined ? null : realOrNull(f(Number(x)));
  },
  doc,
  ...(exact ? {} : { inSqlite: false }),
});

/** Rounding to whole numbers: an INTEGER stays as it is. */
const whole = (names: readonly string[], f: (x: number) => number, doc: string): readonly ScalarFunction[] =>
  aliases(names, {
    arity: [1, 1],
    type: (args: readonly Type[]) =>
      args[0] === 'REAL' ? 'REAL' : args[0] === 'INTEGER' || args[0] === 'BOOLEAN' ? 'INTEGER' : 'ANY',
    evaluate: ([v]) => {
      const x = strictNumber(v!);
      return x === undefined ? null : typeof x === 'bigint' ? x : f(x);
    },
    doc,
  });

const pair =
  (f: (x: number, y: number) => number): ScalarFunction['evaluate'] =>
  ([a, b]) => {
    const x = strictNumber(a!);
    const y = strictNumber(b!);
    return x === undefined || y === undefined ? null : realOrNull(f(Number(x), Number(y)));
  };

function abs(v: NonNullable<Value>): Value {
  if (typeof v !== 'bigint') return Math.abs(realOf(v));
  if (v === MIN_INT64) throw new RowError('integer overflow');
  return v < 0n ? -v : v;
}

function round([v, places]: readonly Value[]): number {
  const x = realOf(v!);
  const digits = places === undefined ? 0n : integerOf(places);
  if (x < -4503599627370496 || x > 4503599627370496) return x;
  if (digits <= 0n) return Math.trunc(x + (x < 0 ? -0.5 : 0.5));
  return numberPrefix(fixed(x, digits > 30n ? 30 : Number(digits), true)).value;
}

/** `log(x)` is to base 10, `log(b, x)` to base b; NULL outside of the domain. */
function log([first, second]: readonly Value[]): Value {
  const a = strictNumber(first!);
  if (a === undefined || Number(a) <= 0) return null;
  if (second === undefined) return Math.log10(Number(a));
  const base = Math.log(Number(a));
  const x = realOf(second);
  return base <= 0 || x <= 0 ? null : realOrNull(Math.log(x) / base);
}

const positive =
  (f: (x: number) => number) =>
  (x: number): number =>
    x <= 0 ? NaN : f(x);

export const mathFunctions: readonly ScalarFunction[] = [
  {
    name: 'abs',
    arity: [1, 1],
    type: integerOrReal,
    strict: true,
    mayFail: true,
    evaluate: ([v]) => abs(v!),
    doc: '`abs(-3)` = 3',
  },
  {
    name: 'round',
    arity: [1, 2],
    type: 'REAL',
    strict: true,
    evaluate: round,
    doc: '`round(2.567, 1)` = 2.6, `round(2.5)` = 3.0; always REAL',
  },
  {
    name: 'sign',
    arity: [1, 1],
    type: 'INTEGER',
    evaluate: ([v]) => {
      const x = strictNumber(v!);
      return x === undefined ? null : x < 0 ? -1n : x > 0 ? 1n : 0n;
    },
    doc: '`sign(-2.5)` = -1',
  },
  ...whole(['ceil', 'ceiling'], Math.ceil, '`ceil(1.2)` = 2.0'),
  ...whole(['floor'], Math.floor, '`floor(-1.2)` = -2.0'),
  ...whole(['trunc'], Math.trunc, '`trunc(-1.7)` = -1.0'),
  {
    name: 'log',
    arity: [1, 2],
    type: 'REAL',
    evaluate: log,
    doc: '`log(100)` = 2.0, `log(2, 8)` = 3.0',
    inSqlite: false,
  },
  real('log10', positive(Math.log10), '`log10(100)` = 2.0'),
  real('log2', positive(Math.log2), '`log2(8)` = 3.0'),
  real('ln', positive(Math.log), '`ln(1)` = 0.0'),
  real('exp', Math.exp, '`exp(0)` = 1.0'),
  ...aliases(['pow', 'power'], {
    arity: [2, 2],
    type: 'REAL',
    evaluate: pair((x, y) => (x === 1 || (x === -1 && Math.abs(y) === Infinity) ? 1 : x ** y)),
    doc: '`pow(2, 10)` = 1024.0',
    inSqlite: false,
  }),
  {
    name: 'mod',
    arity: [2, 2],
    type: 'REAL',
    evaluate: pair((x, y) => x % y),
    doc: '`mod(7.5, 2)` = 1.5; always REAL, unlike `%`',
  },
  real('sqrt', Math.sqrt, '`sqrt(9)` = 3.0', true),
  real('acos', Math.acos, '`acos(1)` = 0.0'),
  real('asin', Math.asin, '`asin(0)` = 0.0'),
  real('atan', Math.atan, '`atan(0)` = 0.0'),
  {
    name: 'atan2',
    arity: [2, 2],
    type: 'REAL',
    evaluate: pair(Math.atan2),
    doc: '`atan2(0, 1)` = 0.0',
    inSqlite: false,
  },
  real('cos', Math.cos, '`cos(0)` = 1.0'),
  real('sin', Math.sin, '`sin(0)` = 0.0'),
  real('tan', Math.tan, '`tan(0)` = 0.0'),
  real('cosh', Math.cosh, '`cosh(0)` = 1.0'),
  real('sinh', Math.sinh, '`sinh(0)` = 0.0'),
  real('tanh', Math.tanh, '`tanh(0)` = 0.0'),
  real('acosh', Math.acosh, '`acosh(1)` = 0.0'),
  real('asinh', Math.asinh, '`asinh(0)` = 0.0'),
  real('atanh', Math.atanh, '`atanh(0)` = 0.0'),
  real('radians', (x) => x * (Math.PI / 180), '`radians(180)` = 3.141592653589793', true),
  real('degrees', (x) => x * (180 / Math.PI), '`degrees(0)` = 0.0', true),
  {
    name: 'pi',
    arity: [0, 0],
    type: 'REAL',
    evaluate: () => Math.PI,
    doc: '`pi()`',
  },
];
