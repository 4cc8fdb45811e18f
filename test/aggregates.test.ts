import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Value } from '../src/data/value.ts';
import { aggregateFunctions } from '../src/expr/functions/catalog.ts';
import { blob, outcome, shown, theirAggregate } from './support/sqlite-oracle.ts';

function ours(fn: string, rows: readonly (readonly Value[])[]): string {
  return outcome(() => {
    const state = aggregateFunctions.get(fn)!.create('BINARY');
    for (const row of rows) state.add(row);
    return state.result();
  });
}

const cell: fc.Arbitrary<Value> = fc.oneof(
  fc.constantFrom<Value>(
    null,
    0n,
    1n,
    -1n,
    9223372036854775807n,
    -9223372036854775808n,
    4503599627370497n,
    0.1,
    -0.0,
    1e300,
    -1e300,
  ),
  fc.constantFrom<Value>('', 'abc', '12abc', ' 7 ', '1e3', '2.5', Infinity, -Infinity, 1e16, blob('3132'), 'é'),
  fc.bigInt({ min: -1000n, max: 1000n }),
  fc.double({ noNaN: true, min: -1e6, max: 1e6 }),
);
const rows = (value: fc.Arbitrary<Value>) => fc.array(fc.tuple(value), { maxLength: 12 });

test.each(['count', 'sum', 'total', 'avg', 'min', 'max', 'group_concat', 'json_group_array'])('%s', (fn) => {
  fc.assert(
    fc.property(rows(cell), (all) => {
      expect(ours(fn, all)).toBe(theirAggregate(`${fn}(a)`, all));
    }),
    { numRuns: 700 },
  );
});

test.each(['sum', 'avg', 'total'])('%s of many REALs is the same to the last bit', (fn) => {
  const many = fc.array(fc.tuple(fc.double({ noNaN: true, noDefaultInfinity: true }) as fc.Arbitrary<Value>), {
    minLength: 50,
    maxLength: 300,
  });
  fc.assert(
    fc.property(many, (all) => {
      expect(ours(fn, all)).toBe(theirAggregate(`${fn}(a)`, all));
    }),
    { numRuns: 100 },
  );
});

const numbers: fc.Arbitrary<Value> = fc.oneof(
  fc.constant(null),
  fc.bigInt({ min: -9n, max: 9n }),
  fc.double({ noNaN: true, min: -9, max: 9 }),
);

test('percentiles', () => {
  const fraction = fc.constantFrom(0, 0.25, 0.5, 0.9, 1);
  fc.assert(
    fc.property(rows(numbers), fraction, (all, p) => {
      const pairs = all.map(([v]) => [v, p] as readonly Value[]);
      const percents = all.map(([v]) => [v, p * 100] as readonly Value[]);
      expect(ours('median', all)).toBe(theirAggregate('median(a)', all));
      expect(ours('percentile_cont', pairs)).toBe(theirAggregate('percentile_cont(a, b)', pairs));
      expect(ours('percentile_disc', pairs)).toBe(theirAggregate('percentile_disc(a, b)', pairs));
      expect(ours('percentile', percents)).toBe(theirAggregate('percentile(a, b)', percents));
    }),
    { numRuns: 500 },
  );
  const faults: readonly (readonly Value[])[][] = [
    [['x', 0.5]],
    [[1n, 2]],
    [[1n, 'x']],
    [[Infinity, 0.5]],
    [
      [1n, 0.1],
      [2n, 0.9],
    ],
  ];
  for (const bad of faults) {
    expect(theirAggregate('percentile_cont(a, b)', bad)).toBe('error');
    expect(ours('percentile_cont', bad)).toBe('error');
  }
});

test('separators and labels', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(cell, cell), { maxLength: 6 }), (all) => {
      expect(ours('group_concat', all)).toBe(theirAggregate('group_concat(a, b)', all));
      expect(ours('string_agg', all)).toBe(theirAggregate('string_agg(a, b)', all));
      expect(ours('json_group_object', all)).toBe(theirAggregate('json_group_object(a, b)', all));
    }),
    { numRuns: 500 },
  );
});

// What SQLite has no function for.
const table: readonly (readonly Value[])[] = [
  [null, 3n],
  ['a', null],
  ['b', 1n],
  ['c', 1.0],
  ['d', 7n],
  ['d', 7n],
];
test.each<[fn: string, rows: readonly (readonly Value[])[], wanted: Value]>([
  ['first', table, null],
  ['last', table, 'd'],
  ['any_value', table, 'a'],
  ['arg_min', table, 'b'],
  ['arg_max', table, 'd'],
  ['arg_max', [], null],
  ['approx_count_distinct', [[1n], [1.0], ['1'], [null], [2n]], 3n],
  ['variance', [[2n], [4n], [9n]], 13],
  ['var_pop', [[1n], [3n]], 1],
  ['stddev', [[2n], [4n], [4n], [6n]], 1.632993161855452],
  ['stddev_pop', [[2n]], 0],
  ['stddev', [[2n]], null],
])('%s', (fn, all, wanted) => {
  expect(ours(fn, all)).toBe(shown(wanted));
});

test('JSON in JSON', () => {
  const state = aggregateFunctions.get('json_group_array')!.create('BINARY', 1);
  state.add(['{"a":1}']);
  expect(state.result()).toBe('[{"a":1}]');
});
