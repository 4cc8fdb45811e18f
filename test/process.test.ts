import { execFileSync, spawn } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Command, HostChoice } from '../src/process/command.ts';
import { failureOf, type Outcome } from '../src/process/outcome.ts';
import type { Stage } from '../src/process/script.ts';
import { supervisor } from '../src/process/supervisor.ts';
import { Tail } from '../src/process/tail.ts';
import { remaining } from './support/processes.ts';

let folder: string;
let host: HostChoice = 'auto';
const started: Command[] = [];
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'ssql-process-'))));
afterAll(async () => {
  await supervisor.closeAll();
  rmSync(folder, { recursive: true });
});
afterEach(async () => {
  const groups = started.splice(0).map((command) => command.group);
  expect(await remaining(groups)).toEqual([]);
  expect(supervisor.groups).toEqual([]);
});

interface Ran {
  readonly out: Buffer;
  readonly stderr: readonly string[];
  readonly outcome: Outcome;
}

function start(
  stages: string | readonly (string | Stage)[],
  onStderr: (i: number, chunk: Buffer) => void = () => undefined,
) {
  const all = typeof stages === 'string' ? [stages] : stages;
  const command = supervisor.start({
    host,
    stages: all.map((stage) => (typeof stage === 'string' ? { command: stage, env: {} } : stage)),
    stdin: 'pipe',
    onStderr,
  });
  started.push(command);
  return command;
}

/** Runs to the end, feeding and reading at the same time. */
async function run(
  stages: string | readonly (string | Stage)[],
  input: string | Buffer | Iterable<Buffer> = '',
): Promise<Ran> {
  const tails: Tail[] = [];
  const command = start(stages, (i, chunk) => (tails[i] ??= new Tail()).push(chunk));
  const feed = async (): Promise<void> => {
    const pieces = typeof input === 'string' || Buffer.isBuffer(input) ? [Buffer.from(input)] : input;
    for (const piece of pieces) {
      if (!command.reads) break;
      await command.write(piece);
    }
    command.endInput();
  };
  const feeding = feed();
  const chunks: Buffer[] = [];
  for (let lump = await command.output.next(); lump; lump = await command.output.next()) chunks.push(...lump);
  await feeding;
  const outcome = await command.ended;
  return { out: Buffer.concat(chunks), stderr: Array.from(tails, (t) => t?.lines(9).join('|') ?? ''), outcome };
}

const statuses = ({ stages }: Outcome) => stages.map(({ code, signal }) => code ?? signal);
const repeat = function* (piece: Buffer, times: number) {
  for (let i = 0; i < times; i++) yield piece;
};
const MB = Buffer.alloc(1 << 20, 'some words on a line\n');

describe.each<HostChoice>(['never', 'always'])('shell host: %s', (choice) => {
  beforeAll(() => void (host = choice));

  test('it is there only where it is wanted', async () => {
    await run('cat', 'a\n');
    expect(supervisor.host === undefined).toBe(choice === 'never');
  });

  describe('bytes go through as they are', () => {
    test.each<[what: string, command: string, input: string, output: string]>([
      ['cat', 'cat', 'a\nb\n', 'a\nb\n'],
      ['no final newline', 'cat', 'a\nb', 'a\nb'],
      ['no input', 'wc -l', '', '0\n'],
      ['CR LF', 'cat', 'a\r\n', 'a\r\n'],
      ['NUL and bytes that are not UTF-8', 'cat', '\0\xff\xfe', '\0\xff\xfe'],
      ['two commands', 'sort | uniq -c', 'b\na\nb\n', '      1 a\n      2 b\n'],
      ['quotes, dollars, several lines', 'x=\'a b\'\necho "$x" "$(echo c)"', '', 'a b c\n'],
      ['opens /dev/stdin', 'cat /dev/stdin', 'a\n', 'a\n'],
      ['opens /dev/stdout', 'echo a > /dev/stdout', '', 'a\n'],
      ['opens both', 'awk 1 /dev/stdin > /dev/stdout', 'a\n', 'a\n'],
      ['does not find our variables', 'echo "$#:$1:$SSQL_CMD:$VITEST"', '', '0:::\n'],
    ])('%s', async (_what, command, input, output) => {
      const { out, outcome } = await run(command, Buffer.from(input, 'latin1'));
      expect([out.toString('latin1'), statuses(outcome)]).toEqual([output, [0]]);
    });

    test('100 MB without a newline', async () => {
      const { out, outcome } = await run('cat', repeat(Buffer.alloc(1 << 20, 'x'), 100));
      expect([out.length, statuses(outcome)]).toEqual([100 << 20, [0]]);
    });
  });

  describe('nothing blocks', () => {
    test.each<[what: string, command: string, pieces: number, length: number]>([
      [
        'writes ten times its input before it reads more',
        `perl -e 'while (sysread STDIN, $x, 65536) { print $x x 10 }'`,
        4,
        40 << 20,
      ],
      ['writes before it reads', 'head -c 20000000 /dev/zero; cat >/dev/null', 4, 20_000_000],
      ['never reads, but ends', 'sleep 0.2', 8, 0],
      ['closes stdin, then goes on', 'exec <&-; sleep 0.3; echo done', 8, 5],
      ['reads all, then writes', 'sort | wc -c', 4, 8],
      ['floods stderr with 50 MB', 'cat >/dev/null; head -c 50000000 /dev/zero >&2', 4, 0],
      ['reads one line', 'head -1', 16, 21],
    ])('%s', async (_what, command, pieces, length) => {
      const { out, outcome } = await run(command, repeat(MB, pieces));
      expect([out.length, statuses(outcome)]).toEqual([length, [0]]);
    });

    test('rows that were left unread are noticed', async () => {
      for (const [command, left] of [
        ['head -1', true],
        ['cat', false],
        ['sleep 0.1', true],
      ] as const) {
        await run(command, repeat(MB, 8));
        expect([command, started.at(-1)!.leftInput]).toEqual([command, left]);
      }
    });
  });

  describe('how it ended', () => {
    test.each<
      [what: string, stages: string | readonly string[], statuses: readonly unknown[], failure: string | undefined]
    >([
      ['well', 'true', [0], undefined],
      ['half-way', 'head -1; exit 3', [3], 'exit status 3'],
      ['by a signal', 'kill -s SEGV $$', ['SIGSEGV'], 'killed by SIGSEGV'],
      ['a child by a signal', 'sh -c "kill -s KILL \\$\\$"; exit $?', [137], 'exit status 137 (SIGKILL)'],
      ['not found', 'no-such-program-here', [127], 'exit status 127 (command not found)'],
      ['not executable', '/etc/passwd', [126], 'exit status 126 (not executable)'],
      ['not a command', 'if', [2], 'exit status 2'],
      ['status behind /dev/stdin', 'cat /dev/stdin >/dev/null; exit 4', [4], 'exit status 4'],
      ['status behind /dev/stdout', 'echo x >/dev/stdout; exit 5', [5], 'exit status 5'],
      ['first of a pipeline', ['cat; exit 3', 'cat'], [3, 0], 'exit status 3'],
      ['last of a pipeline', ['cat', 'cat; exit 4', 'cat'], [0, 4, 0], 'exit status 4'],
      ['a later stage reads only a line', ['cat', 'head -1'], [141, 0], undefined],
      ['a later stage reads only a line and fails', ['cat', 'head -1 >/dev/null; exit 6'], [141, 6], 'exit status 6'],
      ['none is found', ['no-such-program-here', 'cat'], [127, 0], 'exit status 127 (command not found)'],
    ])('%s', async (_what, stages, expected, failure) => {
      const { outcome } = await run(stages, repeat(MB, 4));
      const ok = outcome.stages.map(() => [0]);
      expect([statuses(outcome), failureOf(outcome, ok)?.what]).toEqual([expected, failure]);
    });

    test('more commands than a shell has descriptors of one digit', async () => {
      const stages = Array.from({ length: 12 }, (_, i) => ({
        command: `cat; echo ${i} >&2; exit ${i}`,
        env: {},
        pipes: i === 5 || i === 11,
      }));
      const { out, outcome, stderr } = await run(stages, 'a\n');
      expect([out.toString(), statuses(outcome)]).toEqual(['a\n', stages.map((_, i) => i)]);
      expect(stderr.slice(0, 4)).toEqual(['0', '1', '2', '3']);
      expect(stderr[4]!.split('|').sort()).toEqual(['10', '11', '4', '5', '6', '7', '8', '9']);
    });

    test('declared exit codes are fine, signals are not', async () => {
      const { outcome } = await run('grep nothing-like-this', 'a\n');
      expect(failureOf(outcome, [[0]])?.what).toBe('exit status 1');
      expect(failureOf(outcome, [[0, 1]])).toBeUndefined();
    });

    test('a process in the background that holds stdout is ended, and reported', async () => {
      const { out, outcome } = await run('sleep 1000 & echo a');
      expect(out.toString()).toBe('a\n');
      expect(failureOf(outcome, [[0]])?.what).toMatch('still holds its output');
    });

    test('processes in the background that hold nothing are ended', async () => {
      const { out, outcome } = await run(
        '(trap "" TERM; sleep 1000) >/dev/null 2>&1 & (sleep 1000 >/dev/null 2>&1 &) ; echo a',
      );
      expect([out.toString(), failureOf(outcome, [[0]])]).toEqual(['a\n', undefined]);
    });

    test('one that still writes is waited for', async () => {
      const { out, outcome } = await run('(sleep 0.5; echo b) & echo a');
      expect([out.toString(), outcome.held]).toEqual(['a\nb\n', false]);
    });
  });

  describe('pipelines', () => {
    test('stderr, variables and quotes of each stage are its own', async () => {
      const stages = [
        { command: 'echo "$v" >&2; cat; echo "$0 $1 $w"', env: { v: `it's "$(x)" \\ \n2` } },
        { command: `sed "s/^/[$w] /"; echo '$v'"$v" >&2`, env: { w: 'W' } },
        { command: 'cat', env: {} },
      ];
      const { out, stderr, outcome } = await run(stages, 'a\n');
      expect(out.toString()).toBe('[W] a\n[W] /bin/sh  \n');
      expect(stderr).toEqual([`it's "$(x)" \\ |2`, '$v']);
      expect(statuses(outcome)).toEqual([0, 0, 0]);
    });

    test('stderr opened by name', async () => {
      const { out, stderr, outcome } = await run(['tee /dev/stderr; exit 2', 'cat /dev/stdin > /dev/stdout'], 'a\n');
      expect([out.toString(), stderr, statuses(outcome)]).toEqual(['a\n', ['a'], [2, 0]]);
    });
  });

  describe('environment', () => {
    test('is pinned', async () => {
      const { out } = await run([{ command: 'env', env: { mine: 'x=y' } }]);
      const names = out
        .toString()
        .trim()
        .split('\n')
        .map((line) => line.split('=')[0]!);
      const ours = ['HOME', 'LC_ALL', 'PATH', 'SHLVL', 'SSQL_PROCESS', 'TMPDIR', 'TZ', 'USER', 'mine'];
      // PWD, OLDPWD and _ are the shell's own.
      expect(names.filter((name) => !['PWD', 'OLDPWD', '_'].includes(name) && !ours.includes(name))).toEqual([]);
      expect(out.toString()).toMatch(/^LC_ALL=C$/m);
      expect(out.toString()).toMatch(/^TZ=UTC$/m);
      expect(out.toString()).toMatch(/^mine=x=y$/m);
    });

    test('bash does not read ~/.bashrc although its stdin is a socket', async () => {
      writeFileSync(join(folder, '.bashrc'), 'echo noise\n');
      const noisy = execFileSync('bash', ['-ic', 'true'], {
        env: { HOME: folder, PATH: process.env['PATH'] },
        stdio: 'pipe',
      });
      expect(noisy.toString()).toBe('noise\n');
      const { out } = await run([{ command: `bash -c 'cat'`, env: { HOME: folder } }], 'a\n');
      expect(out.toString()).toBe('a\n');
    });
  });

  describe('stopping', () => {
    test.each<[what: string, command: string, how: 'early' | 'abort']>([
      ['reads for ever', 'cat', 'early'],
      ['writes for ever', 'yes', 'early'],
      ['neither', 'sleep 1000', 'early'],
      ['has children', 'sleep 1000 & sleep 1000 | sleep 1000', 'abort'],
      ['ignores TERM', 'trap "" TERM; while :; do sleep 0.05; done', 'abort'],
      ['ignores TERM and EOF', 'trap "" TERM PIPE; while :; do sleep 0.05; done', 'early'],
      ['is in a pipeline', 'yes | cat | cat', 'early'],
    ])('%s', async (_what, command, how) => {
      const running = start(
        `${command.startsWith('trap') ? '' : 'echo ready; '}${command.replace(';', '; echo ready;')}`,
      );
      await running.write(Buffer.from('a\n'));
      await running.output.next();
      await running.stop(how, 300);
      expect(await remaining([running.group], 0)).toEqual([]);
    });

    test('after a failure, EOF does not come before TERM', async () => {
      const file = join(folder, 'complete');
      writeFileSync(file, '');
      const running = start(`cat >/dev/null; echo complete > '${file}'`);
      await running.write(Buffer.from('a\n'));
      await running.stop('abort', 1000);
      expect(readFileSync(file, 'utf8')).toBe('');
    });

    test('a sender that waits is woken', async () => {
      const running = start('trap "" TERM; echo ready; while :; do sleep 0.05; done');
      await running.output.next();
      const waiting = running.write(Buffer.alloc(4 << 20));
      await Promise.all([waiting, running.stop('abort', 100)]);
      expect(running.reads).toBe(false);
    });
  });
});

describe('nothing outlives us', () => {
  const parent = (ending: string, by: HostChoice): string => `
    import { supervisor } from './src/process/supervisor.ts';
    const commands = ['sleep 1000', 'trap "" TERM; while :; do sleep 0.1; done', 'sleep 1000 | (sleep 1000; :)', 'yes >/dev/null']
      .map((command) => supervisor.start({ host: '${by}', stages: [{ command, env: {} }], stdin: 'none', onStderr: () => undefined }));
    const timer = setInterval(() => {
      if (commands.some((command) => command.group === 0)) return;
      clearInterval(timer);
      const host = supervisor.host ?? 0;
      console.log(JSON.stringify([host, ...commands.map((command) => command.group)]));
      ${ending}
    }, 100);`;

  describe.each<HostChoice>(['never', 'always'])('shell host: %s', (choice) => {
    test.each<[how: string, ending: string]>([
      ['SIGKILL', `process.kill(process.pid, 'SIGKILL');`],
      ['process.exit', 'process.exit(0);'],
      ['an exception', `throw new Error('on purpose');`],
      ['an orderly end', 'await supervisor.closeAll(100);'],
    ])('%s', async (_how, ending) => {
      const file = join(folder, 'parent.mjs');
      buildSync({
        stdin: { contents: parent(ending.replace('await', 'void'), choice), resolveDir: process.cwd(), loader: 'ts' },
        bundle: true,
        platform: 'node',
        format: 'esm',
        outfile: file,
      });
      copyFileSync('dist/shell-host.cjs', join(folder, 'shell-host.cjs'));
      const child = spawn(process.execPath, [file], { stdio: ['ignore', 'pipe', 'ignore'] });
      const out: Buffer[] = [];
      child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
      await new Promise((resolve) => child.once('close', resolve));
      const [shellHost, ...groups] = JSON.parse(Buffer.concat(out).toString()) as [number, ...number[]];
      expect([shellHost > 0, groups.length]).toEqual([choice === 'always', 4]);
      expect(await remaining([...groups, ...(shellHost > 0 ? [shellHost] : [])])).toEqual([]);
    });
  });
});
