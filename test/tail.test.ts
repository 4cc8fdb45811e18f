// Files that grow, rotate and shrink while they are followed.
import { appendFileSync, copyFileSync, mkdirSync, renameSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { RunError } from '../src/base/errors.ts';
import type { FilePlace } from '../src/connect/connector.ts';
import { connectors } from '../src/connect/catalog.ts';
import { OptionError } from '../src/connect/connector.ts';
import type { Options } from '../src/plan/plan.ts';
import { temporaryFolder } from './support/cli.ts';
import { schemaOf } from './support/decode.ts';
import { follow } from './support/following.ts';

const column = (rows: readonly (readonly unknown[])[]): unknown[] => rows.map(([first]) => first);
const count = (n: number, from = 0): string[] => Array.from({ length: n }, (_, i) => `row ${from + i}`);
const lines = (rows: readonly string[]): string => rows.map((row) => `${row}\n`).join('');

describe('what is appended', () => {
  test('comes at once, the last line when it is whole', async () => {
    const path = join(temporaryFolder(), 'a.log');
    writeFileSync(path, 'old\n');
    const it = await follow('tail', { path });
    await it.until(1);
    appendFileSync(path, 'one\ntw');
    await it.until(2);
    await sleep(150);
    expect(column(it.rows)).toEqual(['old', 'one']);
    appendFileSync(path, 'o\n');
    await it.until(3);
    await it.stop();
    expect(column(it.rows)).toEqual(['old', 'one', 'two']);
  });

  test('from the end: a line that is half there comes as a whole', async () => {
    const path = join(temporaryFolder(), 'a.log');
    writeFileSync(path, `${'x'.repeat(100_000)}\nold\nha`);
    const it = await follow('tail', { path, start: 'latest', metadata: { n: 'line_number', at: 'offset' } });
    await sleep(100);
    appendFileSync(path, 'lf\nnew\n');
    await it.until(2);
    await it.stop();
    expect(it.rows).toEqual([
      ['half', 3n, 100_005n],
      ['new', 4n, 100_010n],
    ]);
  });

  test('while it is written as fast as can be, nothing is lost or torn', async () => {
    const path = join(temporaryFolder(), 'a.log');
    const it = await follow('tail', { path, format: 'csv' }, { declared: schemaOf('n:INTEGER text') });
    for (let i = 0; i < 20_000; i += 100) {
      appendFileSync(path, Array.from({ length: 100 }, (_, k) => `${i + k},"text ""${i + k}""\n"\n`).join(''));
      if (i % 2000 === 0) await sleep(1);
    }
    await it.until(20_000);
    await it.stop();
    expect(it.rows.every(([n, text], i) => n === BigInt(i) && text === `text "${i}"\n`)).toBe(true);
  });

  test('nothing happens: it looks only now and then', async () => {
    const path = join(temporaryFolder(), 'a.log');
    writeFileSync(path, 'x\n');
    const it = await follow('tail', { path, poll: 50 });
    await it.until(1);
    const { items } = it;
    const begun = performance.now();
    while (it.items < items + 3) await sleep(50);
    const most = (performance.now() - begun) / 50 + 1;
    await it.stop();
    expect(it.items - items).toBeLessThanOrEqual(most);
  });

  test('a limit ends it', async () => {
    const path = join(temporaryFolder(), 'a.log');
    writeFileSync(path, lines(count(5)));
    const it = await follow('tail', { path }, { limit: 3, batchRows: 3 });
    expect(await it.failed).toBeUndefined();
    expect(it.rows).toHaveLength(3);
  });
});

describe('rotation', () => {
  test('by rename: what is still written to the old file comes first', async () => {
    const path = join(temporaryFolder(), 'a.log');
    writeFileSync(path, 'one\n');
    const it = await follow('tail', { path, metadata: { file: 'path', n: 'line_number' } });
    await it.until(1);
    renameSync(path, `${path}.1`);
    appendFileSync(`${path}.1`, 'two\n');
    await it.until(2);
    writeFileSync(path, 'four\n');
    await sleep(100);
    appendFileSync(`${path}.1`, 'three, without end');
    await it.until(4);
    appendFileSync(path, 'five\n');
    await it.until(5);
    await it.stop();
    expect(it.rows).toEqual([
      ['one', path, 1n],
      ['two', path, 2n],
      ['three, without end', path, 3n],
      ['four', path, 1n],
      ['five', path, 2n],
    ]);
    expect(it.log).toEqual([expect.stringContaining('a.log: the file was replaced')]);
  });

  test('by copying and truncating, again and again', async () => {
    const path = join(temporaryFolder(), 'a.log');
    const it = await follow('tail', { path });
    let n = 0;
    for (let turn = 0; turn < 4; turn++) {
      appendFileSync(path, lines(count(10, n)));
      await it.until((n += 10));
      copyFileSync(path, `${path}.1`);
      truncateSync(path);
      if (turn % 2 === 0) await sleep(120);
    }
    appendFileSync(path, 'end\n');
    await it.until(41);
    await it.stop();
    expect(column(it.rows)).toEqual([...count(40), 'end']);
  });

  test('truncated and longer again before anyone looked', async () => {
    const path = join(temporaryFolder(), 'a.log');
    writeFileSync(path, 'short\n');
    const it = await follow('tail', { path });
    await it.until(1);
    await sleep(150);
    writeFileSync(path, 'this is longer\nthan before\n');
    await it.until(3);
    await it.stop();
    expect(column(it.rows)).toEqual(['short', 'this is longer', 'than before']);
  });

  test('removed and made again', async () => {
    const path = join(temporaryFolder(), 'a.log');
    writeFileSync(path, 'one\n');
    const it = await follow('tail', { path });
    await it.until(1);
    unlinkSync(path);
    await sleep(100);
    writeFileSync(path, 'two\n');
    await it.until(2);
    await it.stop();
    expect(column(it.rows)).toEqual(['one', 'two']);
  });

  test('with a header in each file, in another order', async () => {
    const path = join(temporaryFolder(), 'a.csv');
    writeFileSync(path, 'a,b\n1,2\n');
    const it = await follow('tail', { path, header: true }, { declared: schemaOf('b a') });
    await it.until(1);
    renameSync(path, `${path}.1`);
    writeFileSync(path, 'b,a\n3,4\n');
    await it.until(2);
    await it.stop();
    expect(it.rows).toEqual([
      ['2', '1'],
      ['3', '4'],
    ]);
  });
});

describe('several files', () => {
  test('that are there, that come, and that are renamed within the pattern', async () => {
    const folder = temporaryFolder();
    const at = (name: string): string => join(folder, name);
    writeFileSync(at('a.log'), 'a1\n');
    const it = await follow('tail', { path: [`${folder}/*.log`, at('late.txt')], format: 'lines' });
    await it.until(1);
    writeFileSync(at('b.log'), 'b1\n');
    writeFileSync(at('no.csv'), 'no\n');
    await it.until(2);
    renameSync(at('a.log'), at('a-1.log'));
    writeFileSync(at('a.log'), 'a2\n');
    await it.until(3);
    writeFileSync(at('late.txt'), 'late\n');
    await it.until(4);
    await sleep(1200);
    appendFileSync(at('a-1.log'), 'a1, later\n');
    await it.until(5);
    await it.stop();
    expect(column(it.rows)).toEqual(['a1', 'b1', 'a2', 'late', 'a1, later']);
  });
});

describe('going on after a stop', () => {
  test('where it was, with a torn line', async () => {
    const path = join(temporaryFolder(), 'a.log');
    writeFileSync(path, 'one\ntwo\nthr');
    const first = await follow('tail', { path, metadata: { n: 'line_number' } });
    await first.until(2);
    await first.stop();
    appendFileSync(path, 'ee\nfour\n');
    const second = await follow('tail', { path, metadata: { n: 'line_number' } }, { at: first.position! });
    await second.until(2);
    await second.stop();
    expect(second.rows).toEqual([
      ['three', 3n],
      ['four', 4n],
    ]);
    const [place] = second.position!['files'] as FilePlace[];
    expect(place).toMatchObject({ path, offset: 19, line: 5 });
  });

  test.each<[how: string, rotate: (path: string) => void]>([
    ['renamed', (path) => renameSync(path, `${path}.1`)],
    ['copied and truncated', (path) => (copyFileSync(path, `${path}.1`), truncateSync(path))],
  ])('the file was %s meanwhile: its rest comes first', async (_how, rotate) => {
    const path = join(temporaryFolder(), 'a.log');
    writeFileSync(path, lines(count(100)));
    const first = await follow('tail', { path });
    await first.until(100);
    await first.stop();
    appendFileSync(path, 'rest\n');
    rotate(path);
    appendFileSync(path, 'new\n');
    const second = await follow('tail', { path }, { at: first.position! });
    await second.until(2);
    await second.stop();
    expect(column(second.rows)).toEqual(['rest', 'new']);
  });

  test('the file is gone: that is said, and the new one read from its start', async () => {
    const path = join(temporaryFolder(), 'a.log');
    writeFileSync(path, lines(count(100)));
    const first = await follow('tail', { path });
    await first.until(100);
    await first.stop();
    unlinkSync(path);
    writeFileSync(path, 'new\n');
    const second = await follow('tail', { path, start: 'latest' }, { at: first.position! });
    await second.until(1);
    await second.stop();
    expect(column(second.rows)).toEqual(['new']);
    expect(second.log.join()).toContain('is gone');
  });
});

test.each<[why: string, options: (folder: string) => Options, said: RegExp]>([
  ['no folder', (folder) => ({ path: `${folder}/no/x.log` }), /cannot read .*no: there is no such file/],
  ['a folder', (folder) => ({ path: folder }), /it is a directory/],
  ['compressed', (folder) => ({ path: `${folder}/x.gz` }), /x\.gz is compressed/],
  ['raw', (folder) => ({ path: `${folder}/x`, format: 'raw' }), /format raw has no records/],
  ['not there, and no columns', (folder) => ({ path: `${folder}/x.csv` }), /x\.csv is not there yet, so its columns/],
  ['empty, and no columns', (folder) => ({ path: `${folder}/empty.jsonl` }), /empty\.jsonl is empty, so its columns/],
  ['no such start', (folder) => ({ path: `${folder}/x`, start: 'now' }), /option start is 'now'/],
])('refused: %s', async (_why, options, said) => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'sub'));
  writeFileSync(join(folder, 'empty.jsonl'), '');
  const error = await connectors
    .get('tail')!
    .source!.describe(options(folder), undefined)
    .catch((e: unknown) => e);
  expect(error instanceof RunError || error instanceof OptionError).toBe(true);
  expect((error as Error).message).toMatch(said);
});
