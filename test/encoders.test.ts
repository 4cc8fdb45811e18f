import { describe, expect, test } from 'vitest';
import { batchOf } from '../src/data/builder.ts';
import { encoder, type FormatName } from '../src/data/format/catalog.ts';
import { EncodeError } from '../src/data/format/format.ts';
import type { Value } from '../src/data/value.ts';
import { decodeAll, requestOf, schemaOf } from './support/decode.ts';

describe('encoders', () => {
  test.each<[why: string, format: FormatName, schema: string, rows: Value[][], text: string, options?: object]>([
    ['lines', 'lines', 'a', [['x'], [''], ['y']], 'x\n\ny\n'],
    ['lines of numbers', 'lines', 'a:REAL', [[1], [0.1]], '1.0\n0.1\n'],
    ['nul', 'nul', 'a', [['x\ny'], [''], [null]], 'x\ny\0\0-\0', { null: '-' }],
    ['raw', 'raw', 'a', [['x\n'], [null], ['y']], 'x\ny'],
    [
      'csv quotes what it must',
      'csv',
      'a b',
      [
        ['x,y', 'a"b'],
        ['', null],
        ['\n', ' x '],
      ],
      '"x,y","a""b"\n"",\n"\n", x \n',
    ],
    ['csv header', 'csv', 'a b,c', [], 'a,"b,c"\n', { header: true }],
    [
      'tsv',
      'tsv',
      'a b',
      [
        ['x\ty', null],
        ['\\N', 'a\nb'],
      ],
      'x\\ty\t\\N\n\\\\N\ta\\nb\n',
    ],
    [
      'jsonl',
      'jsonl',
      'a b:BOOLEAN c:JSON d:BLOB e:TIMESTAMP',
      [
        ['"\n', 1n, '{"x":\n1}', Uint8Array.of(0, 255), '2024-01-31 12:00:00'],
        [null, null, 'no', null, null],
      ],
      '{"a":"\\"\\n","b":true,"c":{"x": 1},"d":"00ff","e":"2024-01-31T12:00:00Z"}\n{"a":null,"b":null,"c":"no","d":null,"e":null}\n',
    ],
    [
      'jsonl numbers',
      'jsonl',
      'a:INTEGER b:REAL c:ANY',
      [
        [9007199254740993n, 1e21, 2n],
        [-5n, Infinity, 2.5],
      ],
      '{"a":"9007199254740993","b":1.0e+21,"c":2}\n{"a":-5,"b":9.0e+999,"c":2.5}\n',
    ],
  ])('%s', (_why, format, schema, rows, text, options = {}) => {
    const encode = encoder(format, schemaOf(schema), options as Record<string, unknown>);
    const bytes = encode.encode(batchOf(schemaOf(schema), rows));
    expect(Buffer.concat([encode.start, bytes]).toString()).toBe(text);
  });

  test('jsonl replaces bytes that are no UTF-8', () => {
    const { batches } = decodeAll('lines', requestOf('a'), Buffer.from([0xff, 0x61, 10]));
    expect(Buffer.from(encoder('jsonl', schemaOf('a'), {}).encode(batches[0]!)).toString()).toBe('{"a":"\uFFFDa"}\n');
  });

  test.each<[string, Value[][], number]>([
    ['NULL', [['x'], [null]], 1],
    ['a newline', [['x'], ['y'], ['a\nb']], 2],
  ])('lines cannot hold %s', (_why, rows, row) => {
    const encode = encoder('lines', schemaOf('a'), {});
    const attempt = () => encode.encode(batchOf(schemaOf('a'), rows));
    expect(attempt).toThrow(EncodeError);
    expect(attempt).toThrow(expect.objectContaining({ row, column: 'a' }) as Error);
  });

  test('lines holds one column', () => {
    expect(() => encoder('lines', schemaOf('a b'), {})).toThrow('exactly one column, not 2');
  });

  test.each(['lines', 'csv', 'tsv'] as const)('%s passes a run of lines on without copying it', (format) => {
    const { batches } = decodeAll('lines', requestOf('a'), Buffer.from('x\nyy\nzzz\n'));
    const batch = batches[0]!;
    const column = batch.columns[0]!;
    const encode = encoder(format, schemaOf('a'), {});
    const passed = encode.encode(batch);
    expect(Buffer.from(passed).toString()).toBe('x\nyy\nzzz\n');
    expect(passed.buffer).toBe(column.kind === 'utf8' ? column.bytes.buffer : undefined);
    const tail = encode.encode({ ...batch, selection: Uint32Array.of(1, 2) });
    expect(Buffer.from(tail).toString()).toBe('yy\nzzz\n');
    expect(tail.buffer).toBe(passed.buffer);
    expect(Buffer.from(encode.encode({ ...batch, selection: Uint32Array.of(0, 2) })).toString()).toBe('x\nzzz\n');
  });

  test('a run of lines that has to be quoted or escaped is', () => {
    const { batches } = decodeAll('lines', requestOf('a'), Buffer.from('x,y\n\n\\\n'));
    const as = (format: FormatName) => Buffer.from(encoder(format, schemaOf('a'), {}).encode(batches[0]!)).toString();
    expect(as('csv')).toBe('"x,y"\n""\n\\\n');
    expect(as('tsv')).toBe('x,y\n\n\\\\\n');
  });
});
