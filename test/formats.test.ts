import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { batchOf } from '../src/data/builder.ts';
import { encoder, formats, type FormatName } from '../src/data/format/catalog.ts';
import { timestampText } from '../src/data/timestamp.ts';
import type { Value } from '../src/data/value.ts';
import { decodeAll, requestOf, schemaOf } from './support/decode.ts';
import { vectors } from './support/format-vectors.ts';

const cases = Object.entries(vectors).flatMap(([format, list]) =>
  list.map(([why, schema, input, rows, options, columns]) => ({
    format: format as FormatName,
    why,
    schema,
    input,
    rows,
    options,
    columns,
  })),
);
describe.each(cases)('$format: $why', ({ format, schema, input, rows, options, columns }) => {
  const bytes = Buffer.from(input);
  test.each([bytes.length || 1, 1, 2, 7])('in pieces of %i bytes', (size) => {
    const decoded = decodeAll(format, requestOf(schema, options, columns), bytes, [size]);
    expect(decoded.faults).toEqual([]);
    expect(decoded.rows).toEqual(rows);
    expect(decoded.consumed).toBe(bytes.length);
  });
});

test('a line that is not all ASCII does not lose its neighbours of bytes that are no UTF-8', () => {
  const input = Buffer.from([0xff, 0x3d, 0x31, 0x0a, 0xc3, 0xa9, 0x3d, 0x32, 0x0a]);
  const { batches } = decodeAll('regex', requestOf('k v', { pattern: '^(?<k>.+)=(?<v>.)' }), input);
  const column = batches[0]!.columns[0]!;
  if (column.kind !== 'utf8') throw new Error('not text');
  expect([...column.bytes.subarray(column.starts[0], column.ends[0])]).toEqual([0xff]);
  expect([...column.bytes.subarray(column.starts[1], column.ends[1])]).toEqual([0xc3, 0xa9]);
});

describe('faults', () => {
  test.each<
    [
      why: string,
      format: FormatName,
      schema: string,
      input: string,
      faults: object[],
      rows: Value[][],
      options?: object,
    ]
  >([
    [
      'a value of another type',
      'csv',
      'a b:INTEGER',
      'x,1\ny,abc\n"z\n",3x\nw,4\n',
      [
        { line: 2, column: 'b', value: 'abc', message: "'abc' is not an INTEGER" },
        { line: 3, column: 'b', value: '3x', message: "'3x' is not an INTEGER" },
      ],
      [
        ['x', 1n],
        ['w', 4n],
      ],
    ],
    [
      'beyond 64 bits',
      'csv',
      'a:INTEGER',
      '9223372036854775808\n',
      [{ line: 1, column: 'a', value: '9223372036854775808', message: "'9223372036854775808' is not an INTEGER" }],
      [],
    ],
    [
      'a fault, then a big integer',
      'csv',
      'a:INTEGER',
      'x\n9007199254740993\ny\n',
      [
        { line: 1, column: 'a', value: 'x', message: "'x' is not an INTEGER" },
        { line: 3, column: 'a', value: 'y', message: "'y' is not an INTEGER" },
      ],
      [[9007199254740993n]],
    ],
    ['too few fields', 'csv', 'a b', '1\n2,3\n', [{ line: 1, message: 'expected 2 fields, found 1' }], [['2', '3']]],
    ['too many fields', 'tsv', 'a', '1\t2\n', [{ line: 1, message: 'expected 1 field, found 2' }], []],
    [
      'text behind a quote',
      'csv',
      'a b',
      '"x"y,1\n2,3\n',
      [{ line: 1, column: 'a', value: '"x"y', message: 'text after the closing quote: "x"y' }],
      [['2', '3']],
    ],
    [
      'a quote that stays open',
      'csv',
      'a b',
      '1,2\n3,"x\ny\n',
      [{ line: 2, column: 'b', value: 'x\\x0ay', message: 'a quoted field is not closed' }],
      [['1', '2']],
    ],
    [
      'no JSON',
      'jsonl',
      'a',
      '{"a":"x"}\n{"a":}\n{"a":01}\n[1]\n{"a":"y"} z\n{"a":"\\q"}\n{"a":tru}\n',
      [2, 3, 4, 5, 6, 7].map((line) => ({
        line,
        message: line === 4 ? 'not a JSON object' : 'not valid JSON',
        value: ['{"a":}', '{"a":01}', '[1]', '{"a":"y"} z', '{"a":"\\q"}', '{"a":tru}'][line - 2],
      })),
      [['x']],
    ],
    [
      'no match',
      'regex',
      'a',
      'x1\nzz\nx2\n',
      [{ line: 2, value: 'zz', message: 'the line does not match the pattern: zz' }],
      [['1'], ['2']],
      { pattern: 'x(?<a>.)' },
    ],
    [
      'no number in quotes',
      'tsv',
      'a:REAL',
      '\n1e400\n',
      [{ line: 1, column: 'a', value: '', message: "'' is not a REAL" }],
      [[Infinity]],
    ],
    [
      'no moment',
      'csv',
      'a:TIMESTAMP',
      '2023-02-29\n',
      [{ line: 1, column: 'a', value: '2023-02-29', message: "'2023-02-29' is not a TIMESTAMP" }],
      [],
    ],
  ])('%s', (_why, format, schema, input, faults, rows, options) => {
    for (const size of [input.length, 1, 3]) {
      const decoded = decodeAll(format, requestOf(schema, options), Buffer.from(input), [size]);
      expect(decoded.faults).toEqual(faults);
      expect(decoded.rows).toEqual(rows);
    }
  });

  test('NULL instead of what cannot be read', () => {
    const { rows, faults } = decodeAll(
      'csv',
      requestOf('a:INTEGER b:REAL c'),
      Buffer.from('x,y,z\n1\n'),
      undefined,
      'null',
    );
    expect(rows).toEqual([
      [null, null, 'z'],
      [1n, null, null],
    ]);
    expect(faults.map((f) => f.line)).toEqual([1, 1, 2]);
  });

  test('a record longer than the limit, whole or torn', () => {
    for (const format of ['lines', 'csv', 'tsv', 'jsonl', 'regex'] as const) {
      for (const size of [64, 5]) {
        const request = { ...requestOf('a', { pattern: '(?<a>.*)' }), maxRecord: 10 };
        const input = Buffer.from(`{}\n${'x'.repeat(11)}\n`);
        const skipFirst = { ...request, onFault: () => 'skip' as const };
        expect(() => decodeAll(format, skipFirst, input, [size]), format).toThrow(
          'line 2: the record is longer than 10 bytes',
        );
      }
    }
  });
});

test('columns of place', () => {
  const metadata = { f: 'file', l: 'line_number', o: 'offset' } as const;
  const request = {
    ...requestOf('f a l:INTEGER o:INTEGER'),
    columns: ['a', 'b'],
    metadata,
    file: 'x.csv',
    from: { consumed: 100, line: 7 },
  };
  const { rows, marks } = decodeAll('csv', request, Buffer.from('1,2\n"a\nb",4\n\n5,6\n'), [3]);
  expect(rows).toEqual([
    ['x.csv', '1', 7n, 100n],
    ['x.csv', 'a\nb', 8n, 104n],
    ['x.csv', '5', 11n, 113n],
  ]);
  expect(marks).toEqual([
    { consumed: 104, line: 8 },
    { consumed: 112, line: 10 },
    { consumed: 117, line: 12 },
  ]);
});

test('a record of 100 MB in one line is read in pieces', () => {
  const line = Buffer.alloc(100 << 20, 'x');
  for (const [format, input] of [
    ['lines', Buffer.concat([line, Buffer.from('\nshort\n')])],
    ['csv', Buffer.concat([Buffer.from('"'), line, Buffer.from('\n"\nshort\n')])],
  ] as const) {
    const { batches } = decodeAll(format, requestOf('a'), input, [1 << 18]);
    const lengths = batches.map(({ columns }) =>
      columns[0]!.kind === 'utf8' ? columns[0]!.ends[0]! - columns[0]!.starts[0]! : -1,
    );
    expect(lengths).toEqual([line.length + (format === 'csv' ? 1 : 0), 5]);
  }
});

const anyText = fc.string({
  unit: fc.constantFrom('a', 'é', '😀', ',', '"', '\\', '\t', '\n', '\r', ' ', 'N', '\0', '7', '{'),
  maxLength: 6,
});
const anyRow = fc.tuple(
  fc.option(anyText),
  fc.option(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
  fc.option(fc.double({ noNaN: true })),
  fc.option(fc.constantFrom(0n, 1n)),
  fc.option(
    fc.integer({ min: -62_000_000_000, max: 250_000_000_000 }).map((s) => timestampText(s * 1e6 + Math.abs(s % 1000))),
  ),
  fc.option(anyText),
);
const pieces = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 });

describe.each<[FormatName, object]>([
  ['csv', { null: '' }],
  ['csv', { null: 'NA', delim: ';', quote: "'" }],
  ['tsv', {}],
  ['jsonl', {}],
])('%s %j', (format, options) => {
  const schema = schemaOf('a b:INTEGER c:REAL d:BOOLEAN e:TIMESTAMP f');
  test('what is written is read again, in whatever pieces, and some columns alone', () => {
    fc.assert(
      fc.property(fc.array(anyRow, { maxLength: 12 }), pieces, fc.boolean(), (rows, sizes, header) => {
        const useHeader = header && format !== 'jsonl';
        const encode = encoder(format, schema, { ...options, header: useHeader });
        const bytes = Buffer.concat([encode.start, encode.encode(batchOf(schema, rows))]);
        const request = {
          ...requestOf(''),
          schema,
          columns: schema.map((f) => f.name),
          options: { ...options, header: useHeader },
          batchRows: 5,
        };
        const decoded = decodeAll(format, request, bytes, sizes);
        const expected = rows.map((row) => row.map((v) => (Object.is(v, -0) ? 0 : v)));
        expect(decoded.faults).toEqual([]);
        expect(decoded.rows.map((row) => row.map((v) => (Object.is(v, -0) ? 0 : v)))).toEqual(expected);
        const some = decodeAll(format, { ...request, schema: [schema[5]!, schema[1]!] }, bytes, sizes);
        expect(some.rows).toEqual(rows.map((row) => [row[5], row[1]]));
      }),
      { numRuns: 300 },
    );
  });
});

test.each(Object.keys(formats) as FormatName[])('%s: any bytes in any pieces give what they give at once', (format) => {
  const soup = fc.array(fc.constantFrom(...Buffer.from('ab1,,"\t\n\n\r\\N{}:"[] ').values(), 0xff, 0xc3, 0), {
    maxLength: 60,
  });
  fc.assert(
    fc.property(soup, pieces, (input, sizes) => {
      const bytes = Buffer.from(input);
      const request = requestOf('a b', { pattern: '^(?<a>[^,]*),(?<b>.*)$' });
      const schema = format === 'lines' ? [request.schema[0]!] : request.schema;
      const at = (how: readonly number[] | undefined, onFault: 'skip' | 'null') => {
        const { rows, faults, line } = decodeAll(format, { ...request, schema }, bytes, how, onFault);
        return { rows, faults, line };
      };
      expect(at(sizes, 'skip')).toEqual(at(undefined, 'skip'));
      expect(at(sizes, 'null')).toEqual(at(undefined, 'null'));
    }),
    { numRuns: 500 },
  );
});
