import type { FormatName } from '../../src/data/format/catalog.ts';
import type { Value } from '../../src/data/value.ts';

/** Why it is a case, the schema, the input, the rows; options; all columns where they are more than those wanted. */
export type Vector = readonly [
  why: string,
  schema: string,
  input: string,
  rows: Value[][],
  options?: object,
  columns?: string,
];

/** What each format makes of an input without faults. */
export const vectors: Readonly<Record<FormatName, readonly Vector[]>> = {
  lines: [
    ['nothing', 'line', '', []],
    ['one empty line', 'line', '\n', [['']]],
    ['no final newline', 'line', 'a\nb', [['a'], ['b']]],
    ['a carriage return is content', 'line', 'a\r\nb\r\n', [['a\r'], ['b\r']]],
    ['NUL is content', 'line', 'a\0b\n', [['a\0b']]],
    ['typed', 'n:INTEGER', '12\n-3\n', [[12n], [-3n]]],
    ['a text for NULL', 'line', 'a\n-\n--\n', [['a'], [null], ['--']], { null: '-' }],
    ['no column is wanted', '', 'a\nb\n', [[], []]],
  ],
  csv: [
    [
      'plain',
      'a b',
      '1,2\n3,4\n',
      [
        ['1', '2'],
        ['3', '4'],
      ],
    ],
    ['nothing', 'a b', '', []],
    [
      'no final newline',
      'a b',
      '1,2\n3,4',
      [
        ['1', '2'],
        ['3', '4'],
      ],
    ],
    [
      'CR LF',
      'a b',
      '1,2\r\n3,\r\n',
      [
        ['1', '2'],
        ['3', ''],
      ],
    ],
    ['quotes', 'a b', '"x,y","say ""hi"""\n', [['x,y', 'say "hi"']]],
    [
      'a newline in quotes',
      'a b',
      '"x\ny",1\n"\r\n",2\r\n',
      [
        ['x\ny', '1'],
        ['\r\n', '2'],
      ],
    ],
    ['only doubled quotes', 'a b', '"""",""""""\n', [['"', '""']]],
    ['a quote inside is a character', 'a b', 'x"y,5" z\n', [['x"y', '5" z']]],
    [
      'empty fields',
      'a b c',
      ',,\n"",,x\n',
      [
        ['', '', ''],
        ['', '', 'x'],
      ],
    ],
    [
      'blank lines are no records',
      'a b',
      '\n1,2\n\r\n3,4\n\n',
      [
        ['1', '2'],
        ['3', '4'],
      ],
    ],
    ['unless there is one column', 'a', '1\n\n2\n', [['1'], [''], ['2']]],
    [
      'an empty field is NULL unless TEXT',
      'a:INTEGER b:REAL c d:ANY',
      ',,,\n1,2.5,,7\n',
      [
        [null, null, '', ''],
        [1n, 2.5, '', 7n],
      ],
    ],
    [
      'a text for NULL, unless quoted',
      'a b',
      'NA,"NA"\n,x\n',
      [
        [null, 'NA'],
        ['', 'x'],
      ],
      { null: 'NA' },
    ],
    ['nothing for NULL', 'a b', ',""\n', [[null, '']], { null: '' }],
    ['a blank between', 'a b', '"x y" z\n', [['x y', 'z']], { delim: ' ' }],
    ['a tab between', 'a b', 'x,y\tz\n', [['x,y', 'z']], { delim: '\t' }],
    ['another quote', 'a b', '\'x,y\',"z"\n', [['x,y', '"z"']], { quote: "'" }],
    ['no quote', 'a b', '"x,y"\n', [['"x', 'y"']], { quote: '' }],
    [
      'some columns, in another order',
      'c a',
      '1,2,3\n4,5,6\n',
      [
        ['3', '1'],
        ['6', '4'],
      ],
      {},
      'a b c',
    ],
    ['a header', 'b a', 'a,"b"\n1,2\n', [['2', '1']], { header: true }, 'a b'],
    ['a header in another order', 'a b', 'b,a\n1,2\n', [['2', '1']], { header: true }, 'a b'],
    ['a byte order mark', 'a b', '\uFEFF1,2\n', [['1', '2']]],
    [
      'numbers under NUMERIC affinity',
      'a:ANY',
      '1\n1.0\n 2 \n1e3\n.5\nx1\n0x10\n9223372036854775808\n',
      [[1n], [1n], [2n], [1000n], [0.5], ['x1'], ['0x10'], [9223372036854775808]],
    ],
    [
      'types',
      'a:INTEGER b:BOOLEAN c:TIMESTAMP d:BLOB',
      '+7,true,2024-02-29T12:00:00.5Z,x\n',
      [[7n, 1n, '2024-02-29 12:00:00.500000', Uint8Array.of(120)]],
    ],
    [
      'integers beyond 2^53',
      'a:INTEGER',
      '1\n9223372036854775807\n-9223372036854775808\n\n',
      [[1n], [9223372036854775807n], [-9223372036854775808n], [null]],
    ],
  ],
  tsv: [
    ['plain', 'a b', '1\t2\n', [['1', '2']]],
    ['escapes', 'a b', 'x\\ty\\n\\\\\t\\x41\\101\\q\n', [['x\ty\n\\', 'AAq']]],
    [
      '\\N is NULL',
      'a b:INTEGER',
      '\\N\t\\N\n\\\\N\t1\n',
      [
        [null, null],
        ['\\N', 1n],
      ],
    ],
    ['CR LF', 'a b', '1\t2\r\n', [['1', '2']]],
    ['no final newline', 'a b', '1\t2', [['1', '2']]],
    ['an empty line is a record of one field', 'a', '\n', [['']]],
    ['some columns', 'c', '1\t2\\t\t3\n', [['3']], {}, 'a b c'],
    ['a header', 'b', 'a\tb\n1\t2\n', [['2']], { header: true }, 'a b'],
  ],
  jsonl: [
    [
      'plain',
      'a:INTEGER b',
      '{"a":1,"b":"x"}\n{"b":"y","a":2}\n',
      [
        [1n, 'x'],
        [2n, 'y'],
      ],
    ],
    [
      'a missing key',
      'a:INTEGER b',
      '{"b":"x"}\n{}\n',
      [
        [null, 'x'],
        [null, null],
      ],
    ],
    ['what is nested is its text', 'a b:JSON', '{"a":{"x": [1,2]},"b":["y"]}\n', [['{"x": [1,2]}', '["y"]']]],
    ['escapes', 'a', '{"a":"\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud83d\\ude00\\ud83d"}\n', [['"\\/\b\f\n\r\té😀\uFFFD']]],
    ['an escaped key', 'a', '{"\\u0061":"x"}\n', [['x']]],
    ['of equal keys the last', 'a b', '{"a":"x","a":"y","b":"z","b":null}\n', [['y', null]]],
    [
      'values of no type',
      'a:ANY',
      '{"a":1}\n{"a":1.5}\n{"a":"1"}\n{"a":true}\n{"a":null}\n{"a":[1]}\n{"a":9223372036854775808}\n',
      [[1n], [1.5], ['1'], [1n], [null], ['[1]'], [9223372036854775808]],
    ],
    [
      'big integers, as numbers and as texts',
      'a:INTEGER',
      '{"a":9007199254740993}\n{"a":"9007199254740993"}\n',
      [[9007199254740993n], [9007199254740993n]],
    ],
    [
      'keys that no column is for',
      'a _extra:JSON',
      '{"a":"x","b":1,"c":{"d":2}}\n{"a":"y"}\n',
      [
        ['x', '{"b":1,"c":{"d":2}}'],
        ['y', null],
      ],
    ],
    ['but not those of columns that are not wanted', '_extra:JSON', '{"a":"x","b":1}\n', [['{"b":1}']], {}, 'a _extra'],
    ['TEXT of other values', 'a', '{"a":1.50}\n{"a":false}\n', [['1.50'], ['false']]],
    ['blanks and blank lines', 'a', '\r\n { "a" : "x" } \r\n\n', [['x']]],
    [
      'BLOB and BOOLEAN and TIMESTAMP',
      'a:BLOB b:BOOLEAN c:TIMESTAMP',
      '{"a":"00ff","b":true,"c":"2024-01-01T00:00:00Z"}\n',
      [[Buffer.from([0, 255]), 1n, '2024-01-01 00:00:00']],
    ],
  ],
  regex: [
    [
      'groups',
      'k v:INTEGER',
      'a=1\nb=22\n',
      [
        ['a', 1n],
        ['b', 22n],
      ],
      { pattern: '^(?<k>\\w+)=(?<v>\\d+)$' },
    ],
    ['some groups', 'c', 'aa-b-ccc\n', [['ccc']], { pattern: '(?<a>\\w+)-(?<b>\\w+)-(?<c>\\w+)' }],
    ['a match in the middle', 'v', 'xx v=7; yy\n', [['7']], { pattern: 'v=(?<v>\\d+);' }],
    [
      'an optional group',
      'a b',
      'x\nxy\n',
      [
        ['x', null],
        ['x', 'y'],
      ],
      { pattern: '^(?<a>x)(?<b>y)?$' },
    ],
    [
      'alternatives',
      'a b',
      'x1\ny2\n',
      [
        ['1', null],
        [null, '2'],
      ],
      { pattern: 'x(?<a>\\d)|y(?<b>\\d)' },
    ],
    ['a group in a group', 'a b', 'k=12\n', [['k=12', '12']], { pattern: '(?<a>k=(?<b>\\d+))' }],
    ['a back reference', 'q v', '"x"\n', [['"', 'x']], { pattern: '(?<q>[\'"])(?<v>.*)\\1' }],
    [
      'unnamed groups and classes with brackets',
      'a b',
      '[x](y)|z\n',
      [['x', 'z']],
      { pattern: '\\[(?<a>[^\\]()]+)\\]\\(([^)]*)\\)[|](?<b>.)' },
    ],
    ['look around', 'a b', 'a1b2\n', [['1', '2']], { pattern: '(?<=a)(?<a>\\d)(?=b)b(?<b>\\d)' }],
    [
      'characters beyond ASCII',
      'a b',
      'né→x😀\nplain→y\n',
      [
        ['né', '😀'],
        ['plain', ''],
      ],
      { pattern: '^(?<a>\\w.*)→[xy](?<b>.?)$' },
    ],
    ['CR LF', 'a', 'x\r\n', [['x']], { pattern: '^(?<a>.*)$' }],
    ['an empty group of a number is NULL', 'a:INTEGER', 'x=\n', [[null]], { pattern: 'x=(?<a>\\d*)' }],
  ],
  nul: [
    ['nothing', 'line', '', []],
    ['records', 'line', 'a\0\0b\0', [['a'], [''], ['b']]],
    ['no final NUL', 'line', 'a\0b', [['a'], ['b']]],
    ['newlines are content', 'line', 'a\nb\0\n', [['a\nb'], ['\n']]],
    ['typed', 'n:INTEGER', '12\0-3\0', [[12n], [-3n]]],
    ['a text for NULL', 'line', 'a\0-\0', [['a'], [null]], { null: '-' }],
  ],
  raw: [
    ['all is one', 'content', 'a\nb\0c\n', [['a\nb\0c\n']]],
    ['bytes', 'content:BLOB', 'a\n', [[Uint8Array.of(97, 10)]]],
    ['a number', 'n:INTEGER', '12', [[12n]]],
    ['nothing', 'content', '', [['']]],
  ],
};
