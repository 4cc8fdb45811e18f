// Law X3: the commands of one text are taken apart where another law makes something of that, and give the same.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { piecesOf } from '../src/contract/pieces.ts';
import { connect } from '../src/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'ssql-unfuse-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = join(folder, 'in.txt');
writeFileSync(file, Buffer.from('b 1\na 2\r\n\n\xff a\nA \xc3\xa9\na 2\nc\t3\n-n a\n', 'latin1'));

/** What laws were applied, and the bytes that came out. */
async function run(rest: string, settings: Record<string, string> = {}) {
  const session = await connect({ settings });
  const to = join(folder, 'out.txt');
  try {
    const { trace } = await session.explain(`FROM read_lines('${file}') ${rest}`);
    await session.execute(`COPY (FROM read_lines('${file}') ${rest}) TO '${to}' (FORMAT lines)`);
    const fired = trace.filter(({ refused }) => refused === undefined).map(({ rule }) => rule);
    return { fired, bytes: readFileSync(to, 'latin1') };
  } finally {
    await session.close();
  }
}

describe('laws reach into a text', () => {
  test.each<[rest: string, laws: readonly string[], settings?: Record<string, string>]>([
    [`|> SHELL 'sort | tr a-z A-Z' |> LIMIT 2`, ['X3', 'L1']],
    [`|> SHELL 'sort | grep a' |> WHERE line > 'a'`, ['X3', 'F1']],
    [`|> SHELL 'sort -u | tr a-z A-Z | grep A' |> WHERE line > 'A' |> LIMIT 2`, ['X3', 'F1', 'L3']],
    [`|> SHELL 'sort -u | grep a' |> AGGREGATE count(*)`, ['X3', 'N2', 'X2']],
    [`|> SHELL 'tr a-z A-Z | sort | cut -c1-2'`, ['X3', 'A1'], { parallelism: '2' }],
    [`|> SHELL 'sed s/a/b/ | nl -ba' READS (line) WRITES (x TEXT) |> LIMIT 1`, ['X3', 'L1']],
  ])('%s', async (rest, laws, settings) => {
    const { fired, bytes } = await run(rest, settings);
    expect(fired).toEqual(expect.arrayContaining([...laws]));
    expect(bytes).toBe((await run(rest, { optimizer: 'off' })).bytes);
    expect(bytes.length).toBeGreaterThan(1);
  });
});

test.each([
  // Nothing comes of it.
  ['sort -u | uniq -c', ''],
  ['tr a-z A-Z | sort', ''],
  // What fails in it is not seen from outside.
  ['rev | tr a b', '|> LIMIT 1'],
  ['sort; cat | tr a b', '|> LIMIT 1'],
  ['(sort) | tr a b', '|> LIMIT 1'],
  ['sort 2>&1 | tr a b', '|> LIMIT 1'],
  ['sort | tr a "$HOME"', '|> LIMIT 1'],
  ["tr -d '\\n' | tr a b", '|> LIMIT 1'],
])('%s %s stays as it is', async (command, rest) => {
  const { fired } = await run(`|> SHELL '${command.replaceAll("'", "''")}' ${rest}`);
  expect(fired).not.toContain('X3');
});

test('with trust in what is declared only, nothing is taken apart', async () => {
  expect((await run(`|> SHELL 'sort | tr a b' |> LIMIT 2`, { trust: 'declared' })).fired).not.toContain('X3');
});

test.each<[text: string, pieces: ReturnType<typeof piecesOf>]>([
  ['a | b', { texts: ['a', 'b'], isPlain: true }],
  [`a '|' "b|c" \\| d|e`, { texts: [`a '|' "b|c" \\| d`, 'e'], isPlain: true }],
  ['a', undefined],
  ["a | 'b", undefined],
  ['a || b', undefined],
  ['a | b > c', { texts: ['a', 'b > c'], isPlain: false }],
  ['a | b *.x', { texts: ['a', 'b *.x'], isPlain: false }],
  ['a | $(b | c)', { texts: ['a', '$(b | c)'], isPlain: false }],
  ['a | b # | c', { texts: ['a', 'b # | c'], isPlain: true }],
])('%s', (text, pieces) => {
  expect(piecesOf(text)).toEqual(pieces);
});
