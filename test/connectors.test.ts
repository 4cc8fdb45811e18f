import { appendFileSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { RunError } from '../src/base/errors.ts';
import { batchOf } from '../src/data/builder.ts';
import type { Field, Schema } from '../src/data/types.ts';
import type { Value } from '../src/data/value.ts';
import { connectors } from '../src/connect/catalog.ts';
import { OptionError, type ConnectContext, type Offset } from '../src/connect/connector.ts';
import type { Options } from '../src/plan/plan.ts';
import { temporaryFolder } from './support/cli.ts';
import { schemaOf, valuesOf } from './support/decode.ts';

const contextOf = (more: Partial<ConnectContext> = {}): ConnectContext => ({
  signal: new AbortController().signal,
  batchRows: 3,
  busyTimeout: 0,
  countBytes: () => undefined,
  countSkipped: () => undefined,
  expectBytes: () => undefined,
  ...more,
});

interface Read {
  readonly rows: Value[][];
  /** Where each batch ends, and how many rows come up to there. */
  readonly places: { readonly next: Offset; readonly rows: number }[];
  readonly schema: Schema;
}

/** Reads a source to its end; `want` keeps some of its columns. */
async function read(
  name: string,
  options: Options,
  {
    declared,
    want,
    at,
    context = contextOf(),
    limit,
  }: {
    declared?: readonly Field[];
    want?: readonly string[];
    at?: Offset;
    context?: ConnectContext;
    limit?: number;
  } = {},
): Promise<Read> {
  const source = connectors.get(name)!.source!;
  const described = await source.describe(options, declared);
  const schema = want === undefined ? described.schema : want.map((w) => described.schema.find((f) => f.name === w)!);
  const request = {
    options: described.options,
    schema,
    pushed: [],
    label: 'it',
    ...(limit !== undefined && { limit }),
  };
  const rows: Value[][] = [];
  const places: Read['places'] = [];
  for await (const { batch, next } of source.open(request, at, context)) {
    rows.push(...valuesOf([batch]));
    places.push({ next, rows: rows.length });
  }
  return { rows, places, schema };
}

/** Writes files into a new folder. @returns its path. */
function folderWith(files: Readonly<Record<string, string | Uint8Array>>): string {
  const folder = temporaryFolder();
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  return folder;
}

const said = (error: unknown): string => {
  if (error instanceof OptionError)
    return [`option ${error.option ?? '-'}: ${error.message}`, ...error.help].join(' | ');
  if (!(error instanceof RunError)) throw error;
  const { code, message, help = [] } = error.diagnostic;
  return [`${code}: ${message}`, ...help].join(' | ');
};
const faultOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'no fault',
    (error: unknown) => said(error),
  );

describe('file: columns', () => {
  const content = 'id,name,n\n1,x,1.5\n2,"y,z",\n';
  test.each<
    [
      why: string,
      file: string,
      content: string,
      options: Options,
      declared: string | undefined,
      schema: string,
      rows: Value[][],
    ]
  >([
    [
      'of a header',
      'a.csv',
      content,
      {},
      undefined,
      'id:ANY name:ANY n:ANY',
      [
        [1n, 'x', 1.5],
        [2n, 'y,z', ''],
      ],
    ],
    ['of positions', 'a.csv', '1,x\n', { header: false }, undefined, 'column1:ANY column2:ANY', [[1n, 'x']]],
    ['of a list', 'a.csv', '1,x\n', { columns: ['a', 'b'] }, undefined, 'a:ANY b:ANY', [[1n, 'x']]],
    [
      'declared, the header repeats them',
      'a.csv',
      content,
      {},
      'id:INTEGER name n:REAL',
      'id:INTEGER name n:REAL',
      [
        [1n, 'x', 1.5],
        [2n, 'y,z', null],
      ],
    ],
    [
      'declared, some of the header',
      'a.csv',
      content,
      { header: true },
      'n:REAL id',
      'n:REAL id',
      [
        [1.5, '1'],
        [null, '2'],
      ],
    ],
    [
      'declared, the header says something else',
      'a.csv',
      content,
      { header: true },
      'a b c',
      'a b c',
      [
        ['1', 'x', '1.5'],
        ['2', 'y,z', ''],
      ],
    ],
    ['declared, no header', 'a.csv', '1,x\n', {}, 'a:INTEGER b', 'a:INTEGER b', [[1n, 'x']]],
    [
      'equal and empty names',
      'a.csv',
      'a,a,,A\n1,2,3,4\n',
      {},
      undefined,
      'a:ANY a_2:ANY column3:ANY A_3:ANY',
      [[1n, 2n, 3n, 4n]],
    ],
    ['a byte order mark', 'a.csv', '\uFEFFa,b\n1,2\n', {}, undefined, 'a:ANY b:ANY', [[1n, 2n]]],
    ['a header only', 'a.csv', 'a,b', {}, undefined, 'a:ANY b:ANY', []],
    ['an empty file', 'a.csv', '', { header: true }, 'a b', 'a b', []],
    ['of tsv', 'a.tsv', 'a\tb\n1\t\\N\n', {}, undefined, 'a:ANY b:ANY', [[1n, null]]],
    [
      'of keys',
      'a.jsonl',
      '{"a":1}\n{"b":"x","a":2}\n',
      {},
      undefined,
      'a:ANY b:ANY',
      [
        [1n, null],
        [2n, 'x'],
      ],
    ],
    ['of lines', 'a.log', 'x\ny', {}, undefined, 'line', [['x'], ['y']]],
    ['of groups', 'a.log', 'x=1\n', { format: 'regex', pattern: '(?<k>.)=(?<v>.)' }, undefined, 'k v', [['x', '1']]],
    [
      'some groups, typed',
      'a.log',
      'x=1\n',
      { format: 'regex', pattern: '(?<k>.)=(?<v>.)' },
      'v:INTEGER',
      'v:INTEGER',
      [[1n]],
    ],
    [
      'of place',
      'a.csv',
      '1\n2\n',
      { metadata: { l: 'line_number', o: 'offset' } },
      'l:INTEGER a o:INTEGER',
      'l:INTEGER a o:INTEGER',
      [
        [1n, '1', 0n],
        [2n, '2', 2n],
      ],
    ],
  ])('%s', async (_why, file, text, options, declared, schema, rows) => {
    const path = join(folderWith({ [file]: text }), file);
    const found = await read(
      'file',
      { path, ...options },
      declared === undefined ? {} : { declared: schemaOf(declared) },
    );
    expect(found.schema.map(({ name, type }) => ({ name, type }))).toEqual(schemaOf(schema));
    expect(found.rows).toEqual(rows);
  });

  test('only those that are wanted are made', async () => {
    const path = join(folderWith({ 'a.csv': 'a,b,c\n1,x,3\n' }), 'a.csv');
    expect((await read('file', { path }, { want: ['c', 'a'] })).rows).toEqual([[3n, 1n]]);
  });

  test('several files, each with a header of its own order', async () => {
    const folder = folderWith({ 'a2.csv': 'a,b\n1,2\n', 'a1.csv': 'b,a\n4,3\n', 'a3.csv': '', 'b.csv': 'a,b\n5,6\n' });
    const declared = schemaOf('a b f');
    const options = { metadata: { f: 'file' }, header: true };
    const glob = await read('file', { path: `${folder}/a*.csv`, ...options }, { declared });
    expect(glob.rows).toEqual([
      ['3', '4', join(folder, 'a1.csv')],
      ['1', '2', join(folder, 'a2.csv')],
    ]);
    const list = await read(
      'file',
      { path: [`${folder}/b.csv`, `${folder}/a2.csv`], ...options },
      { declared, want: ['a'] },
    );
    expect(list.rows).toEqual([['5'], ['1']]);
  });

  test('a limit and an aborted signal end it early', async () => {
    const path = join(folderWith({ 'a.txt': 'x\n'.repeat(100) }), 'a.txt');
    expect((await read('file', { path }, { limit: 4 })).rows).toHaveLength(6);
    const stop = new AbortController();
    const context = contextOf({ signal: stop.signal, countBytes: () => stop.abort() });
    expect((await read('file', { path }, { context })).rows.length).toBeLessThan(100);
  });
});

describe('file: faults', () => {
  test.each<[why: string, content: string, options: Options, declared: string | undefined, message: string]>([
    [
      'no such file',
      '',
      { path: 'acces.csv' },
      undefined,
      'E0701: cannot read F/acces.csv: there is no such file | did you mean access.csv? | looked in F',
    ],
    ['no file matches', '', { path: 'x*.csv' }, undefined, 'E0701: no file matches F/x*.csv'],
    [
      'a directory',
      '',
      { path: 'sub' },
      undefined,
      "E0701: cannot read F/sub: it is a directory | name the files in it, such as 'F/sub/*'",
    ],
    [
      'no format',
      '',
      { path: 'access.dat' },
      undefined,
      "option path: the name F/access.dat does not tell the format | say format = 'lines', or another of: lines, csv, tsv, jsonl, regex",
    ],
    [
      'an unknown option',
      '',
      { path: 'access.csv', headr: true },
      undefined,
      'option headr: connector file has no option headr | did you mean header?',
    ],
    [
      'an unknown format',
      '',
      { path: 'access.csv', format: 'cvs' },
      undefined,
      "option format: option format is 'cvs'",
    ],
    [
      'a long delimiter',
      '',
      { path: 'access.csv', delim: '||' },
      undefined,
      "option delim: option delim is '||' | it must be a single ASCII character",
    ],
    [
      'a delimiter of jsonl',
      '',
      { path: 'access.csv', delim: ';', format: 'jsonl' },
      undefined,
      'option delim: option delim is for format csv, not jsonl',
    ],
    [
      'an option of the wrong type',
      '',
      { path: 'access.csv', header: 'maybe' },
      undefined,
      'option header: option header takes true or false',
    ],
    ['no path', '', {}, undefined, 'option path: connector file needs the option path'],
    [
      'no pattern',
      '',
      { path: 'access.csv', format: 'regex' },
      undefined,
      'option pattern: format regex needs the option pattern',
    ],
    [
      'a pattern of Python',
      '',
      { path: 'access.csv', format: 'regex', pattern: '(?P<a>.)' },
      undefined,
      'named groups are written (?<name>..)',
    ],
    [
      'a pattern without groups',
      '',
      { path: 'access.csv', format: 'regex', pattern: '.' },
      undefined,
      'option pattern: the pattern has no named groups',
    ],
    [
      'no such group',
      '',
      { path: 'access.csv', format: 'regex', pattern: '(?<stat>.)' },
      'state',
      'option pattern: the pattern has no group state | did you mean stat? | it has: stat',
    ],
    [
      'no such column in the header',
      'id,name\n',
      { path: 'access.csv', header: true },
      'id nam',
      'option -: the header of F/access.csv has no column nam | did you mean name? | it has: id, name',
    ],
    [
      'two columns of lines',
      '',
      { path: 'access.csv', format: 'lines' },
      'a b',
      'option -: format lines gives one column, not 2',
    ],
    [
      'empty and nothing declared',
      '',
      { path: 'access.csv' },
      undefined,
      'E0701: F/access.csv is empty, so its columns must be declared',
    ],
    [
      'no such place',
      '',
      { path: 'access.csv', metadata: { f: 'files' } },
      'f',
      'option -: column f: there is no metadata files | did you mean file?',
    ],
    [
      'a value',
      'x,1\ny,abc\n',
      { path: 'access.csv' },
      'a b:INTEGER',
      "E0702: F/access.csv line 2: column b: 'abc' is not an INTEGER",
    ],
    [
      'a header that was not announced',
      'k,v\nx,1\n',
      { path: 'access.csv' },
      'a b:INTEGER',
      'if the first line names the columns, say header = true',
    ],
    [
      'too few fields',
      'x,1\ny\n',
      { path: 'access.csv' },
      'a b',
      'E0702: F/access.csv line 2: expected 2 fields, found 1',
    ],
  ])('%s', async (_why, content, options, declared, message) => {
    const folder = folderWith({ 'access.csv': content, 'access.dat': content });
    mkdirSync(join(folder, 'sub'));
    const placed =
      options['path'] === undefined ? options : { ...options, path: join(folder, options['path'] as string) };
    const fault = await faultOf(read('file', placed, declared === undefined ? {} : { declared: schemaOf(declared) }));
    expect(fault.replaceAll(folder, 'F')).toContain(message);
  });

  const rows = Array.from({ length: 20_000 }, (_, i) => (i === 12_343 ? 'k,abc' : `k,${i}`));
  const big = `name,bytes\n${rows.join('\n')}\n`;
  const declared = schemaOf('name bytes:INTEGER');

  test('row 12,345 of a file is named', async () => {
    const path = join(folderWith({ 'access.csv': big }), 'access.csv');
    const fault = await faultOf(read('file', { path }, { declared, context: contextOf({ batchRows: 4096 }) }));
    expect(fault).toContain(`access.csv line 12345: column bytes: 'abc' is not an INTEGER`);
  });

  test.each<[string, number, Value]>([
    ['skip', 19_999, 12344n],
    ['null', 20_000, null],
  ])('on_error = %s', async (onError, count, value) => {
    const path = join(folderWith({ 'access.csv': big }), 'access.csv');
    const skipped: string[] = [];
    const context = contextOf({ batchRows: 4096, countSkipped: (message) => void skipped.push(message) });
    const found = await read('file', { path, on_error: onError }, { declared, context, want: ['bytes'] });
    expect(found.rows).toHaveLength(count);
    expect(found.rows[12_343]).toEqual([value]);
    expect(skipped).toEqual([`${path} line 12345: column bytes: 'abc' is not an INTEGER`]);
  });

  test('a record that is too long', async () => {
    const path = join(folderWith({ 'a.log': `x\n${'y'.repeat(100)}\n` }), 'a.log');
    const fault = await faultOf(read('file', { path }, { context: contextOf({ maxRecord: 50 }) }));
    expect(fault).toContain(`E0703: ${path} line 2: the record is longer than 50 bytes`);
  });
});

describe('file: going on where it was left', () => {
  const lines = Array.from({ length: 40 }, (_, i) =>
    i % 7 === 3 ? `${i},"two\nlines ""${i}"""` : `${i},${'x'.repeat(i * 3)}`,
  );
  const content = `n,text\n${lines.join('\n')}`;

  test.each(['csv', 'lines'])('from every offset comes exactly the rest: %s', async (format) => {
    const folder = folderWith({ 'a1.csv': content, 'a2.csv': 'n,text\n100,last\n', 'a3.csv': '' });
    const options = { path: `${folder}/a*.csv`, format, metadata: { line: 'line_number', at: 'offset' } };
    const declared = schemaOf(
      format === 'csv' ? 'n:INTEGER text line:INTEGER at:INTEGER' : 'text line:INTEGER at:INTEGER',
    );
    const all = await read('file', options, { declared });
    expect(all.rows.length).toBeGreaterThan(40);
    for (const { next, rows } of all.places) {
      const rest = await read('file', options, { declared, at: JSON.parse(JSON.stringify(next)) as Offset });
      expect(rest.rows).toEqual(all.rows.slice(rows));
      expect(rest.places.at(-1)?.next ?? next).toEqual(all.places.at(-1)!.next);
    }
  });

  test('what was appended since comes too', async () => {
    const path = join(folderWith({ 'a.log': 'x\ny\n' }), 'a.log');
    const { places } = await read('file', { path });
    appendFileSync(path, 'z\n');
    expect((await read('file', { path }, { at: places.at(-1)!.next })).rows).toEqual([['z']]);
  });

  test.each<[string, string, string]>([
    ['shorter', 'x\n', 'it had 6 bytes when it was read, now it has 2'],
    ['another', 'x\nY\nz\nmore\n', 'its first bytes are others'],
  ])('not in a file that is %s', async (_why, now, why) => {
    const path = join(folderWith({ 'a.log': 'x\ny\nz\n' }), 'a.log');
    const { places } = await read('file', { path });
    writeFileSync(path, now);
    expect(await faultOf(read('file', { path }, { at: places.at(-1)!.next }))).toContain(
      `E0604: cannot go on reading ${path}: ${why}`,
    );
  });

  test('not when the file is not among those of the query', async () => {
    const folder = folderWith({ 'a.log': 'x\n', 'b.log': 'x\n' });
    const { places } = await read('file', { path: join(folder, 'a.log') });
    const fault = await faultOf(read('file', { path: join(folder, 'b.log') }, { at: places[0]!.next }));
    expect(fault).toContain('E0604');
  });
});

describe('file: sink', () => {
  const rows: Value[][] = [
    ['x', 1n],
    ['y,z', null],
  ];
  const schema = schemaOf('a b:INTEGER');

  async function write(
    options: Options,
    { final = true, columns, given = rows }: { final?: boolean; columns?: string[]; given?: Value[][] } = {},
  ) {
    const sink = connectors.get('file')!.sink!;
    const described = await sink.describe(options, schema, columns);
    const handle = await sink.open({ ...described, schema, label: 'it' }, contextOf());
    try {
      for (const row of given) await handle.write(batchOf(schema, [row]));
      if (final) await handle.commit(undefined, true);
      else await handle.abort();
    } finally {
      await handle.close();
    }
    return handle.committed;
  }

  test.each<[string, Options, string]>([
    ['out.csv', {}, 'a,b\nx,1\n"y,z",\n'],
    ['out.csv', { header: false, delim: ';' }, 'x;1\ny,z;\n'],
    ['out.tsv', {}, 'a\tb\nx\t1\ny,z\t\\N\n'],
    ['out.jsonl', {}, '{"a":"x","b":1}\n{"a":"y,z","b":null}\n'],
    ['out', { format: 'csv', header: false, null: 'NA' }, 'x,1\n"y,z",NA\n'],
  ])('%s %j', async (name, options, text) => {
    const folder = temporaryFolder();
    expect(await write({ path: join(folder, name), ...options })).toBe(2);
    expect(readFileSync(join(folder, name), 'utf8')).toBe(text);
    expect(readdirSync(folder)).toEqual([name]);
  });

  test('nothing shows before the end, and nothing is left of a run that failed', async () => {
    const folder = folderWith({ 'out.csv': 'as it was\n' });
    const path = join(folder, 'out.csv');
    await write({ path }, { final: false });
    expect(readFileSync(path, 'utf8')).toBe('as it was\n');
    expect(readdirSync(folder)).toEqual(['out.csv']);
  });

  test('what is replaced keeps its mode, and a link stays a link', async () => {
    const folder = folderWith({ 'real.csv': '' });
    symlinkSync(join(folder, 'real.csv'), join(folder, 'link.csv'));
    await write({ path: join(folder, 'link.csv') });
    expect(readFileSync(join(folder, 'real.csv'), 'utf8')).toContain('x,1');
    expect(statSync(join(folder, 'real.csv')).mode & 0o777).toBe(0o644);
    expect(readdirSync(folder).sort()).toEqual(['link.csv', 'real.csv']);
  });

  test('appending writes the header once', async () => {
    const path = join(temporaryFolder(), 'out.csv');
    await write({ path, append: true }, { columns: ['k', 'v'] });
    await write({ path, append: true }, { given: [['z', 3n]] });
    expect(readFileSync(path, 'utf8')).toBe('k,v\nx,1\n"y,z",\nz,3\n');
  });

  test.each<[string, Options, string]>([
    ['no directory', { path: 'no/out.csv' }, 'E0701: cannot write F/no/out.csv: there is no directory F/no'],
    ['a directory', { path: 'sub', format: 'csv' }, 'E0701: cannot write F/sub: it is a directory'],
    [
      'lines of two columns',
      { path: 'out.txt' },
      'option format: format lines takes exactly one column, not 2 | the rows have: a, b',
    ],
    [
      'a format that is only read',
      { path: 'out.x', format: 'regex', pattern: '(?<a>.)' },
      'option format: format regex can only be read',
    ],
  ])('%s', async (_why, options, message) => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'sub'));
    const fault = await faultOf(write({ ...options, path: join(folder, options['path'] as string) }));
    expect(fault.replaceAll(folder, 'F')).toContain(message);
  });

  test('a device that is full', async () => {
    expect(await faultOf(write({ path: '/dev/full', format: 'csv' }))).toContain(
      'cannot write /dev/full: no space is left on the device',
    );
  });

  test('a value that the format cannot hold', async () => {
    const sink = connectors.get('file')!.sink!;
    const one = schemaOf('a');
    const described = await sink.describe({ path: join(temporaryFolder(), 'x.txt') }, one, undefined);
    const handle = await sink.open({ ...described, schema: one, label: 'it' }, contextOf());
    await handle.write(batchOf(one, [['x'], ['y']]));
    const fault = await faultOf(Promise.resolve().then(() => handle.write(batchOf(one, [['a\nb']]))));
    await handle.close();
    expect(fault).toContain('x.txt row 3, column a: a text with a newline cannot be written in format lines');
  });
});

describe('generator', () => {
  const declared = schemaOf('n:INTEGER w ip s r:REAL b:BOOLEAN t:TIMESTAMP k x:INTEGER');
  const options: Options = {
    rows: 50,
    seed: 7,
    step: 60_000,
    start: '2024-05-01 10:00',
    'fields.ip.kind': 'ip',
    'fields.s.kind': 'sentence',
    'fields.k.values': ['a', 'b'],
    'fields.x.min': 5,
    'fields.x.max': 6,
  };

  test('the same seed gives the same rows, from any of them on', async () => {
    const all = await read('generator', options, { declared });
    expect(all.rows).toHaveLength(50);
    expect((await read('generator', options, { declared, context: contextOf({ batchRows: 50 }) })).rows).toEqual(
      all.rows,
    );
    expect((await read('generator', { ...options, seed: 8 }, { declared })).rows).not.toEqual(all.rows);
    for (const { next, rows } of all.places) {
      expect((await read('generator', options, { declared, at: next })).rows).toEqual(all.rows.slice(rows));
    }
    const columns = declared.map((_, c) => all.rows.map((row) => row[c]!));
    expect(columns[0]).toEqual(Array.from({ length: 50 }, (_, i) => BigInt(i + 1)));
    expect(columns[2]!.every((ip) => /^\d+(\.\d+){3}$/.test(String(ip)))).toBe(true);
    expect(columns[3]!.every((s) => String(s).split(' ').length >= 3)).toBe(true);
    expect(columns[4]!.every((r) => Number(r) >= 0 && Number(r) < 1)).toBe(true);
    expect(columns[6]!.slice(0, 2)).toEqual(['2024-05-01 10:00:00', '2024-05-01 10:01:00']);
    expect([...new Set(columns[7])].sort()).toEqual(['a', 'b']);
    expect([...new Set(columns[8])].sort()).toEqual([5n, 6n]);
  });

  test.each<[Options, string]>([
    [{ rowz: 1 }, 'option rowz: connector generator has no option rowz | did you mean rows?'],
    [{ rows: -1 }, 'option rows: option rows is -1'],
    [{ start: 'noon' }, "option start: option start is 'noon'"],
    [{ 'fields.nn.max': 1 }, 'option fields.nn.max: there is no column nn | did you mean n?'],
    [{ 'fields.x.min': 5, 'fields.x.max': 1 }, 'option fields.x.max: column x: max 1 is less than min 5'],
  ])('%j', async (given, message) => {
    expect(await faultOf(read('generator', { rows: 1, ...given }, { declared }))).toContain(message);
  });

  test('a stop does not wait for the next row of a slow one', async () => {
    const stop = new AbortController();
    const reading = read('generator', { rate: 0.001 }, { context: contextOf({ signal: stop.signal }) });
    stop.abort();
    expect((await reading).rows).toEqual([]);
  });
});

test('null takes everything', async () => {
  const sink = connectors.get('null')!.sink!;
  const schema = schemaOf('a');
  const described = await sink.describe({}, schema, undefined);
  const handle = await sink.open({ ...described, schema, label: 'null' }, contextOf());
  await handle.write(batchOf(schema, [['x'], ['y']]));
  expect(handle.committed).toBe(0);
  await handle.commit(undefined, true);
  expect(handle.committed).toBe(2);
});
