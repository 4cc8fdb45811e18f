// Whatever is killed of a query that runs commands: the rest of it ends, says why or recovers as declared, and nothing is
// left. With real processes of `ssql`, as a user starts them.
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ssql, start, temporaryFolder, type Ended } from './support/cli.ts';
import { commandsOf, eventually, helpersOf, nothing } from './support/leaks.ts';

/** A query that runs in a folder of its own. */
function query(text: string, host: string) {
  const folder = temporaryFolder();
  const temporary = join(folder, 'tmp');
  mkdirSync(temporary);
  const args = ['--mode', 'csv', '--set', `shell_host=${host}`, '-c', text];
  const { child, ended } = start(args, folder, { TMPDIR: temporary });
  const worker = child.pid!;
  onTestFinished(() => void child.kill('SIGKILL'));
  return {
    folder,
    worker,
    ended,
    commands: () => commandsOf(worker),
    helpers: () => helpersOf(worker, temporary),
    /** The first process of its commands (or of its helpers) whose command line has `word` in it. */
    find: (word: string) =>
      eventually(
        () => [...commandsOf(worker), ...helpersOf(worker, temporary)].find((p) => p.line.includes(word))?.pid,
      ),
    /** Fails if anything of the query is left. */
    async gone(): Promise<Ended> {
      const end = await ended;
      expect(await nothing(() => [...commandsOf(worker), ...helpersOf(worker, temporary)])).toEqual([]);
      expect(await nothing(() => readdirSync(temporary))).toEqual([]);
      return end;
    },
  };
}

const kill = (pid: number): boolean => process.kill(pid, 'SIGKILL');

describe.each(['never', 'always'])('shell host: %s', (host) => {
  const stubborn = `sleep 1001 & (sleep 1002; :) | cat; `;
  const unreachable = `setsid sleep 1003 >/dev/null 2>&1 </dev/null & trap "" TERM; while :; do sleep 0.1; done`;

  test('SIGKILL of the worker', async () => {
    const q = query(`FROM SHELL('${unreachable} & ${stubborn}')`, host);
    for (const part of ['sleep 1001', 'sleep 1002', 'sleep 1003']) await q.find(part);
    kill(q.worker);
    expect((await q.gone()).code).toBe(null);
  });

  test('TERM of the worker', async () => {
    const q = query(`FROM SHELL('${stubborn}')`, host);
    await q.find('sleep 1002');
    process.kill(q.worker, 'SIGTERM');
    expect((await q.gone()).code).toBe(143);
  });

  test('SIGKILL of the guard: the query goes on', async () => {
    const q = query(`FROM SHELL('while ! test -e go; do sleep 0.05; done; echo done')`, host);
    await eventually(() => (q.commands().length > 0 ? true : undefined));
    kill(await q.find('while read -r line'));
    writeFileSync(join(q.folder, 'go'), '');
    expect(await q.gone()).toMatchObject({ code: 0, out: 'line\ndone\n' });
  });

  test('SIGKILL of the guard, then of the worker: another guard has taken its place', async () => {
    const q = query(`FROM SHELL('${unreachable} & ${stubborn}')`, host);
    for (const part of ['sleep 1001', 'sleep 1002', 'sleep 1003']) await q.find(part);
    const guard = await q.find('while read -r line');
    kill(guard);
    await eventually(() =>
      q.helpers().some((p) => p.line.includes('while read -r line') && p.pid !== guard) ? true : undefined,
    );
    kill(q.worker);
    expect((await q.gone()).code).toBe(null);
  });

  test('SIGKILL of the command', async () => {
    const q = query(`FROM SHELL('echo a; sleep 1001')`, host);
    await q.find('sleep 1001');
    const leader = q.commands().find((p) => p.pid === p.group)!;
    kill(leader.pid);
    const { code, err } = await q.gone();
    expect([code, err]).toEqual([1, expect.stringContaining('killed by SIGKILL')]);
  });

  test('SIGKILL of a grandchild is for the command to judge', async () => {
    const q = query(`FROM SHELL('sleep 1001; echo "ended by $?"')`, host);
    const sleeper = await eventually(() => q.commands().find((p) => p.line === 'sleep 1001')?.pid);
    kill(sleeper);
    expect(await q.gone()).toMatchObject({ code: 0, out: 'line\nended by 137\n' });
  });

  test('a process that left its group, session and streams ends with ssql', async () => {
    const q = query(`FROM SHELL('setsid sleep 1001 >/dev/null 2>&1 </dev/null & echo done')`, host);
    expect(await q.gone()).toMatchObject({ code: 0, out: 'line\ndone\n' });
  });
});

test('SIGKILL of the worker, and of what watches over it: the host ends the rest', async () => {
  const q = query(`FROM SHELL('trap "" TERM; sleep 1001 & while :; do sleep 0.1; done')`, 'always');
  await q.find('sleep 1001');
  kill(await q.find('while read -r line'));
  kill(q.worker);
  expect((await q.gone()).code).toBe(null);
});

describe('SIGKILL of the shell host', () => {
  test('fails the query, and says so', async () => {
    const q = query(`FROM SHELL('sleep 1001 & echo a; sleep 1002')`, 'always');
    await q.find('sleep 1002');
    kill(await q.find('shell-host.cjs'));
    const { code, err } = await q.gone();
    expect(code).toBe(1);
    expect(err).toMatch(/SHELL\('sleep 1001 .*'\) failed: the shell host that had started it is gone \(SIGKILL\)/);
  });

  test('is a failure that RETRY puts right', async () => {
    const first = 'if ! test -e ready; then touch ready; exec sleep 1001; fi; ';
    const q = query(
      `FROM (VALUES ('a'), ('b')) AS t(x) |> SHELL '${first} tr a-z A-Z' WRITES (y TEXT) AS MAP ON ERROR RETRY 2 |> SELECT y`,
      'always',
    );
    await eventually(() => (existsSync(join(q.folder, 'ready')) ? true : undefined));
    await q.find('sleep 1001');
    kill(await q.find('shell-host.cjs'));
    expect(await q.gone()).toMatchObject({ code: 0, out: 'y\nA\nB\n' });
  });
});

test('a hostile environment changes nothing', () => {
  const folder = temporaryFolder();
  for (const name of ['home', 'sub', 'elsewhere', 'elsewhere/sub', 'bin']) mkdirSync(join(folder, name));
  for (const name of ['.bashrc', '.profile', '.bash_profile'])
    writeFileSync(join(folder, 'home', name), 'echo noise\n');
  for (const name of ['sort', 'bin/sort'])
    writeFileSync(join(folder, name), '#!/bin/sh\necho noise\n', { mode: 0o755 });
  const commands = [
    `printf "b\\nA\\na\\nB\\n\\303\\244\\n" | sort`,
    'bash -c "echo bash; cd sub; shopt -q login_shell; echo $?"',
    'cd sub && basename "$PWD"',
    'date -d @0 +%c; date -d @0 +%H',
    'printf "%.1f\\n" 1.5; echo i | tr a-z A-Z; printf "x\\n" | grep x; locale -k LC_COLLATE 2>/dev/null | head -n 1',
    'env | grep -c . | sed "s/.*/few/"; umask',
  ];
  const all = commands.map((command) => `FROM SHELL($$${command}$$);`).join('\n');
  const plain = ssql(['--mode', 'csv', '-c', all], { cwd: folder });
  const hostile = ssql(['--mode', 'csv', '-c', all], {
    cwd: folder,
    env: {
      HOME: join(folder, 'home'),
      ENV: join(folder, 'home/.bashrc'),
      BASH_ENV: join(folder, 'home/.bashrc'),
      PATH: `.::bin:${process.env['PATH']}:sub`,
      LANG: 'tr_TR.UTF-8',
      LC_ALL: 'de_DE.UTF-8',
      LC_COLLATE: 'en_US.UTF-8',
      LC_NUMERIC: 'de_DE.UTF-8',
      TZ: 'Asia/Tokyo',
      CDPATH: join(folder, 'elsewhere'),
      GREP_OPTIONS: '-v',
      POSIXLY_CORRECT: '1',
      IFS: 'ab',
      SHLVL: '0',
      ...Object.fromEntries(Array.from({ length: 8 }, (_, i) => [`HUGE${i}`, 'x'.repeat(100_000)])),
    },
  });
  expect(plain).toMatchObject({ code: 0, err: '' });
  expect(hostile).toEqual(plain);
  expect(plain.out).not.toContain('noise');
  expect(plain.out).toContain('A\nB\na\nb\n');
});
