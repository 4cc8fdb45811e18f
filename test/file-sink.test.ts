// Files that are written: whole or not at all, by time, compressed; and what happens when the disk is full.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import { connectors } from '../src/connect/catalog.ts';
import type { ConnectContext, SinkHandle } from '../src/connect/connector.ts';
import { timePattern } from '../src/connect/file/time-pattern.ts';
import { batchOf } from '../src/data/builder.ts';
import type { Value } from '../src/data/value.ts';
import type { Options } from '../src/plan/plan.ts';
import { temporaryFolder } from './support/cli.ts';
import { schemaOf } from './support/decode.ts';

const context: ConnectContext = {
  signal: new AbortController().signal,
  batchRows: 4096,
  busyTimeout: 0,
  countBytes: () => undefined,
  countSkipped: () => undefined,
  expectBytes: () => undefined,
};

/** Opens a sink over `schema`; columns behind `columns` are the time of the rows. */
async function openSink(options: Options, schema: string, columns: readonly string[]): Promise<SinkHandle> {
  const sink = connectors.get('file')!.sink!;
  const all = schemaOf(schema);
  const described = await sink.describe(options, all.slice(0, columns.length), columns);
  return sink.open({ options: described.options, schema: all, columns, label: 'it' }, context);
}

const write = (sink: SinkHandle, schema: string, rows: Value[][]) => sink.write(batchOf(schemaOf(schema), rows));
const filesIn = (folder: string): string[] =>
  (readdirSync(folder, { recursive: true }) as string[]).filter((name) => statSync(join(folder, name)).isFile()).sort();

describe('a pattern of time', () => {
  test.each([
    ['%Y-%m-%d', '1970-01-01', '2024-02-29', 86_400e6],
    ['%F/%H%M', '1970-01-01/0000', '2024-02-29/2359', 60e6],
    ['%Y%j.%S%%', '1970001.00%', '2024060.58%', 1e6],
    ['100%%', '100%', '100%', Infinity],
  ])('%s', (path, first, second, span) => {
    const pattern = timePattern(path)!;
    expect([pattern.path(0), pattern.path(Date.parse('2024-02-29T23:59:58Z') * 1000), pattern.span]).toEqual([
      first,
      second,
      span,
    ]);
  });
  test('none', () => expect(timePattern('out.csv')).toBeUndefined());
});

const TIMED = 'a n:INTEGER $time:TIMESTAMP';

test('rows go to the file of their event time, in their order; nothing shows before the commit', async () => {
  const folder = temporaryFolder();
  const sink = await openSink({ path: join(folder, '%Y/%m-%d.csv'), header: true }, TIMED, ['x', 'n']);
  await write(sink, TIMED, [
    ['a', 1n, '2024-01-31 23:59:59'],
    ['b', 2n, '2024-02-01 00:00:00'],
    ['c', 3n, '2024-01-31 00:00:00'],
    ['d', 4n, '1969-12-31 23:59:59.999999'],
  ]);
  expect(filesIn(folder).filter((name) => name.endsWith('.csv'))).toEqual([]);
  await write(sink, TIMED, [['e', 5n, '2024-02-01 12:00:00']]);
  await sink.commit(undefined, true);
  expect(sink.committed).toBe(5);
  await sink.close();
  expect(filesIn(folder)).toEqual(['1969/12-31.csv', '2024/01-31.csv', '2024/02-01.csv']);
  expect(readFileSync(join(folder, '2024/01-31.csv'), 'utf8')).toBe('x,n\na,1\nc,3\n');
  expect(readFileSync(join(folder, '2024/02-01.csv'), 'utf8')).toBe('x,n\nb,2\ne,5\n');
});

test('times that have one name: their rows are in the file in the order in which they came', async () => {
  const folder = temporaryFolder();
  const sink = await openSink({ path: join(folder, '%H.csv'), header: false }, TIMED, ['a', 'n']);
  await write(sink, TIMED, [
    ['a', 1n, '2024-01-02 07:00:00'],
    ['b', 2n, '2024-01-01 07:30:00'],
    ['c', 3n, '2024-01-02 08:00:00'],
    ['d', 4n, '2024-01-02 07:59:59'],
  ]);
  await sink.commit(undefined, true);
  await sink.close();
  expect(readFileSync(join(folder, '07.csv'), 'utf8')).toBe('a,1\nb,2\nd,4\n');
  expect(readFileSync(join(folder, '08.csv'), 'utf8')).toBe('c,3\n');
});

test('rows without event time go by the clock', async () => {
  const folder = temporaryFolder();
  const sink = await openSink({ path: join(folder, '%Y.csv'), header: false }, 'a', ['a']);
  await write(sink, 'a', [['x']]);
  await sink.commit(undefined, true);
  await sink.close();
  expect(filesIn(folder)).toEqual([`${new Date().getUTCFullYear()}.csv`]);
});

test('many files at once: no more descriptors than are allowed', async () => {
  const folder = temporaryFolder();
  const sink = await openSink({ path: join(folder, '%H-%M.csv'), header: false }, TIMED, ['a', 'n']);
  const at = (i: number): string => new Date(i * 60_000).toISOString().slice(0, 19).replace('T', ' ');
  for (let round = 0; round < 2; round++) {
    await write(
      sink,
      TIMED,
      Array.from({ length: 300 }, (_, i) => [`${round}`, BigInt(i), at(i)]),
    );
    const mine = readdirSync('/proc/self/fd').length;
    expect(mine).toBeLessThan(200);
  }
  await sink.commit(undefined, true);
  await sink.close();
  expect(filesIn(folder)).toHaveLength(300);
  expect(readFileSync(join(folder, '04-59.csv'), 'utf8')).toBe('0,299\n1,299\n');
});

describe('commits while rows go on', () => {
  test('what is appended shows with each, after what was there', async () => {
    const path = join(temporaryFolder(), 'out.csv');
    writeFileSync(path, 'a\n0\n');
    const sink = await openSink({ path, header: true }, 'a', ['a']);
    await write(sink, 'a', [['1']]);
    expect(readFileSync(path, 'utf8')).toBe('a\n0\n');
    await sink.commit(undefined, false);
    expect(readFileSync(path, 'utf8')).toBe('a\n0\n1\n');
    await write(sink, 'a', [['2']]);
    await sink.abort();
    await sink.close();
    expect(readFileSync(path, 'utf8')).toBe('a\n0\n1\n');
    expect(readdirSync(join(path, '..'))).toEqual(['out.csv']);
  });

  test('what replaces a file does so at the end', async () => {
    const path = join(temporaryFolder(), 'out.csv');
    writeFileSync(path, 'old\n');
    const sink = await openSink({ path, header: false, append: false }, 'a', ['a']);
    await write(sink, 'a', [['1']]);
    await sink.commit(undefined, false);
    expect(readFileSync(path, 'utf8')).toBe('old\n');
    await sink.commit(undefined, true);
    await sink.close();
    expect(readFileSync(path, 'utf8')).toBe('1\n');
  });

  test('files by time that replace others show when a later one has begun; late rows are added', async () => {
    const folder = temporaryFolder();
    const at = (name: string): string => join(folder, name);
    writeFileSync(at('2024-01.csv'), 'old\n');
    const sink = await openSink({ path: at('%Y-%m.csv'), header: false, append: false }, TIMED, ['a', 'n']);
    await write(sink, TIMED, [['x', 1n, '2024-01-01 00:00:00']]);
    await sink.commit(undefined, false);
    expect(readFileSync(at('2024-01.csv'), 'utf8')).toBe('old\n');
    await write(sink, TIMED, [['y', 2n, '2024-02-01 00:00:00']]);
    await sink.commit(undefined, false);
    expect([readFileSync(at('2024-01.csv'), 'utf8'), existsSync(at('2024-02.csv'))]).toEqual(['x,1\n', false]);
    await write(sink, TIMED, [['late', 3n, '2024-01-31 00:00:00']]);
    await sink.commit(undefined, true);
    await sink.close();
    expect(readFileSync(at('2024-01.csv'), 'utf8')).toBe('x,1\nlate,3\n');
    expect(filesIn(folder)).toEqual(['2024-01.csv', '2024-02.csv']);
  });
});

test('a compressed file is added to as another member', async () => {
  const path = join(temporaryFolder(), 'out.jsonl.gz');
  writeFileSync(path, gzipSync('{"a":"0"}\n'));
  const sink = await openSink({ path }, 'a', ['a']);
  await write(sink, 'a', [['1'], ['2']]);
  await sink.commit(undefined, true);
  await sink.close();
  expect(gunzipSync(readFileSync(path)).toString()).toBe('{"a":"0"}\n{"a":"1"}\n{"a":"2"}\n');
});

describe('no space is left', () => {
  const mounted: string[] = [];
  afterEach(() => mounted.splice(0).forEach((folder) => execFileSync('umount', [folder])));

  /** A file system of 64 KiB; undefined where this user may not mount one. */
  function small(): string | undefined {
    const folder = join(temporaryFolder(), 'small');
    mkdirSync(folder);
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'none', folder], { stdio: 'ignore' });
    } catch {
      return undefined;
    }
    mounted.push(folder);
    return folder;
  }

  test.each([true, false])('the fault says so, and no part of a file is left (append: %s)', async (append) => {
    const folder = small();
    if (folder === undefined) return;
    writeFileSync(join(folder, 'out.csv'), 'old\n');
    const sink = await openSink({ path: join(folder, 'out.csv'), header: false, append }, 'a', ['a']);
    const rows = Array.from({ length: 100 }, (): Value[] => ['x'.repeat(1000)]);
    await expect(write(sink, 'a', rows)).rejects.toThrow(/cannot write .*out\.csv: no space is left on the device/);
    await sink.abort();
    await sink.close();
    expect(readdirSync(folder)).toEqual(['out.csv']);
    expect(readFileSync(join(folder, 'out.csv'), 'utf8')).toBe('old\n');
  });

  test('while it is appended: the target is as it was', async () => {
    const folder = small();
    if (folder === undefined) return;
    const path = join(folder, 'out.csv');
    writeFileSync(path, 'old\n');
    const sink = await openSink({ path, header: false }, 'a', ['a']);
    const rows = Array.from({ length: 40 }, (): Value[] => ['x'.repeat(1000)]);
    await write(sink, 'a', rows);
    await expect(sink.commit(undefined, true)).rejects.toThrow(/no space is left/);
    await sink.abort();
    await sink.close();
    expect([readFileSync(path, 'utf8'), readdirSync(folder)]).toEqual(['old\n', ['out.csv']]);
  });

  test('on a device', async () => {
    const sink = await openSink({ path: '/dev/full', format: 'csv', header: false }, 'a', ['a']);
    await expect(write(sink, 'a', [['x']])).rejects.toThrow(/cannot write \/dev\/full: no space is left/);
    await sink.close();
  });
});
