import Database from 'better-sqlite3';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { batchOf } from '../src/data/builder.ts';
import { encoder } from '../src/data/format/catalog.ts';
import { formatReal, parseInteger, parseReal } from '../src/data/number.ts';
import { parseTimestamp } from '../src/data/timestamp.ts';
import { decodeAll, requestOf, schemaOf } from './support/decode.ts';

describe('numbers are as SQLite has them', () => {
  const db = new Database(':memory:').defaultSafeIntegers();
  const text = db.prepare('SELECT CAST(? AS TEXT)').pluck();
  const real = db.prepare('SELECT CAST(? AS REAL)').pluck();
  db.exec('CREATE TABLE t (a NUMERIC)');
  const insert = db.prepare('INSERT INTO t VALUES (?) RETURNING a').pluck();
  const bits = fc
    .bigInt({ min: 0n, max: 2n ** 64n - 1n })
    .map((n) => new Float64Array(BigUint64Array.of(n).buffer)[0]!);
  const doubles = fc.oneof(
    bits,
    fc.double(),
    fc.integer().map((n) => n / 100),
    fc.integer().map(Number),
    fc.constantFrom(5e-324, 9.1, 1e15, 1e16, 1e17, 1e-4, 1e-5),
  );
  const digits = fc.string({ unit: fc.constantFrom(...'0123456789'), maxLength: 24 });
  const literals = fc
    .tuple(
      fc.constantFrom('', '-', '+'),
      digits,
      fc.constantFrom('', '.'),
      digits,
      fc.constantFrom('', 'e5', 'E-17', 'e+300', 'e-330'),
    )
    .map((parts) => parts.join(''))
    .filter((s) => /\d/.test(s.replace(/e.*/i, '')));

  test('REAL as text', () => {
    fc.assert(
      fc.property(
        doubles.filter((x) => !Number.isNaN(x)),
        (x) => {
          expect(formatReal(x)).toBe(text.get(x));
        },
      ),
      { numRuns: 5000 },
    );
  });
  test('text as REAL', () => {
    fc.assert(
      fc.property(literals, (s) => {
        expect(parseReal(Buffer.from(s), 0, s.length)).toBe(real.get(s));
      }),
      { numRuns: 3000 },
    );
  });
  test('NUMERIC affinity', () => {
    const words = fc.oneof(
      literals,
      fc.string({ unit: fc.constantFrom(...' \t.+-eE019xInf'), maxLength: 8 }),
      fc.bigInt().map(String),
    );
    fc.assert(
      fc.property(
        words.filter((s) => s !== ''),
        (s) => {
          const { rows } = decodeAll(
            'tsv',
            requestOf('a:ANY'),
            Buffer.from(encoder('tsv', schemaOf('a'), {}).encode(batchOf(schemaOf('a'), [[s]]))),
          );
          expect(rows).toEqual([[insert.get(s)]]);
        },
      ),
      { numRuns: 3000 },
    );
  });
  test.each([
    ['12', 12],
    ['-0', 0],
    ['+5', 5],
    ['9007199254740991', 9007199254740991],
    ['9007199254740992', 9007199254740992n],
    ['00000000000000000000012', 12],
    ['', undefined],
    ['-', undefined],
    ['1.0', undefined],
    [' 1', undefined],
    ['9223372036854775808', undefined],
  ])('integer %j', (s, value) => {
    expect(parseInteger(Buffer.from(s), 0, s.length)).toBe(value);
  });
  test.each([
    ['2024-02-29', 1709164800e6],
    ['2024-02-29 12:30', 1709209800e6],
    ['2024-02-29T12:30:15.25+01:30', 1709204415.25e6],
    ['0001-01-01 00:00:00Z', -62135596800e6],
    ['2024-02-30', NaN],
    ['2024-1-01', NaN],
    ['2024-01-01 24:00', NaN],
    ['2024-01-01 12:00:00.', NaN],
    ['2024-01-01x', NaN],
    ['2024-01-01 12:00+1', NaN],
  ])('timestamp %j', (s, us) => {
    expect(parseTimestamp(Buffer.from(s), 0, s.length)).toBe(us);
  });
});
