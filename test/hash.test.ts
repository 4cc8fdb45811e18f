import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { columnBuilder } from '../src/data/builder.ts';
import { cell } from '../src/data/cell.ts';
import type { Column } from '../src/data/column.ts';
import { equalValues } from '../src/data/compare.ts';
import { NO_ROW } from '../src/data/gather.ts';
import { dropNulls, KeyTable, type KeyColumn } from '../src/data/hash.ts';
import type { Collation, Type } from '../src/data/types.ts';
import type { Value } from '../src/data/value.ts';
import { random, seeds } from './support/random.ts';

const cells: { readonly [name: string]: readonly Value[] } = {
  INTEGER: [0n, 1n, 2n, -1n, 4294967296n, 9007199254740991n],
  REAL: [0, -0, 1, 1.5, -1, 1e300, Infinity, 9007199254740992],
  TEXT: ['', 'a', 'A', 'a ', 'ab', '1', 'abcd', 'abcde', 'ä', '2024-01-01 00:00:00'],
  BOOLEAN: [0n, 1n],
  TIMESTAMP: ['2024-01-01 00:00:00', '2024-01-01 00:00:00.000001'],
  ANY: [0n, -0, 1, 1n, '1', 'a', new Uint8Array([97]), new Uint8Array(), 9007199254740993n, 9007199254740992n, 2 ** 53],
};
const wide = [9007199254740992n, 9007199254740993n, -9223372036854775808n];

const columnOf = (type: Type, values: readonly Value[]): Column => {
  const builder = columnBuilder(type);
  for (const value of values) builder.append(value);
  return builder.finish();
};

describe('KeyTable = a list searched from the start', () => {
  test.each(seeds(150))('seed %i', (seed) => {
    const r = random(seed);
    const keys = Array.from({ length: r.of([1, 1, 1, 2, 3]) }, (): KeyColumn => {
      const type = r.of<Type>(['INTEGER', 'REAL', 'TEXT', 'TEXT', 'BOOLEAN', 'TIMESTAMP', 'ANY']);
      return { type, collation: r.of<Collation | undefined>([undefined, undefined, 'NOCASE', 'RTRIM']) };
    });
    const table = new KeyTable(keys);
    const model: Value[][] = [];
    const place = (row: readonly Value[]): number =>
      model.findIndex((known) => known.every((value, c) => equalValues(value, row[c]!, keys[c]!.collation)));
    for (let round = 0; round < 6; round++) {
      const n = r.below(40);
      // Later rounds may bring NULLs, wide integers and columns whose cells are of any class.
      const rows = Array.from({ length: n }, () =>
        keys.map(({ type }) => {
          if (round > 1 && r.chance(0.2)) return null;
          if (type === 'INTEGER' && round > 2 && r.chance(0.05)) return r.of(wide);
          if (round > 4 && r.chance(0.1)) return r.of(cells['ANY']!);
          return r.of(cells[type]!);
        }),
      );
      const columns = keys.map(({ type }, c) => columnOf(type, rows.map((row) => row[c]!))); // prettier-ignore
      const selection = r.chance(0.5) ? Uint32Array.from(rows.keys()).filter(() => r.chance(0.7)) : undefined;
      const present = [...(selection ?? rows.keys())];
      const batch = { length: n, selection };

      const found = table.find(columns, batch);
      expect(present.map((row) => found[row])).toEqual(present.map((row) => place(rows[row]!) >>> 0)); // prettier-ignore
      const ids = table.groupIds(columns, batch);
      const wanted = present.map((row) => {
        if (place(rows[row]!) < 0) model.push(rows[row]!);
        return place(rows[row]!);
      });
      expect(present.map((row) => ids[row])).toEqual(wanted);
      expect(table.size).toBe(model.length);
      const back = table.keys();
      expect(model.map((_, id) => keys.map(({ type }, c) => cell(back[c]!, type, id)))).toEqual(model);
    }
  });
});

test('many keys: numbers, texts, pairs', () => {
  const n = 20_000;
  const ints = columnOf('INTEGER', Array.from({ length: n }, (_, i) => BigInt((i * 7919) % 10_007))); // prettier-ignore
  const texts = columnOf('TEXT', Array.from({ length: n }, (_, i) => `key ${(i * 7919) % 10_007}`)); // prettier-ignore
  for (const [keys, columns] of [
    [[{ type: 'INTEGER' }], [ints]],
    [[{ type: 'TEXT' }], [texts]],
    [
      [{ type: 'TEXT' }, { type: 'INTEGER' }],
      [texts, ints],
    ],
  ] as [KeyColumn[], Column[]][]) {
    const table = new KeyTable(keys);
    const ids = table.groupIds(columns, { length: n });
    expect(table.size).toBe(10_007);
    expect([...ids]).toEqual(Array.from({ length: n }, (_, i) => i % 10_007));
    expect([...table.find(columns, { length: n })]).toEqual([...ids]);
  }
});

test.each<[string, Type, Value[], Type, Value[], number[]]>([
  ['INTEGER finds REAL', 'REAL', [1, 2.5, -0], 'INTEGER', [1n, 2n, 0n], [0, NO_ROW, 2]],
  ['ANY finds INTEGER', 'ANY', ['1', 1, 2n], 'INTEGER', [1n, 2n], [1, 2]],
  ['TIMESTAMP is its text', 'ANY', ['2024-01-01 00:00:00', 'x'], 'TIMESTAMP', ['2024-01-01 00:00:00'], [0]],
  ['BOOLEAN is 0 or 1', 'INTEGER', [1n, 0n], 'BOOLEAN', [0n, 1n], [1, 0]],
  ['TEXT is no number', 'ANY', [1n], 'TEXT', ['1'], [NO_ROW]],
])('%s', (_, type, build, other, probe, wanted) => {
  const table = new KeyTable([{ type }]);
  table.groupIds([columnOf(type, build)], { length: build.length });
  expect([...table.find([columnOf(other, probe)], { length: probe.length }, [other])]).toEqual(wanted);
});

test('dropNulls: the keys of a join match nothing where one is NULL', () => {
  const columns = [columnOf('INTEGER', [1n, null, 3n]), columnOf('ANY', ['a', 'b', null])];
  expect([...dropNulls(Uint32Array.of(0, 1, 2), columns, { length: 3 })]).toEqual([0, NO_ROW, NO_ROW]);
});

test.each<[string, (i: number) => Value]>([
  ['TEXT', (i) => `user-${i * 7919}`],
  ['INTEGER', (i) => BigInt(i * 7919)],
  ['REAL', (i) => i + 0.5],
])('boxed keys take about what the table says: %s', async (_, valueOf) => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const used = async (): Promise<number> => {
    // Buffers are swept beside us, and counted as gone only then: a first collection tells too much.
    for (let i = 0; i < 3; i++) {
      collect();
      await setImmediate();
    }
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  const before = await used();
  const table = new KeyTable([{ type: 'ANY' }, { type: 'ANY' }]);
  for (let from = 0; from < 200_000; from += 4000) {
    const values = Array.from({ length: 4000 }, (__, i) => valueOf(from + i));
    table.groupIds([columnOf('ANY', values), columnOf('ANY', values)], { length: 4000 });
  }
  const taken = (await used()) - before;
  expect(table.size).toBe(200_000);
  // Garbage, and the tables that are twice there while they grow, come on top of what is alive.
  expect(table.bytes).toBeGreaterThan(taken);
  expect(table.bytes).toBeLessThan(taken * 4);
});
