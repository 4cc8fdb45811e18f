import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareValues } from '../src/data/compare.ts';
import type { Collation } from '../src/data/types.ts';
import type { Value } from '../src/data/value.ts';
import { castTo, formatTimestamp, parseTimestamp } from '../src/expr/cast.ts';
import { applyAffinity, textOf } from '../src/expr/compare.ts';
import { evaluatorOf } from '../src/expr/evaluate.ts';
import { blob, outcome, shown, theirs, theirStored } from './support/sqlite-oracle.ts';

// prettier-ignore
const text = fc.oneof(
  fc.constantFrom('', '1', '-7', '12abc', ' 7 ', '1e3', '1e', '1e+', '.5', '5.', '.', '-', '+.5e-3', '0x1F', 'abc', 'ABC', 'Inf', 'NaN', '1_000', '٣', '\u00a01', '1 2', '\t9\n',
    '9223372036854775807', '9223372036854775808', '-9223372036854775809', '1e400', '-1e400', '1e-400', '1e99999', '1.5e+1009223372036854775807', '-1e-999999999999999999999', '1.0', '48.00', '2251799813685248.0', '9007199254740993', '😀', '\uffff', 'é', 'z '),
  fc.string({ unit: fc.constantFrom(...'0123456789.eE+- x'), maxLength: 24 }),
  fc.string({ unit: 'binary', maxLength: 4 }).filter((s) => !s.includes('\0')),
);
const real = fc.oneof(
  fc.double({ noNaN: true }),
  fc.constantFrom(
    0.1,
    -0.0,
    1e15,
    1e16,
    1e17,
    9223372036854775807,
    5e-324,
    1.7976931348623157e308,
    2 ** 51,
    -(2 ** 51),
    2 ** 53,
    49.47,
    0.5,
  ),
  fc.integer().map((n) => n / 100),
);
const integer = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.constantFrom(0n, 1n, -1n, 2n ** 53n + 1n, 2n ** 51n, 2n ** 63n - 1n, -(2n ** 63n)),
);
const bytes = fc.constantFrom(blob(''), blob('3132'), blob('312e35'), blob('616200'), blob('20'));
const value: fc.Arbitrary<Value> = fc.oneof(fc.constant(null), integer, real, text, bytes);

/** Runs a property over values; fast-check prints the seed of a failure. */
function holds<T>(values: fc.Arbitrary<T>, check: (v: T) => void, numRuns = 3000): void {
  const property = fc.property(values, (v) => {
    check(v);
  });
  fc.assert(property, { numRuns });
}

test('REAL as TEXT', () => {
  holds(real, (r) => expect(shown(textOf(r)), String(r)).toBe(theirs('CAST(? AS TEXT)', [r])), 20_000);
});

test.each(['INTEGER', 'REAL', 'NUMERIC', 'TEXT', 'BLOB'] as const)('CAST AS %s', (to) => {
  holds(value, (v) => expect(shown(castTo(v, to)), shown(v)).toBe(theirs(`CAST(? AS ${to})`, [v])));
});

test.each(['INTEGER', 'REAL', 'NUMERIC', 'TEXT', 'BLOB'] as const)('stored in a column of affinity %s', (affinity) => {
  holds(value, (v) => expect(shown(applyAffinity(v, affinity)), shown(v)).toBe(theirStored(v, affinity)), 300);
});

const sign = (n: number): bigint => BigInt(Math.sign(n));

test.each(['BINARY', 'NOCASE', 'RTRIM'] as const)('order under %s', (collation: Collation) => {
  const order = `CASE WHEN ? = ? COLLATE ${collation} THEN 0 WHEN ? < ? COLLATE ${collation} THEN -1 ELSE 1 END`;
  const letters = fc.string({ unit: fc.constantFrom('a', 'A', 'Z', '[', ' ', 'é', 'É', '\uffff', '😀'), maxLength: 4 });
  const present = fc.oneof(integer, real, letters, text, bytes);
  holds(fc.tuple(present, present), ([a, b]) => {
    expect(shown(sign(compareValues(a, b, collation))), `${shown(a)} with ${shown(b)}`).toBe(
      theirs(order, [a, b, a, b]),
    );
  });
});

test.each(['INTEGER', 'REAL', 'NUMERIC', 'TEXT'] as const)('comparison with affinity %s', (affinity) => {
  const less = evaluatorOf({ kind: 'call', fn: '<=', args: [], type: 'BOOLEAN', affinity }, { now: 0 });
  holds(fc.tuple(value, value), ([a, b]) => {
    // a CAST gives its side an affinity, which is then that of the comparison; it must not change the value itself
    if (shown(castTo(a, affinity)) !== shown(a)) return;
    expect(
      outcome(() => less([a, b])),
      `${shown(a)} with ${shown(b)}`,
    ).toBe(theirs(`CAST(? AS ${affinity}) <= ?`, [a, b]));
  });
});

describe('TRY_CAST', () => {
  test.each<[v: Value, to: 'INTEGER' | 'REAL' | 'NUMERIC', wanted: Value]>([
    ['12', 'INTEGER', 12n],
    [' 12 ', 'INTEGER', 12n],
    ['12abc', 'INTEGER', null],
    ['1.5', 'INTEGER', null],
    ['1e3', 'INTEGER', 1000n],
    [1.5, 'INTEGER', null],
    [2.0, 'INTEGER', 2n],
    ['9223372036854775808', 'INTEGER', null],
    ['', 'REAL', null],
    ['1.5', 'REAL', 1.5],
    ['x', 'NUMERIC', null],
    ['7', 'NUMERIC', 7n],
    [null, 'REAL', null],
  ])('%s as %s', (v, to, wanted) => expect(castTo(v, to, true)).toBe(wanted));
});

test.each<[v: Value, wanted: Value]>([
  ['true', 1n],
  ['No', 0n],
  ['0.0', 0n],
  [2n, 1n],
  ['maybe', null],
  [null, null],
])('%s as BOOLEAN', (v, wanted) => expect(castTo(v, 'BOOLEAN')).toBe(wanted));

describe('timestamps', () => {
  test.each<[string, number | null]>([
    ['1970-01-01', 0],
    ['1970-01-01T00:00:01Z', 1_000_000],
    ['1970-01-01 00:00:00.25', 250_000],
    ['1970-01-01 00:00:00.1234567', 123_456],
    ['1970-01-01 01:00+01:00', 0],
    ['1969-12-31 19:00:00 -0500', 0],
    [' 2024-02-29 12:30 ', 1_709_209_800_000_000],
    ['2023-02-29', null],
    ['2024-01-01 24:00', null],
    ['2024-01-01 12', null],
    ['2024-01-01 12:00:00.', null],
    ['2024-01-01x', null],
    ['', null],
  ])('%s', (written, us) => expect(parseTimestamp(written)).toBe(us));

  test('what is printed is read again', () => {
    holds(fc.integer({ min: -62_167_219_200_000_000 / 8, max: 9_007_199_254_740_991 }), (us) => {
      expect(parseTimestamp(formatTimestamp(us))).toBe(us);
    });
  });

  test('a number is seconds since epoch', () => {
    expect(castTo(1.5, 'TIMESTAMP')).toBe('1970-01-01 00:00:01.500000');
    expect(castTo(1e18, 'TIMESTAMP')).toBeNull();
  });
});
