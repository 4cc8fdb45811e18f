// Law N1: what ssql does in place of a command is what the tool that is installed does, to the byte.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Contract } from '../src/contract/contract.ts';
import { nativeOf } from '../src/contract/native.ts';
import { isOfSystem } from '../src/process/genuine.ts';
import { kernelsOf } from '../src/run/native/kernels.ts';
import { NativePipeline } from '../src/run/native/pipeline.ts';
import { shellOperator } from '../src/run/operators/shell.ts';
import { ssql } from './support/cli.ts';
import { drive, harness, keeper, map, schemaOf, shell } from './support/shell-plans.ts';

const RUNS = Number(process.env['SSQL_FUZZ'] ?? 12);
const seed = Number(process.env['SSQL_SEED'] ?? Date.now() % 1_000_000_000);

const commands = [
  'cat',
  'cat -u -',
  'grep a',
  'grep -v a',
  'grep -F a.b',
  'grep -F -x ab',
  'grep -i Ab',
  'grep -ivF a.B',
  'grep -a b',
  'grep -av b',
  'grep ^a',
  "grep 'b$'",
  "grep '^ab$'",
  'grep -E -v ^b',
  'grep -ix aB',
  'grep -e a',
  'fgrep a.b',
  'grep -c a',
  'grep -vc ab',
  'head -n 3',
  'head',
  'head -0',
  'tail -n 2',
  'tail -n 0',
  'tail -n +2',
  'tail -n +0',
  'wc -l',
  'tr a-z A-Z',
  "tr '[:lower:]' '[:upper:]'",
  "tr 'abc ' xy",
  'tr -d b',
  "tr -d '[:punct:]'",
  "tr -s 'ab '",
  "tr , '\\t'",
  'cut -d, -f1',
  'cut -d, -f2-3,5-',
  "cut -d ' ' -f 2",
  'cut -f2',
  'cut -d, -f-2',
  'cut -c1-2',
  'cut -b 2,4-',
  'cut -c-1,3',
  'sed s/a/b/',
  'sed s/ab/x/g',
  "sed 's|a|<|g'",
  'sed s/a//',
  "sed 's/^/> /'",
  "sed 's/$/!/'",
  'sed -e s/b/--/g',
  'sed /a/d',
  'sed -n /ab/p',
  "sed '/a/!d'",
  'sed 2q',
  'sed 1d',
  'sed 1,3d',
  "awk '{ print $1 }'",
  "awk '{print $2}'",
  "awk -F, '{ print $3 }'",
  "awk '/^a/'",
  'uniq',
  'uniq -c',
  'uniq -d',
  'uniq -u',
  'uniq -cd',
  'grep -v a | cut -d, -f1 | tr a-z A-Z | uniq | head -n 2',
  'tail -n +2 | head -n 2 | wc -l',
] as const;

/** Bytes of a line: a few that the commands ask for, and whatever else. */
const byte = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom(...Buffer.from('aabbAB,, \t.')) },
  { weight: 1, arbitrary: fc.constantFrom(0, 13, 0x7f, 0x80, 0xc3, 0xa9, 0xff) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 255 }).filter((b) => b !== 10) },
);
const line = fc.oneof(
  { weight: 8, arbitrary: fc.array(byte, { maxLength: 8 }).map((bytes) => Buffer.from(bytes)) },
  { weight: 1, arbitrary: fc.constantFrom('', 'ab', 'a', 'b,a', 'a.b').map((text) => Buffer.from(text)) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 200_000 }).map((n) => Buffer.alloc(n, 'ab,b a')) },
);
/** Lists of lines, cut into batches; lines come again. */
const batches = fc
  .tuple(
    fc.array(line, { minLength: 1, maxLength: 5 }),
    fc.array(fc.array(fc.nat({ max: 4 }), { maxLength: 6 }), { maxLength: 4 }),
  )
  .map(([pool, picks]) => picks.map((batch) => batch.map((n) => pool[n % pool.length]!)));

/** Each command prints something of these. */
const SOME = ['ab', 'a,b,c d,e,f', 'a.b', 'b', 'b', 'A b\tc', '', 'xa.B', 'ab', 'aab', 'b,,'].map((text) =>
  Buffer.from(text),
);

const newline = Buffer.from('\n');
const ended = (lines: readonly Buffer[]): Buffer => Buffer.concat(lines.flatMap((l) => [l, newline]));

function here(command: string, input: readonly (readonly Buffer[])[]): Buffer {
  const pipeline = new NativePipeline(kernelsOf(nativeOf(command)!.steps));
  const out: Buffer[] = [];
  for (const lines of input) if (!pipeline.full) out.push(Buffer.from(pipeline.push(ended(lines))));
  return Buffer.concat([...out, pipeline.end()]);
}

describe(`as the tool does (${RUNS} lists, seed ${seed})`, () => {
  test.each(commands)('%s', (command) => {
    const native = nativeOf(command)!;
    expect(native.programs.every(isOfSystem)).toBe(true);
    let printed = 0;
    fc.assert(
      fc.property(batches, (input) => {
        const all = ended(input.flat());
        fc.pre(!native.textOnly || !all.includes(0));
        const done = spawnSync('/bin/sh', ['-c', command], {
          input: all,
          env: { PATH: process.env['PATH'], LC_ALL: 'C' },
        });
        expect(native.exits).toContain(done.status);
        printed += done.stdout.length;
        expect(here(command, input).toString('latin1')).toBe(done.stdout.toString('latin1'));
      }),
      { numRuns: RUNS, seed, examples: [[[SOME]]], interruptAfterTimeLimit: 60_000, markInterruptAsFailure: true },
    );
    if (!/ -?(n )?0$/.test(command)) expect(printed).toBeGreaterThan(0);
  });
});

test.each([
  'grep a.b',
  'grep -w a',
  'grep -o a',
  'grep -P a',
  'grep a file',
  "grep 'a\\|b'",
  'grep -e a -e b',
  'grep -F é',
  "grep ''",
  'grep "$x"',
  'head -c 3',
  'head -n -1',
  'tail -f',
  'tail -c 2',
  'wc',
  'wc -c -l',
  'tr -c a b',
  'tr -cs A-Za-z "\\n"',
  "tr -d '\\n'",
  "tr a '\\n'",
  'tr aab xyz',
  'tr a xy',
  'tr é e',
  'tr z-a b',
  'cut -s -d, -f1',
  'cut -z -f1',
  'cut -f0',
  'cut -f3-1',
  'cut -d, -f1 --complement',
  'sed s/a.c/b/',
  "sed 's/a/&&/'",
  "sed 's/a/\\n/'",
  'sed s/a/b/2',
  'sed s/a/b/I',
  'sed -i s/a/b/',
  'sed -n s/a/b/p',
  "sed '$d'",
  'sed p',
  "awk '{ print $NF }'",
  "awk '{ print $1, $2 }'",
  "awk -F'\\t' '{ print $1 }'",
  'awk 1',
  'uniq -i',
  'uniq -du',
  'sort',
  'sort | uniq',
  'sort -k2',
  'sort -f',
  'sort -o f',
  'sort > f',
  'sort; true',
  'mycat',
  'cat; cat',
  './grep a',
])('%s is left to its process', (command) => {
  expect(nativeOf(command)).toBeUndefined();
});

const lineOf = schemaOf('line');
const rowsOver = async (command: string, native: boolean, rows: readonly string[], contract = keeper) => {
  const h = harness();
  const writes = contract.filters ? [] : schemaOf('out');
  const more = native ? { native: nativeOf(command)!.programs } : {};
  const plan = shell(command, { input: lineOf, writes, contract, more });
  try {
    await drive(
      shellOperator(plan, h.context),
      h,
      lineOf,
      rows.map((row) => [row]),
      { size: 2 },
    );
  } catch (error) {
    return String(error);
  }
  return h.rows;
};

describe('a batch of which nothing is known goes to the process', () => {
  test.each<[command: string, contract: Contract]>([
    ['sed s/a/b/', map],
    ['sed /b/d', keeper],
    ["awk '{ print $1 }'", map],
    ['grep -a a', keeper],
  ])('%s', async (command, contract) => {
    const rows = ['a', 'b', 'a\0 a', 'x', 'ab', '', 'a b', '\0', 'a'];
    const expected = await rowsOver(command, false, rows, contract);
    expect(expected.length).toBeGreaterThan(3);
    expect(await rowsOver(command, true, rows, contract)).toEqual(expected);
  });

  test('unless it may not be sent at all', async () => {
    const text: Contract = { ...keeper, encoding: { value: 'text', by: 'inferred' } };
    const expected = await rowsOver('grep a', false, ['a', 'b', 'a\0'], text);
    expect(expected).toContain('a NUL byte');
    expect(await rowsOver('grep a', true, ['a', 'b', 'a\0'], text)).toBe(expected);
  });
});

describe('on the command line', () => {
  const query = "FROM (VALUES ('a', 1), ('b', 2), ('ab', 3)) t(x, n) |> SHELL 'grep -F a' READS (x) AS FILTER";
  const rows = (...more: readonly string[]) => ssql(['--mode', 'csv', ...more, '-c', query]).out;
  const plan = (...more: readonly string[]) => ssql([...more, '-c', `EXPLAIN ${query}`]).out;

  test('it is used unless SET native = off, or nothing but declarations is to be relied on', () => {
    expect(rows()).toBe('x,n\na,1\nab,3\n');
    expect(plan()).toContain('native: grep');
    for (const setting of ['native=off', 'trust=declared', 'optimizer=off']) {
      expect(plan('--set', setting)).not.toContain('native');
      expect(rows('--set', setting)).toBe('x,n\na,1\nab,3\n');
    }
  });

  test('not where PATH has another program of that name: neither when the query is planned, nor when the plan is run', () => {
    const folder = mkdtempSync(join(tmpdir(), 'ssql-native-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, 'grep'), '#!/bin/sh\nexec sed -n /b/p\n', { mode: 0o755 });
    const env = { PATH: `${folder}:${process.env['PATH']}` };
    expect(ssql(['-c', `EXPLAIN ${query}`], { env }).out).not.toContain('native');
    expect(ssql(['--mode', 'csv', '-c', query], { env }).out).toBe('x,n\nb,2\nab,3\n');
    const file = join(folder, 'plan.json');
    writeFileSync(file, ssql(['compile', '-c', query]).out);
    expect(ssql(['run', file, '--mode', 'csv']).out).toBe('x,n\na,1\nab,3\n');
    expect(ssql(['run', file, '--mode', 'csv'], { env }).out).toBe('x,n\nb,2\nab,3\n');
  });

  test('no line is a failure where EXIT OK says so', () => {
    const none = query.replace('-F a', '-F z');
    expect(ssql(['--mode', 'csv', '-c', none])).toMatchObject({ code: 0, out: 'x,n\n' });
    const strict = ssql(['-c', `${none} EXIT OK (0)`]);
    expect(strict.err).toContain('E0501');
  });
});
