import { Encoder } from 'cbor-x';
import { describe, expect, test } from 'vitest';
import { rowsOf, type RecordBatch } from '../src/data/batch.ts';
import { batchOf, columnBuilder } from '../src/data/builder.ts';
import { cell } from '../src/data/cell.ts';
import { CodecError, decodeBatch, encodeBatch } from '../src/data/codec.ts';
import type { Column } from '../src/data/column.ts';
import { compareValues } from '../src/data/compare.ts';
import { compact, concat, gather, gatherBatch, NO_ROW, slice } from '../src/data/gather.ts';
import { sortRows, type SortColumn } from '../src/data/order.ts';
import { parseTimestamp, timestampOf, timestampText } from '../src/data/timestamp.ts';
import type { Collation, Schema, Type } from '../src/data/types.ts';
import type { Value } from '../src/data/value.ts';
import { random, seeds, type Random } from './support/random.ts';

const schema: Schema = [
  { name: 'i', type: 'INTEGER' },
  { name: 'r', type: 'REAL' },
  { name: 't', type: 'TEXT' },
  { name: 'b', type: 'BOOLEAN' },
  { name: 'at', type: 'TIMESTAMP' },
  { name: 'any', type: 'ANY' },
  { name: 'none', type: 'NULL' },
];
const wide = [9007199254740993n, -9223372036854775808n, 9223372036854775807n];
const cells: { readonly [name: string]: readonly Value[] } = {
  INTEGER: [0n, 1n, -1n, 42n, 9007199254740991n],
  REAL: [0, -0, 0.1, -2.5, 1e300, Infinity, -Infinity],
  TEXT: [
    '',
    'a',
    'ab',
    'äöü',
    '💡',
    'x\0y',
    'a longer text that is more than sixty-four bytes long, so that it is copied',
  ],
  BOOLEAN: [0n, 1n],
  TIMESTAMP: ['2024-02-29 12:00:00', '1969-12-31 23:59:59.999999', '2255-01-01 00:00:00'],
  ANY: [7n, 7, -0, 'seven', '', new Uint8Array([0, 255]), new Uint8Array(), 9223372036854775807n],
  NULL: [null],
};

function randomRows(r: Random): Value[][] {
  const some = schema.map(() => r.chance(0.5));
  const large = r.chance(0.3);
  return Array.from({ length: r.below(20) }, () =>
    schema.map(({ type }, c) => {
      if (some[c] && r.chance(0.3)) return null;
      return type === 'INTEGER' && large && r.chance(0.3) ? r.of(wide) : r.of(cells[type]!);
    }),
  );
}

const boxed = (batch: RecordBatch): Value[][] =>
  Array.from(rowsOf(batch), (row) => batch.schema.map(({ type }, c) => cell(batch.columns[c]!, type, row)));

const someRows = (r: Random, n: number): Uint32Array =>
  Uint32Array.from({ length: n }, (_, i) => i).filter(() => r.chance(0.5));

describe('columns hold what was put in', () => {
  test.each(seeds(30))('seed %i', (seed) => {
    const r = random(seed);
    const rows = randomRows(r);
    const batch = batchOf(schema, rows);
    expect(boxed(batch)).toEqual(rows);
    const selected = { ...batch, selection: someRows(r, rows.length) };
    const wanted = Array.from(selected.selection, (row) => rows[row]!);
    expect(boxed(compact(selected))).toEqual(wanted);
    expect(boxed(slice(selected, 1, 3))).toEqual(wanted.slice(1, 3));
    expect(boxed(slice(batch, 1, 3))).toEqual(rows.slice(1, 3));
    expect(boxed(concat(schema, [batch, selected, batch]))).toEqual([...rows, ...wanted, ...rows]);
    const mixed = Uint32Array.from({ length: rows.length }, () => (r.chance(0.3) ? NO_ROW : r.below(rows.length)));
    const none = schema.map(() => null);
    expect(boxed(gatherBatch(batch, mixed))).toEqual(Array.from(mixed, (row) => rows[row] ?? none));
    const again = schema.map(({ type }, c) => {
      const builder = columnBuilder(type);
      for (const row of rows.keys()) builder.appendFrom(batch.columns[c]!, type, row);
      return builder.finish();
    });
    expect(boxed({ ...batch, columns: again })).toEqual(rows);
  });

  test.each<[Type, Value[], Column['kind']]>([
    ['INTEGER', [1n, null], 'f64'],
    ['INTEGER', [1n, null, 9007199254740992n, null], 'i64'],
    ['INTEGER', [1n, 'one', null], 'any'],
    ['INTEGER', [9007199254740992n, 1.5], 'any'],
    ['REAL', [1, 1n], 'any'],
    ['BOOLEAN', [1n, null, 2n], 'any'],
    ['TEXT', ['a', 1n, null], 'any'],
    ['TIMESTAMP', ['2024-01-01 00:00:00', 'yesterday'], 'any'],
    ['TIMESTAMP', ['2024-01-01 00:00:00', null], 'f64'],
  ])('%s of %o is kept as %s', (type, values, kind) => {
    const builder = columnBuilder(type);
    for (const value of values) builder.append(value);
    const column = builder.finish();
    expect(column.kind).toBe(kind);
    expect(values.map((_, row) => cell(column, type, row))).toEqual(values);
  });

  test('gather copies text, so that its bytes can go', () => {
    const bytes = Buffer.from('abcdef');
    const column = {
      kind: 'utf8',
      bytes,
      starts: Uint32Array.of(0, 2),
      ends: Uint32Array.of(2, 6),
      nulls: undefined,
    } as const;
    const copy = gather(column, Uint32Array.of(1, 0));
    bytes.fill(0x78);
    expect([cell(copy, 'TEXT', 0), cell(copy, 'TEXT', 1)]).toEqual(['cdef', 'ab']);
  });
});

test.each([
  ['2024-02-29 12:00:00', Date.UTC(2024, 1, 29, 12) * 1000],
  ['1969-12-31 23:59:59.999999', -1],
  ['1970-01-01 00:00:00.000001', 1],
  ['0001-01-01 00:00:00', Date.parse('0001-01-01T00:00:00Z') * 1000],
])('timestamp %s', (text, time) => {
  expect(timestampText(time)).toBe(text);
  expect(timestampOf(text)).toBe(time);
  expect(parseTimestamp(Buffer.from(text), 0, text.length)).toBe(time);
});

test.each(['2024-02-30 00:00:00', '2024-01-01', '2024-01-01T00:00:00', '2024-01-01 00:00:00.5', '2024-01-01 24:00:00'])(
  'not the canonical text of a timestamp: %s',
  (text) => expect(timestampOf(text)).toBeUndefined(),
);

describe('codec', () => {
  test.each(seeds(30))('seed %i', (seed) => {
    const r = random(seed);
    const batch = batchOf(schema, randomRows(r));
    const selected = r.chance(0.5) ? { ...batch, selection: someRows(r, batch.length) } : batch;
    const decoded = decodeBatch(encodeBatch(selected), schema);
    expect(decoded.selection).toBeUndefined();
    expect(boxed(decoded)).toEqual(boxed(selected));
  });

  const bytes = Uint8Array.of(0x61, 0xff, 0xfe, 0x62);
  const invalid: RecordBatch = {
    schema: [{ name: 't', type: 'TEXT' }],
    length: 2,
    columns: [{ kind: 'utf8', bytes, starts: Uint32Array.of(3, 0), ends: Uint32Array.of(4, 3), nulls: undefined }],
  };
  test('bytes that are not UTF-8 are kept, and of a shared buffer only what is used', () => {
    const [column] = decodeBatch(encodeBatch(invalid), invalid.schema).columns;
    if (column?.kind !== 'utf8') throw new Error('not text');
    expect([...column.bytes]).toEqual([0x62, 0x61, 0xff, 0xfe]);
    expect(column.bytes.buffer.byteLength).toBeLessThan(9000); // its own memory, or Node's pool: not the message
  });

  const cbor = new Encoder({ useRecords: false });
  const f64 = { k: 'f64', v: new Float64Array(2) };
  const one: Schema = [{ name: 'x', type: 'INTEGER' }];
  const text: Schema = [{ name: 'x', type: 'TEXT' }];
  const offsets = (...o: number[]) => ({ k: 'utf8', o: Uint32Array.from(o), d: Buffer.from('abc') });
  test.each<[string, unknown, Schema, RegExp]>([
    ['no batch', 7, one, /not a batch/],
    ['no number of rows', { c: [f64] }, one, /number of rows/],
    ['negative number of rows', { n: -1, c: [f64] }, one, /number of rows/],
    ['a column too many', { n: 2, c: [f64, f64] }, one, /2 columns where 1/],
    ['a column that is no map', { n: 2, c: [3] }, one, /x of a batch is missing/],
    ['wrong kind', { n: 2, c: [f64] }, text, /kind f64, not of TEXT/],
    ['unknown kind', { n: 2, c: [{ k: 'f32' }] }, one, /kind f32/],
    ['a cell too few', { n: 3, c: [f64] }, one, /2 cells where 3/],
    ['bitmap too short', { n: 2, c: [{ ...f64, u: new Uint8Array(0) }] }, one, /bitmap/],
    ['values of another type', { n: 2, c: [{ k: 'f64', v: [1, 2] }] }, one, /lacks its part v/],
    ['an INTEGER with a fraction', { n: 1, c: [{ k: 'f64', v: Float64Array.of(1.5) }] }, one, /none of INTEGER/],
    ['offsets that go backwards', { n: 3, c: [offsets(0, 2, 1, 3)] }, text, /backwards/],
    ['offsets beyond the text', { n: 1, c: [offsets(0, 4)] }, text, /do not fit/],
    ['offsets that start late', { n: 1, c: [offsets(1, 3)] }, text, /do not fit/],
    ['a BOOLEAN of 2', { n: 1, c: [{ k: 'bool', v: Uint8Array.of(2) }] }, [{ name: 'x', type: 'BOOLEAN' }], /BOOLEAN/],
    [
      'a cell of an unknown class',
      {
        n: 1,
        c: [
          {
            k: 'any',
            t: Uint8Array.of(9),
            r: new Float64Array(0),
            i: new BigInt64Array(0),
            o: Uint32Array.of(0),
            d: Buffer.alloc(0),
          },
        ],
      },
      one,
      /unknown class/,
    ],
    [
      'a class without its cell',
      {
        n: 1,
        c: [
          {
            k: 'any',
            t: Uint8Array.of(2),
            r: new Float64Array(0),
            i: new BigInt64Array(0),
            o: Uint32Array.of(0),
            d: Buffer.alloc(0),
          },
        ],
      },
      one,
      /lacks some/,
    ],
  ])('%s is refused', (_, message, expected, reason) => {
    expect(() => decodeBatch(cbor.encode(message), expected)).toThrow(CodecError);
    expect(() => decodeBatch(cbor.encode(message), expected)).toThrow(reason);
  });

  test('every cut and every flipped byte gives an error or a batch of the same shape, never a crash', () => {
    const message = encodeBatch(batchOf(schema, randomRows(random(7))));
    for (let at = 0; at < message.length; at++) {
      expect(() => decodeBatch(message.subarray(0, at), schema)).toThrow(CodecError);
      const flipped = Uint8Array.from(message);
      flipped[at]! ^= 0x55;
      try {
        expect(decodeBatch(flipped, schema).columns).toHaveLength(schema.length);
      } catch (error) {
        expect(error).toBeInstanceOf(CodecError);
      }
    }
  });
});

describe('sorting = comparing boxed cells', () => {
  const many = Array.from({ length: 12 }, (_, i) => `common prefix of the texts ${'x'.repeat(i)}`);
  const values: { readonly [name: string]: readonly Value[] } = {
    ...cells,
    INTEGER: [0n, -5n, 3n, 1000000n, -1000000n, 255n, 256n],
    TEXT: [...cells['TEXT']!, 'A', 'a ', 'a\0', 'B', 'b', 'ÿ', '\u{ffff}', ...many],
  };
  test.each(seeds(40))('seed %i', (seed) => {
    const r = random(seed);
    const n = r.of([0, 1, 20, 600, 3000]);
    const keys = Array.from({ length: r.below(3) + 1 }, () => {
      const type = r.of<Type>(['INTEGER', 'REAL', 'TEXT', 'TEXT', 'BOOLEAN', 'TIMESTAMP', 'ANY']);
      const withNulls = r.chance(0.5);
      const cellsOf = Array.from({ length: n }, () => (withNulls && r.chance(0.2) ? null : r.of(values[type]!)));
      const builder = columnBuilder(type);
      for (const value of cellsOf) builder.append(value);
      return {
        cells: cellsOf,
        key: {
          column: builder.finish(),
          type,
          descending: r.chance(0.5),
          nullsFirst: r.chance(0.5),
          collation: r.of<Collation>(['BINARY', 'BINARY', 'NOCASE', 'RTRIM']),
        } satisfies SortColumn,
      };
    });
    const wanted = Array.from({ length: n }, (_, i) => i).sort((a, b) => {
      for (const { cells: all, key } of keys) {
        const [x, y] = [all[a]!, all[b]!];
        if (x === null && y === null) continue;
        if (x === null || y === null) return (x === null) === key.nullsFirst ? -1 : 1;
        const order = compareValues(x, y, key.collation);
        if (order !== 0) return key.descending ? -order : order;
      }
      return a - b;
    });
    expect([...sortRows(keys.map(({ key }) => key), n)]).toEqual(wanted); // prettier-ignore
  });
});
