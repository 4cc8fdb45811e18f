import { describe, expect, test } from 'vitest';
import type { Type } from '../src/data/types.ts';
import type { Value } from '../src/data/value.ts';
import { evaluatorOf, literalOf } from '../src/expr/evaluate.ts';
import type { Call, Expr } from '../src/expr/expr.ts';
import { aggregateFunctions, scalarFunctions, typeOfCall } from '../src/expr/functions/catalog.ts';
import { blob, isKnown, ours, outcome, shown, theirs } from './support/sqlite-oracle.ts';

// Functions that SQLite lacks, by example; and what all functions have in common.

const ts = '2024-05-06 07:08:09.250000'; // a Monday
/** `'error'` stands for a RowError. */
test.each<[fn: string, args: readonly Value[], wanted: Value]>([
  ['split_part', ['a/b/c', '/', 2n], 'b'],
  ['split_part', ['a/b/c', '/', -1n], 'c'],
  ['split_part', ['a/b/c', '/', 4n], ''],
  ['split_part', ['abc', '', 1n], 'abc'],
  ['split_part', [null, '/', 1n], null],
  ['split_index', ['https://x/item?q', '/', 3n], 'item?q'],
  ['split_index', ['a/b', '/', 2n], null],
  ['split_index', ['a/b', '/', -1n], null],
  ['initcap', ["o'NEIL élan 2nd"], "O'Neil Élan 2nd"],
  ['reverse', ['a😀b'], 'b😀a'],
  ['left', ['a😀bc', 2n], 'a😀'],
  ['left', ['abc', -1n], 'ab'],
  ['left', ['abc', -9n], ''],
  ['right', ['abc', 2n], 'bc'],
  ['right', ['abc', -1n], 'bc'],
  ['right', ['abc', 9n], 'abc'],
  ['lpad', ['7', 3n, '0'], '007'],
  ['lpad', ['abcd', 2n], 'ab'],
  ['lpad', ['x', 6n, 'é😀'], 'é😀é😀éx'],
  ['lpad', ['x', 1000000000000n], 'error'],
  ['rpad', ['7', 3n], '7  '],
  ['starts_with', ['abc', 'ab'], 1n],
  ['starts_with', ['abc', 'AB'], 0n],
  ['ends_with', ['abc', 'bc'], 1n],
  ['contains', ['abc', 'x'], 0n],
  ['greatest', [1n, null, 2.5], 2.5],
  ['least', [null, null], null],
  ['least', ['b', 1n], 1n],
  ['regexp', ['error 42', '\\d+$'], 1n],
  ['regexp', ['a', '('], 'error'],
  ['regexp_matches', ['Abc', '^[a-z]'], 0n],
  ['regexp_extract', ['https://x/?a=1&channel_id=22', '(&|^)channel_id=([^&]*)', 2n], '22'],
  ['regexp_extract', ['abc', 'b'], 'b'],
  ['regexp_extract', ['abc', 'x'], null],
  ['regexp_extract', ['abc', 'b', 3n], null],
  ['regexp_replace', ['a-b-c', '-(.)', '+\\1'], 'a+b-c'],
  ['regexp_replace', ['a-b-c', '-(.)', '[\\0$1\\\\]', 'g'], 'a[-b$1\\][-c$1\\]'],
  ['regexp_replace', ['ABC', 'b', '', 'gi'], 'AC'],
  ['regexp_replace', ['a', 'a', '', 'y'], 'error'],
  ['regexp_matches', ['snake_case', 'snake\\_case'], 1n], // an escape that the flag u would refuse
  ['strptime', ['06/May/2024:07:08:09 +0200', '%d/%b/%Y:%H:%M:%S %z'], '2024-05-06 05:08:09'],
  ['strptime', ['Dec 31 11:59:59 PM 1999', '%b %d %I:%M:%S %p %Y'], '1999-12-31 23:59:59'],
  ['strptime', ['1999-366', '%Y-%j'], '2000-01-01 00:00:00'],
  ['strptime', ['[Mon] 2024-02-29T1:02', '[%a] %FT%R'], '2024-02-29 01:02:00'],
  ['strptime', ['1.5', '%s'], '1970-01-01 00:00:01.500000'],
  ['strptime', ['12:00:00.123', '%T.%f'], '1970-01-01 12:00:00.123000'],
  ['strptime', ['2024-02-30', '%Y-%m-%d'], null],
  ['strptime', ['x', '%Y'], null],
  ['strptime', ['x', '%Q'], 'error'],
  ['to_timestamp', [86400n], '1970-01-02 00:00:00'],
  ['to_timestamp', [0.5], '1970-01-01 00:00:00.500000'],
  ['to_timestamp', ['2024-05-06T07:08:09+02:00'], '2024-05-06 05:08:09'],
  ['to_timestamp', ['06.05.2024', '%d.%m.%Y'], '2024-05-06 00:00:00'],
  ['to_timestamp', ['soon'], null],
  ['date_trunc', ['second', ts], '2024-05-06 07:08:09'],
  ['date_trunc', ['HOUR', ts], '2024-05-06 07:00:00'],
  ['date_trunc', ['week', '2024-05-12 23:00'], '2024-05-06 00:00:00'],
  ['date_trunc', ['month', ts], '2024-05-01 00:00:00'],
  ['date_trunc', ['quarter', ts], '2024-04-01 00:00:00'],
  ['date_trunc', ['year', '1969-12-31'], '1969-01-01 00:00:00'],
  ['date_trunc', ['day', '1969-12-31 23:59'], '1969-12-31 00:00:00'],
  ['date_trunc', ['aeon', ts], 'error'],
  ['date_ceil', ['second', ts], '2024-05-06 07:08:10'],
  ['date_ceil', ['HOURS', ts], '2024-05-06 08:00:00'],
  ['date_ceil', ['hour', '2024-05-06 07:00:00'], '2024-05-06 07:00:00'],
  ['date_ceil', ['week', '2024-05-12 23:00'], '2024-05-13 00:00:00'],
  ['date_ceil', ['month', '2024-12-31'], '2025-01-01 00:00:00'],
  ['date_ceil', ['quarter', ts], '2024-07-01 00:00:00'],
  ['date_ceil', ['year', '1969-12-31'], '1970-01-01 00:00:00'],
  ['date_ceil', ['day', null], null],
  ['date_ceil', ['aeon', ts], 'error'],
  ['extract', ['dow', ts], 1n],
  ['extract', ['isodow', '2024-05-12'], 7n],
  ['extract', ['doy', '2024-12-31'], 366n],
  ['extract', ['week', '2021-01-03'], 53n],
  ['extract', ['quarter', ts], 2n],
  ['extract', ['millisecond', ts], 9250n],
  ['extract', ['epoch', '1969-12-31 23:59:59.5'], -1n],
  ['extract', ['soul', ts], 'error'],
  ['hour', [ts], 7n],
  ['minute', [ts], 8n],
  ['second', [ts], 9n],
  ['year', ['1969-12-31'], 1969n],
  ['day', ['never'], null],
  ['epoch_ms', [ts], 1714979289250n],
  ['timestamp_add', ['2024-01-31', 1n, 0n], '2024-02-29 00:00:00'],
  ['timestamp_add', ['2024-03-31 12:00', -1n, -1000000n], '2024-02-29 11:59:59'],
  ['date_format', [ts, 'yyyy-MM-dd HH:mm'], '2024-05-06 07:08'],
  ['date_format', [ts, "EEE d MMM yy, h a 'o''clock' SSS"], "Mon 6 May 24, 7 AM o'clock 250"],
  ['now', [], '1970-01-01 00:00:00'],
  ['repeat', ['é😀', 2n], 'é😀é😀'],
  ['repeat', ['a', -1n], ''],
  ['repeat', ['abc', 1000000000000n], 'error'],
  ['translate', ['a-b😀', '😀ab', 'xy'], 'y-x'],
  ['string_split', ['a,"b",', ','], '["a","\\"b\\"",""]'],
  ['split', ['é😀', ''], '["é","😀"]'],
  ['regexp_count', ['a1b22', '\\d+'], 2n],
  ['regexp_count', ['abc', 'x'], 0n],
  ['nvl', [null, 2n], 2n],
  ['md5', ['é'], '66ddcd97cfdeabb2f6fb8a999b4bc76f'],
  ['md5', [blob('00')], '93b885adfe0da089cdf634904fd59f71'],
  ['sha1', ['a'], '86f7e437faa5a7fce15d1ddcb9eaeaea377667b8'],
  ['sha256', [''], 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
  ['sha256', [null], null],
  ['to_base64', [blob('00ff')], 'AP8='],
  ['from_base64', ['AP8='], blob('00ff')],
  ['from_base64', ['a'], null],
  ['date_diff', ['week', '2024-01-07', '2024-01-08'], 1n],
  ['date_diff', ['years', '2023-12-31', '2024-01-01'], 1n],
  ['date_diff', ['quarter', '2024-04-01', '2023-12-31'], -2n],
  ['date_diff', ['second', '1969-12-31 23:59:59.5', '1970-01-01 00:00:00.5'], 1n],
  ['datediff', ['hour', '2024-01-01 00:59', '2024-01-01 01:00'], 1n],
  ['date_diff', ['aeon', ts, ts], 'error'],
  ['timestampdiff', ['month', '2024-01-31', '2024-02-29'], 1n],
  ['timestampdiff', ['month', '2024-01-31', '2024-02-28'], 0n],
  ['timestampdiff', ['month', '2024-03-01', '2024-01-02'], -1n],
  ['timestampdiff', ['year', '2020-02-29', '2022-02-28'], 2n],
  ['timestampdiff', ['day', '2024-01-02', '2024-01-01 01:00'], 0n],
  ['timestampdiff', ['week', '2024-01-01', '2024-01-15'], 2n],
  ['timestampdiff', ['hour', 'never', ts], null],
  ['last_day', ['2024-02-03 10:00'], '2024-02-29 00:00:00'],
  ['dayname', ['1969-12-31'], 'Wednesday'],
  ['monthname', [ts], 'May'],
  ['dayofyear', ['2024-12-31'], 366n],
  ['isodow', ['2024-05-12'], 7n],
  ['epoch', ['1969-12-31 23:59:59.5'], -0.5],
  ['unix_timestamp', ['1969-12-31 23:59:59.5'], -1n],
])('%#: %s', (fn, args, wanted) => {
  expect(ours(fn, args)).toBe(wanted === 'error' ? 'error' : shown(wanted));
});

test('JSON from a JSON function nests, text does not', () => {
  const inner: Expr = { kind: 'call', fn: 'json', args: [], type: 'JSON' };
  const plain: Expr = { kind: 'column', name: 'c', type: 'JSON' };
  const call: Call = { kind: 'call', fn: 'json_array', args: [inner, plain], type: 'JSON' };
  expect(evaluatorOf(call, { now: 0 })(['[1]', '[1]'])).toBe('[[1],"[1]"]');
});

test('the clock is that of the query', () => {
  const at = (fn: string, args: readonly Value[]): Value =>
    evaluatorOf({ kind: 'call', fn, args: [], type: 'ANY' }, { now: 1_714_979_289_250 })(args);
  expect(at('datetime', ['now', 'subsec'])).toBe('2024-05-06 07:08:09.250');
  expect(at('current_timestamp', [])).toBe('2024-05-06 07:08:09');
  expect(at('now', [])).toBe(ts);
});

describe('static types', () => {
  const classes: Readonly<Record<string, readonly Type[]>> = {
    bigint: ['INTEGER', 'BOOLEAN'],
    number: ['REAL'],
    string: ['TEXT', 'JSON', 'TIMESTAMP'],
    object: ['BLOB'],
  };
  const values: readonly Value[] = [null, 1n, -2n, 2.5, '3', 'abc', '[1]', ts, 'year', blob('31')];
  const places = (arity: readonly [number, number]): number => Math.min(3, Math.max(arity[0], Math.min(2, arity[1])));

  test.each([...scalarFunctions.values()].map((f) => [f.name] as const))('of %s never lie', (name) => {
    const f = scalarFunctions.get(name)!;
    const arity = places(f.arity);
    for (let n = 0; n < values.length ** arity; n++) {
      const args = Array.from({ length: arity }, (_, i) => values[Math.floor(n / values.length ** i) % values.length]!);
      const type = typeOfCall(
        name,
        args.map((v) => literalOf(v).type),
      );
      let result: Value = null;
      outcome(() => (result = evaluatorOf({ kind: 'call', fn: name, args: [], type }, { now: 0 })(args)));
      if (result === null || type === 'ANY') continue;
      expect(classes[typeof result], `${name}(${args.map(shown).join(', ')})`).toContain(type);
    }
  });
});

describe('examples of the reference', () => {
  // `expression` = literal, or `expression` is true
  const example = /`([^`]+)` (?:= ('(?:[^']|'')*'|-?[\d.]+|x'[0-9a-f]*')|is (true|false|NULL))/g;
  const examples = [...scalarFunctions.values()].flatMap((f) =>
    [...f.doc.matchAll(example)].map(([, sql, literal, word]) => [f.name, sql!, literal ?? word!] as const),
  );
  const inSqlite = examples.filter(([name, sql]) => scalarFunctions.get(name)!.inSqlite !== false && isKnown(sql));

  test.each(inSqlite)('%s: %s is %s', (_name, sql, literal) =>
    expect(theirs(`(${sql}) IS (${literal})`, [])).toBe('bigint 1'),
  );

  test('there are some for most functions, and each has a line', () => {
    expect(inSqlite.length).toBeGreaterThan(60);
    for (const f of [...scalarFunctions.values(), ...aggregateFunctions.values()]) expect(f.doc, f.name).toMatch(/`/);
  });
});
