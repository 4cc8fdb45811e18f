import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { onTestFinished } from 'vitest';

export const CLI = resolve('dist/cli.js');

/** Real logs and a real database that are not part of the project; tests that need them say so where they are missing. */
export const SHARED = resolve('../shared/data');
export const hasShared = existsSync(join(SHARED, 'apache_access.log'));

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export function ssql(
  args: readonly string[],
  options: { input?: string; cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Ended {
  const done = spawnSync(process.execPath, [CLI, ...args], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    input: options.input ?? '',
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    timeout: 120_000,
  });
  return { code: done.status, out: done.stdout, err: done.stderr };
}

/** What a shell makes of a command line in which `ssql` is the CLI under test. */
export function shell(line: string, cwd?: string): Ended {
  const done = spawnSync('bash', ['-c', `ssql() { "${process.execPath}" "${CLI}" "$@"; }; ${line}`], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    cwd,
    timeout: 120_000,
  });
  return { code: done.status, out: done.stdout, err: done.stderr };
}

/** Starts ssql without waiting for it. */
export function start(args: readonly string[], cwd?: string, env: NodeJS.ProcessEnv = {}) {
  const child = spawn(process.execPath, [CLI, ...args], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let err = '';
  let out = '';
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
  child.stdin.on('error', () => undefined);
  const ended = new Promise<Ended>((resolveEnd) => child.on('close', (code) => resolveEnd({ code, out, err })));
  return { child, ended };
}

/** A folder that is gone after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'ssql-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Command lines of the processes on this machine that contain `mark`, but for those of the tests themselves. */
export function processesWith(mark: string): string[] {
  return readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid) && Number(pid) !== process.pid)
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
      } catch {
        return '';
      }
    })
    .filter((line) => line.includes(mark) && !line.includes('cli.js'));
}
