import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Value } from '../src/data/value.ts';
import { ours, shown, theirs } from './support/sqlite-oracle.ts';

// SQLite's date and time functions: the same as SQLite for any time value and any modifiers. Text is never NaN here.

const times: readonly Value[] = [
  '2024-02-29', '2023-02-31', '2024-12-31 23:59:59.999', '2000-01-01T12:00', '1970-01-01 00:00:00Z', '12:34:56.789', '05:06',
  '2024-03-10 02:30:00+05:30', '-0044-03-15', '9999-12-31', '0000-01-01', '2024-06-15 24:00', '2024-01-01 00:00:00.9999',
  0n, 1714979289n, 2460000.5, -62167219200n, 253402300799n, '2460437.5', '1e3', '2024-5-6', '2024-13-01', '2024-01-32', '25:00',
  'yesterday', '', ' 2024-01-01', '2024-01-01 ', '2024-01-01 12:00 +02:00', '2024-01-01 12:00:00.', null, 1e20, -1.5, 5373484.5,
]; // prettier-ignore
const modifiers: readonly Value[] = [
  '+1 day', '-1 month', '+1 month', '13 months', '-1 year', '+4 years', '1.5 days', '-0.25 hours', '+90 minutes', '-61.5 seconds',
  'start of month', 'start of year', 'start of day', 'weekday 0', 'weekday 4', 'weekday 7', 'unixepoch', 'auto', 'julianday',
  'floor', 'ceiling', 'subsec', '+00:30', '-12:30:15.5', '+0001-02-03', '-0000-11-30 01:30', '+00001-00-00', 'START OF DAY',
  '1 fortnight', '+1', 'day', '+1 dayz', '+1 days extra', '1.5 months', '-1.25 years', null, '5000000 days', '2024-01-01',
]; // prettier-ignore
const codes = 'dfFGgHIjJklmMpPRsSTuUVwWYe%'.split('').map((c) => `%${c}`);
const format = codes.join('|');

const calls: readonly [fn: string, leading: readonly Value[]][] = [
  ['date', []],
  ['time', []],
  ['datetime', []],
  ['julianday', []],
  ['unixepoch', []],
  ['strftime', [format]],
];

function differences(all: readonly (readonly Value[])[]): readonly string[] {
  const found: string[] = [];
  for (const [fn, leading] of calls) {
    for (const rest of all) {
      const args = [...leading, ...rest];
      const got = ours(fn, args);
      const wanted = theirs(`${fn}(${args.map(() => '?').join(', ')})`, args);
      if (got !== wanted) found.push(`${fn}(${rest.map(shown).join(', ')}): ${got}, not ${wanted}`);
    }
  }
  return found.slice(0, 20);
}

test('any time value', () => expect(differences(times.map((t) => [t]))).toEqual([]));

test('any modifier', () => {
  expect(differences(times.flatMap((t) => modifiers.map((m) => [t, m])))).toEqual([]);
});

test('modifiers one after another', () => {
  const tuple = fc.tuple(
    fc.constantFrom(...times),
    fc.array(fc.constantFrom(...modifiers), { minLength: 2, maxLength: 4 }),
  );
  fc.assert(
    fc.property(tuple, ([time, more]) => {
      expect(differences([[time, ...more]])).toEqual([]);
    }),
    { numRuns: 3000 },
  );
});

test('any moment of the years 1 to 9998, to the millisecond', () => {
  const ms = fc.integer({ min: -62135596800000, max: 253370764799999 });
  fc.assert(
    fc.property(ms, (n) => {
      expect(differences([[n / 1000, 'unixepoch', 'subsec']])).toEqual([]);
    }),
    { numRuns: 3000 },
  );
});

test('unknown codes give NULL', () => {
  for (const bad of ['%q', '%', 'a%', '%Y%E', '%1'])
    expect(ours('strftime', [bad, 0n])).toBe(theirs('strftime(?, ?)', [bad, 0n]));
});

test('timediff', () => {
  const found: string[] = [];
  for (const a of times) {
    for (const b of times) {
      const got = ours('timediff', [a, b]);
      const wanted = theirs('timediff(?, ?)', [a, b]);
      if (got !== wanted) found.push(`${shown(a)}, ${shown(b)}: ${got}, not ${wanted}`);
    }
  }
  expect(found.slice(0, 20)).toEqual([]);
});

describe('local time', () => {
  // both sides read the zone of the process
  test.each(['2024-01-15 12:00', '2024-07-15 12:00', '1950-07-01 00:00', '2099-12-31 23:00'])('%s', (time) => {
    expect(
      differences([
        [time, 'localtime'],
        [time, 'utc'],
        [time, 'localtime', 'utc'],
        [time, 'localtime', 'localtime'],
      ]),
    ).toEqual([]);
  });
});
