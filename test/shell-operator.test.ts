import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { RunError } from '../src/base/errors.ts';
import type { RecordBatch } from '../src/data/batch.ts';
import { batchOf } from '../src/data/builder.ts';
import type { Value } from '../src/data/value.ts';
import type { Shell } from '../src/plan/plan.ts';
import { supervisor } from '../src/process/supervisor.ts';
import { shellOperator } from '../src/run/operators/shell.ts';
import { handOver, shellSource } from '../src/run/operators/shell-source.ts';
import { remaining } from './support/processes.ts';
import {
  drive,
  harness,
  keeper,
  map,
  numbering,
  opaque,
  schemaOf,
  shell,
  valuesOf,
  type ShellSketch,
} from './support/shell-plans.ts';

let folder: string;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'ssql-shell-'))));
afterAll(async () => {
  await supervisor.closeAll();
  rmSync(folder, { recursive: true });
});
afterEach(async () => {
  expect(await remaining(supervisor.groups)).toEqual([]);
  expect(supervisor.groups).toEqual([]);
});

type Rows = readonly (readonly Value[])[];

async function result(
  command: string,
  sketch: ShellSketch,
  rows: Rows,
  options: { size?: number; barriers?: boolean } = {},
): Promise<Rows> {
  const h = harness();
  await drive(shellOperator(shell(command, sketch), h.context), h, sketch.input!, rows, options);
  return h.rows;
}

/** The error that a run ends with, as code, message, notes. */
async function failure(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(
    () => undefined,
    (e: unknown) => e,
  );
  if (!(error instanceof RunError)) throw error instanceof Error ? error : new Error('it did not fail');
  const { code, message, notes = [] } = error.diagnostic;
  return [`${code} ${message}`, ...notes].join('\n');
}

const text = schemaOf('line');
const lines = (...texts: readonly string[]): Rows => texts.map((t) => [t]);
const many = (n: number): Rows => Array.from({ length: n }, (_, i) => [`${i} line of text`, BigInt(i % 7)]);

describe('what goes in and comes out', () => {
  test.each<[what: string, command: string, sketch: ShellSketch, rows: Rows, expected: Rows]>([
    ['nothing declared', 'sort', { input: text }, lines('b', 'a'), lines('a', 'b')],
    ['no rows', 'wc -l', { input: text }, [], lines('0')],
    ['no final newline', `tr -d '\\n'`, { input: text }, lines('a', 'b'), lines('ab')],
    ['an empty line is a row', 'cat', { input: text }, lines('', 'a', ''), lines('', 'a', '')],
    ['CR and NUL stay', 'cat', { input: text }, lines('a\r', 'b\0c'), lines('a\r', 'b\0c')],
    [
      'several columns, both ways',
      `awk -F'\\t' '{print $2 "\\t" $1}'`,
      { input: schemaOf('a', 'n INTEGER'), writes: schemaOf('m INTEGER', 'b') },
      [
        ['x', 1n],
        ['y', 2n],
      ],
      [
        [1n, 'x'],
        [2n, 'y'],
      ],
    ],
    ['only what it reads is sent', 'cat', { input: schemaOf('a', 'b'), reads: ['b'] }, [['1', '2']], [['2']]],
    [
      'map: other columns go around it',
      'tr a-z A-Z',
      { input: schemaOf('a', 'n INTEGER'), reads: ['a'], writes: schemaOf('up'), contract: map },
      [
        ['x', 1n],
        ['y', null],
      ],
      [
        ['x', 1n, 'X'],
        ['y', null, 'Y'],
      ],
    ],
    [
      'map: a column that is written anew',
      'tr a-z A-Z',
      { input: schemaOf('a', 'n INTEGER'), reads: ['a'], writes: schemaOf('a'), contract: map },
      [['x', 1n]],
      [[1n, 'X']],
    ],
    [
      'one row for each, remembering',
      'nl -ba -w1',
      { input: text, writes: schemaOf('nr INTEGER', 'of'), contract: numbering },
      lines('x', 'y'),
      [
        ['x', 1n, 'x'],
        ['y', 2n, 'y'],
      ],
    ],
    [
      'filter: all columns stay',
      'grep -v 1',
      { input: schemaOf('a', 'n INTEGER'), reads: ['a'], contract: keeper },
      [
        ['1', 7n],
        ['2', 8n],
        ['2', 9n],
      ],
      [
        ['2', 8n],
        ['2', 9n],
      ],
    ],
    ['filter: nothing is left', 'grep 3', { input: text, contract: keeper }, lines('1', '2'), []],
    [
      'filter over tsv',
      'grep x',
      { input: schemaOf('a', 'b'), contract: keeper },
      [
        ['x\ty', 'a\nb'],
        ['1', '2'],
      ],
      [['x\ty', 'a\nb']],
    ],
    ['NULL in tsv', 'cat', { input: schemaOf('a', 'b'), writes: schemaOf('c', 'd') }, [[null, '']], [[null, '']]],
  ])('%s', async (_what, command, sketch, rows, expected) => {
    expect(await result(command, sketch, rows)).toEqual(expected);
  });

  test.each([1, 3, 100, 5000])('cut into batches of %i rows, epochs included', async (size) => {
    const input = schemaOf('a', 'n INTEGER');
    const rows = many(size === 1 ? 40 : 20_000);
    const barriers = size !== 3;
    const options = { size, barriers: barriers && rows.length / size < 60 };
    const mapped = await result(
      `sed 's/line/row/'`,
      { input, reads: ['a'], writes: schemaOf('b'), contract: map },
      rows,
      options,
    );
    expect(mapped).toEqual(rows.map(([a, n]) => [a, n, (a as string).replace('line', 'row')]));
    const kept = await result(`grep '7 '`, { input, reads: ['a'], contract: keeper }, rows, options);
    expect(kept).toEqual(rows.filter(([a]) => (a as string).includes('7 ')));
  });

  test('rows that a selection leaves out are not there', async () => {
    const input = schemaOf('a', 'n INTEGER');
    const selected: RecordBatch = { ...batchOf(input, many(10)), selection: Uint32Array.of(1, 4, 9) };
    for (const [command, contract, writes, expected] of [
      [
        'cut -c1',
        map,
        schemaOf('c'),
        [
          ['1 line of text', 1n, '1'],
          ['4 line of text', 4n, '4'],
          ['9 line of text', 2n, '9'],
        ],
      ],
      [
        'grep -v 4',
        keeper,
        undefined,
        [
          ['1 line of text', 1n],
          ['9 line of text', 2n],
        ],
      ],
    ] as const) {
      const h = harness();
      const operator = shellOperator(
        shell(command, { input, reads: ['a'], contract, ...(writes && { writes }) }),
        h.context,
      );
      await operator.onBatch(selected, 0, h.out);
      await operator.onEnd!(0, h.out);
      await operator.close!(false);
      expect(h.rows).toEqual(expected);
    }
  });

  test('variables reach it as they are', async () => {
    const more = { env: { pat: `a"b'c $(echo x)` } };
    expect(await result('read -r x; printf "%s\\n" "$pat"', { input: text, more }, lines('1'))).toEqual(
      lines(`a"b'c $(echo x)`),
    );
  });

  test('a line of 100 MB', async () => {
    const long = 'x'.repeat(100 << 20);
    const [[out] = []] = await result('cat', { input: text, writes: schemaOf('b'), contract: map }, lines(long));
    expect((out as string).length).toBe(long.length);
  });

  test('rows that a filter leaves unanswered are not kept for ever', async () => {
    const file = join(folder, 'processes');
    const input = schemaOf('a');
    const h = harness();
    // It leaves something behind, and says so: then none is started ahead.
    const { effects: _, ...contract } = keeper;
    const operator = shellOperator(shell(`echo >> '${file}'; grep y`, { input, contract }), h.context);
    const batch = batchOf(input, lines('x'.repeat(1 << 20)));
    for (let i = 0; i < 70; i++) await operator.onBatch(batch, 0, h.out);
    await operator.onBatch(batchOf(input, lines('y')), 0, h.out);
    await operator.onEnd!(0, h.out);
    await operator.close!(false);
    expect([h.rows, readFileSync(file, 'utf8')]).toEqual([lines('y'), '\n\n']);
  });

  test('fused stages are one pipeline', async () => {
    const fused = [
      { command: 'grep 7', label: 'grep 7', contract: opaque, env: {} },
      { command: 'wc -l', label: 'wc', contract: opaque, env: {} },
    ];
    expect(
      await result(
        'cut -c1-3',
        { input: text, more: { fused } },
        many(1000).map(([a]) => [a!]),
      ),
    ).toEqual(lines('271'));
  });
});

describe('NULL', () => {
  const input = schemaOf('a', 'n INTEGER');
  const rows: Rows = [
    ['x', 1n],
    [null, 2n],
    ['y', 3n],
    [null, 4n],
  ];
  const nulls = (value: object) => ({ ...map, nulls: { value, by: 'declared' } }) as typeof map;

  test.each([1, 2, 3, 4])('is not sent, and answered with NULL (batches of %i)', async (size) => {
    const sketch = { input, reads: ['a'], writes: schemaOf('up'), contract: nulls({ policy: 'skip' }) };
    expect(await result('tr a-z A-Z', sketch, rows, { size })).toEqual([
      ['x', 1n, 'X'],
      [null, 2n, null],
      ['y', 3n, 'Y'],
      [null, 4n, null],
    ]);
  });

  test('as a text', async () => {
    const sketch = {
      input,
      writes: schemaOf('b', 'm INTEGER'),
      contract: nulls({ policy: 'as', text: 'nothing' }),
      more: { outputFormat: { name: 'csv', options: {} }, inputFormat: { name: 'csv', options: {} } },
    } as const;
    expect(await result('cat', sketch, rows.slice(0, 2))).toEqual([
      ['x', 1n, 'x', 1n],
      [null, 2n, 'nothing', 2n],
    ]);
  });

  test('is an error in lines', async () => {
    const work = result('cat', { input, reads: ['a'], writes: schemaOf('b'), contract: map }, rows);
    expect(await failure(work)).toMatch(/^E0504 row 2, column a, cannot be sent to SHELL\('cat'\): it is NULL/);
  });
});

describe('faults', () => {
  const two = schemaOf('a', 'n INTEGER');
  test.each<[what: string, command: string, sketch: ShellSketch, rows: Rows, error: RegExp]>([
    [
      'it fails half-way',
      'head -2; echo broken >&2; exit 3',
      { input: text },
      lines('a', 'b', 'c'),
      /^E0501 SHELL\('head -2; echo broken >&2; exit 3'\) failed: exit status 3 \(after 3 rows\)\nstderr: broken\n3 rows went in, 2 rows came out\nthe command stands at q.ssql:3:5$/,
    ],
    [
      'an option it does not know',
      'grep --no-such-option',
      { input: text, contract: keeper },
      lines('a'),
      /^E0501 .* exit status 2 .*\nstderr: .*no-such-option/s,
    ],
    [
      'it is not there',
      'no-such-program',
      { input: text },
      lines('a'),
      /^E0501 SHELL\('no-such-program'\) failed: exit status 127 \(command not found\)/,
    ],
    ['a signal', 'cat; kill -s KILL $$', { input: text }, lines('a'), /^E0501 .* killed by SIGKILL/],
    ['it holds its output', 'cat; sleep 100 &', { input: text }, lines('a'), /^E0501 .* still holds its output/],
    [
      'no folder to run in',
      'cat',
      { input: text, contract: { needs: { value: { cwd: '/no/such/folder' }, by: 'declared' } } },
      lines('a'),
      /^E0501 .* it cannot be started: .*\/no\/such\/folder/,
    ],
    [
      'NUL in a variable',
      'cat',
      { input: text, more: { env: { x: 'a\0b' } } },
      lines('a'),
      /^E0501 .* it cannot be started/,
    ],
    [
      'it is too slow',
      'sleep 100',
      { input: text, more: { timeout: 100 } },
      lines('a'),
      /^E0505 SHELL\('sleep 100'\) was stopped: it ran longer than its TIMEOUT of 100 ms/,
    ],
    [
      'it wrote to stderr, which is declared to fail',
      'cat; echo oops >&2',
      { input: text, more: { stderr: 'fail' } },
      lines('a'),
      /^E0501 .* wrote to stderr.*\nstderr: oops/,
    ],
    [
      'a newline in a line',
      'cat',
      { input: text },
      lines('a', 'b\nc'),
      /^E0504 row 2, column line, cannot be sent to SHELL\('cat'\): .*newline/,
    ],
    [
      'a newline in csv to a filter',
      'cat',
      { input: two, contract: keeper, more: { inputFormat: { name: 'csv', options: {} } } },
      [['a\nb', 1n]],
      /^E0504 row 1, .*newline/,
    ],
    [
      'one for each: fewer',
      'head -999',
      { input: text, writes: schemaOf('b'), contract: numbering },
      Array<[string]>(1000).fill(['x']),
      /^E0502 SHELL\('head -999'\): declared EMITS ONE, but 1,000 rows went in and 999 came out/,
    ],
    [
      'one for each: none',
      'cat >/dev/null',
      { input: text, writes: schemaOf('b'), contract: map },
      lines('x'),
      /^E0502 .* 1 row went in and 0 came out/,
    ],
    [
      'one for each: more',
      'cat; echo more',
      { input: text, writes: schemaOf('b'), contract: map },
      lines('x', 'y'),
      /^E0502 .* of 2 rows that went in more than that came out\nthe first row too many: more/,
    ],
    [
      'a filter that edits',
      'sed s/a/b/',
      { input: text, contract: keeper },
      lines('x', 'a'),
      /^E0502 .*declared AS FILTER, but it printed a line it was not given: b/,
    ],
    [
      'a filter that sorts',
      'sort',
      { input: text, contract: keeper },
      lines('b', 'a'),
      /^E0502 .*a line it was not given: b/,
    ],
    [
      'a filter that repeats',
      'cat; echo a',
      { input: text, contract: keeper },
      lines('b', 'a'),
      /^E0502 .*a line it was not given: a/,
    ],
    [
      'rows by themselves, but it stops reading',
      'head -1',
      { input: text, contract: keeper },
      Array<[string]>(500_000).fill(['x']),
      /^E0502 .*declared SCOPE RECORD, but it stopped reading/,
    ],
    [
      'no number',
      'cat',
      { input: text, writes: schemaOf('n INTEGER') },
      lines('1', 'x7'),
      /^E0503 output of SHELL\('cat'\), line 2, column n: 'x7' is not an INTEGER/,
    ],
    [
      'the first of fused stages',
      'cat; exit 4',
      { input: text, more: { fused: [{ command: 'cat', label: 'cat', contract: opaque, env: {} }] } },
      lines('x'),
      /^E0501 SHELL\('cat; exit 4'\) failed: exit status 4/,
    ],
    [
      'the second of fused stages',
      'cat',
      {
        input: text,
        more: { fused: [{ command: 'cat; echo so >&2; exit 4', label: 'second', contract: opaque, env: {} }] },
      },
      lines('x'),
      /^E0501 SHELL second failed: exit status 4 .*\nstderr: so/,
    ],
    [
      'the eighth of fused stages',
      'cat',
      {
        input: text,
        more: {
          fused: Array.from({ length: 7 }, (_, i) => {
            const command = i === 6 ? 'cat; echo so >&2; exit 4' : 'cat';
            return { command, label: `stage${i + 2}`, contract: opaque, env: {} };
          }),
        },
      },
      lines('x'),
      /^E0501 SHELL stage8 failed: exit status 4 .*\nstderr: so/,
    ],
  ])('%s', async (_what, command, sketch, rows, error) => {
    expect(await failure(result(command, sketch, rows))).toMatch(error);
  });

  test('rows that cannot be decoded are left out, and still aligned', async () => {
    for (const [contract, expected] of [
      [opaque, [[1n], [3n]]],
      [
        map,
        [
          ['1', 1n],
          ['3', 3n],
        ],
      ],
    ] as const) {
      const h = harness();
      const sketch = { input: text, writes: schemaOf('n INTEGER'), contract, more: { onError: 'skip' } } as const;
      await drive(shellOperator(shell('cat', sketch), h.context), h, text, lines('1', 'x', '3', 'y'), { size: 2 });
      expect([h.rows, h.context.progress.rowsSkipped]).toEqual([expected, 2]);
      expect(h.log[0]).toMatch(/^skipped: output of SHELL\('cat'\), line 2, column n: 'x'/);
    }
  });

  test('stderr of a command that ends well is shown, a flood only in part', async () => {
    const h = harness();
    await drive(
      shellOperator(shell('cat; echo one >&2; seq 100000 >&2', { input: text }), h.context),
      h,
      text,
      lines('a'),
    );
    expect(h.log[0]).toBe(`SHELL('cat; echo one >&2; seq 100000 >&2'): one`);
    expect(h.log.length).toBeLessThan(40);
    expect(h.log.at(-1)).toMatch(/more lines\)$/);
  });

  test('a fault further down ends the command', async () => {
    const h = harness();
    const out = {
      full: false,
      emit: () => Promise.reject(new RangeError('full disk')),
      watermark: () => undefined,
    };
    const operator = shellOperator(shell('cat; sleep 100', { input: text }), h.context);
    await operator.onBatch(
      batchOf(
        text,
        many(100_000).map(([a]) => [a!]),
      ),
      0,
      out,
    );
    await expect(operator.onEnd!(0, out)).rejects.toThrow('full disk');
    await operator.close!(true);
    expect(h.context.signal.reason).toBeInstanceOf(RangeError);
  });

  test('a query that fails does not end the input of the command', async () => {
    const file = join(folder, 'aborted');
    const h = harness();
    const operator = shellOperator(shell(`cat >/dev/null; echo complete > '${file}'`, { input: text }), h.context);
    await operator.onBatch(batchOf(text, lines('a')), 0, h.out);
    await operator.close!(true);
    expect(() => readFileSync(file)).toThrow('ENOENT');
  });

  test('cancelling wakes a sender that waits', async () => {
    const h = harness();
    const operator = shellOperator(shell('trap "" TERM; sleep 1000', { input: text }), h.context);
    const sending = operator.onBatch(batchOf(text, lines('x'.repeat(8 << 20))), 0, h.out);
    h.context.fail(new Error('cancelled'));
    await sending;
    await operator.close!(true);
    expect(h.rows).toEqual([]);
  });
});

describe('nobody wants more', () => {
  const more = { stopsEarly: true } as const;

  test('a command that may be stopped is stopped', async () => {
    const h = harness(1);
    const operator = shellOperator(
      shell('cat; sleep 1000', { input: text, contract: map, writes: schemaOf('b'), more }),
      h.context,
    );
    await drive(
      operator,
      h,
      text,
      many(200_000).map(([a]) => [a!]),
    );
    expect(h.rows.length).toBeGreaterThan(0);
    expect(operator.wants!(0, h.out)).toBe(false);
  });

  test('any other command gets all rows', async () => {
    const h = harness(1);
    const file = join(folder, 'all');
    await drive(
      shellOperator(shell(`tee '${file}' | sed s/x/y/`, { input: text }), h.context),
      h,
      text,
      many(30_000).map(([a]) => [a!]),
    );
    expect(readFileSync(file, 'utf8').split('\n')).toHaveLength(30_001);
  });

  test('a command that reads no more ends its input', async () => {
    const h = harness();
    const operator = shellOperator(shell('head -1', { input: text }), h.context);
    let batches = 0;
    for (; batches < 10_000 && operator.wants!(0, h.out); batches++) {
      await operator.onBatch(batchOf(text, lines('x'.repeat(1 << 16))), 0, h.out);
      await new Promise(setImmediate);
    }
    await operator.onEnd!(0, h.out);
    await operator.close!(false);
    expect(h.rows).toHaveLength(1);
    expect(batches).toBeLessThan(10_000);
  });

  test('a source that never ends', async () => {
    const h = harness();
    let rows = 0;
    for await (const batch of shellSource(shell('yes'), h.context)) if ((rows += batch.length) > 1_000_000) break;
    expect(rows).toBeGreaterThan(1_000_000);
  });
});

describe('over a file', () => {
  const fileScan = (path: string, name = 'line'): Shell['input'] => ({
    op: 'scan',
    schema: schemaOf(name),
    connector: 'file',
    options: { format: 'lines', files: [{ path, name: path }] },
    label: path,
    bounded: true,
  });
  const overFile = (command: string, content: string, sketch: Omit<ShellSketch, 'input'> = {}): Shell => {
    const path = join(folder, 'input');
    writeFileSync(path, content);
    return { ...shell(command, { ...sketch, input: text }), input: fileScan(path)! };
  };
  async function rowsOver(plan: Shell, h = harness()): Promise<Rows | undefined> {
    const batches = handOver(plan, h.context);
    if (batches === undefined) return undefined;
    const rows: (readonly Value[])[] = [];
    for await (const batch of batches) rows.push(...valuesOf(batch));
    return rows;
  }
  const numbers = Array.from({ length: 200_000 }, (_, i) => `${i} xyz\n\n`).join('');
  const nonBlank = numbers.replaceAll('\n\n', '\n').trimEnd().split('\n');

  test.each<[what: string, command: string, sketch: Omit<ShellSketch, 'input'>, expected: readonly string[]]>([
    ['nothing declared', 'wc -l', {}, ['400000']],
    ['opened by name', 'wc -l < /dev/stdin', {}, ['400000']],
    ['a filter', 'grep 77777', { contract: keeper }, ['77777 xyz', '177777 xyz']],
    ['a filter that passes much', 'grep .', { contract: keeper }, nonBlank],
    ['a filter that passes all', 'cat', { contract: keeper }, numbers.slice(0, -1).split('\n')],
    [
      'a filter of blank lines',
      'grep -c "^$" >/dev/null; yes "" | head -200000',
      { contract: keeper },
      Array<string>(200_000).fill(''),
    ],
    [
      'one for each',
      'sed s/x/y/',
      { contract: map, writes: text },
      numbers.replaceAll('x', 'y').slice(0, -1).split('\n'),
    ],
  ])('%s', async (_what, command, sketch, expected) => {
    const h = harness();
    expect(await rowsOver(overFile(command, numbers, sketch), h)).toEqual(expected.map((line) => [line]));
    expect([h.context.progress.bytesRead, h.context.progress.bytesTotal]).toEqual([numbers.length, numbers.length]);
  });

  test.each<[what: string, command: string, sketch: Omit<ShellSketch, 'input'>, error: RegExp]>([
    ['a filter that edits', 'sed "s/^5.*/no/"', { contract: keeper }, /^E0502 .*a line it was not given: no/],
    ['a filter that sorts', 'sort -r', { contract: keeper }, /^E0502 .*a line it was not given/],
    ['a filter that prints a part of a line', 'cut -c3-', { contract: keeper }, /^E0502 .*a line it was not given/],
    [
      'one for each: fewer',
      'sed 7d',
      { contract: map, writes: text },
      /^E0502 .*400,000 rows went in and 399,999 came out/,
    ],
    ['it fails', 'head -5; exit 3', {}, /^E0501 .*exit status 3 \(after 5 rows\)\n5 rows came out/],
  ])('%s', async (_what, command, sketch, error) => {
    expect(await failure(rowsOver(overFile(command, numbers, sketch)))).toMatch(error);
  });

  test('is not handed over where lines must be made or carried', async () => {
    expect(await rowsOver(overFile('cat', 'a\nb'))).toBeUndefined();
    expect(await rowsOver(overFile('cat', 'a\n', { contract: map, writes: schemaOf('b') }))).toBeUndefined();
    expect(await rowsOver({ ...overFile('cat', 'a\n'), input: fileScan(folder)! })).toBeUndefined();
    expect(await rowsOver({ ...overFile('cat', 'a\n'), input: fileScan('/no/such/file')! })).toBeUndefined();
    expect(await rowsOver(overFile('cat', ''))).toEqual([]);
  });

  test('nobody wants more: it is stopped only where it may be', async () => {
    for (const [stopsEarly, length] of [
      [{ stopsEarly: true }, 0],
      [{}, numbers.length],
    ] as const) {
      const copy = join(folder, 'copy');
      writeFileSync(copy, '');
      const plan = {
        ...overFile(`cat; sleep 0.3; cat '${join(folder, 'input')}' > '${copy}'`, numbers),
        ...stopsEarly,
      };
      for await (const batch of handOver(plan, harness().context)!) if (batch.length > 0) break;
      expect(readFileSync(copy).length).toBe(length);
    }
  });
});

describe('as a source', () => {
  test('rows of a command', async () => {
    const h = harness();
    const rows: Value[][] = [];
    for await (const batch of shellSource(shell('seq 3; cat', { writes: schemaOf('n INTEGER') }), h.context))
      rows.push(...valuesOf(batch).map((r) => [...r]));
    expect(rows).toEqual([[1n], [2n], [3n]]);
  });

  test('a source that fails', async () => {
    const work = (async () => {
      for await (const batch of shellSource(shell('seq 3; exit 9'), harness().context))
        expect(batch.length).toBeGreaterThan(0);
    })();
    expect(await failure(work)).toMatch(/^E0501 SHELL\('seq 3; exit 9'\) failed: exit status 9 \(after 3 rows\)/);
  });
});
