import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { QueryError } from './base/errors.ts';
import type { Source } from './base/span.ts';
import {
  certified,
  emptyLock,
  keyOf,
  withCertificates,
  withMeasured,
  type Certificate,
  type Lock,
  type Locked,
  type LockedTool,
  type LockedTools,
  type Measured,
} from './contract/certificate.ts';
import type { Contract } from './contract/contract.ts';
import { infer } from './contract/infer.ts';
import { mapJob, type Job } from './plan/job.ts';
import { mapInputs } from './plan/ops.ts';
import type { Plan, Shell } from './plan/plan.ts';
import { toolsOf } from './process/tools.ts';

/** Where the certificates of a script are: beside it. Undefined for text that is in no file. */
export const lockPath = ({ name }: Source): string | undefined =>
  existsSync(name) ? join(dirname(name), 'ssql.lock') : undefined;

/** @throws QueryError for a file that is there and is no such file. */
export function readLock(path: string | undefined): Lock {
  if (path === undefined || !existsSync(path)) return emptyLock;
  try {
    const lock = JSON.parse(readFileSync(path, 'utf8')) as Lock;
    if (lock.format === 'ssql-lock' && lock.version === 1) return lock;
  } catch {
    // It is told below.
  }
  throw new QueryError({
    code: 'E0701',
    message: `${path} is no ssql.lock that this version can read`,
    help: ['remove it: `ssql verify` writes a new one'],
  });
}

/** Adds certificates, all of the file or nothing. */
export function writeLock(path: string, more: readonly Found[]): void {
  let lock = readLock(path);
  for (const { shell, axes, measured } of more) {
    const tools = versioned(toolsIn(shell), shell.command);
    const { command, env } = shell;
    const found = { command, env, tools, axes, ...(measured && { measured }) };
    lock = withCertificates(lock, keyOf(command, env, tools), found);
  }
  store(path, lock);
}

interface Found {
  readonly shell: Tried;
  readonly axes: Axes;
  readonly measured?: Measured;
}
type Tried = Pick<Shell, 'command' | 'env' | 'contract'>;
type Axes = { readonly [K in keyof Contract]?: Certificate };

/** Adds what was found out about one command while it ran. */
export function recordIn(path: string, key: string, locked: Locked): void {
  store(path, withCertificates(readLock(path), key, locked));
}

function store(path: string, lock: Lock): void {
  writeFileSync(`${path}.new`, `${JSON.stringify(lock, null, 2)}\n`);
  renameSync(`${path}.new`, path);
}

/** The programs of a command, as they are now. */
export const toolsIn = (shell: Tried): LockedTools =>
  Object.fromEntries(
    toolsOf(shell as Shell).map(({ name, path, sha256 = 'unreadable' }) => [name, { ...(path && { path }), sha256 }]),
  );

/** ms that a program may take to say its version. */
const PATIENCE = 2000;

/** With what those of them say that are known to only say it when they are asked. */
function versioned(tools: LockedTools, command: string): LockedTools {
  const known = infer(command, { json: true })?.programs ?? [];
  const versionOf = ({ path }: LockedTool): string | undefined => {
    const asked =
      path === undefined
        ? undefined
        : spawnSync(path, ['--version'], { encoding: 'utf8', timeout: PATIENCE, input: '' });
    return asked?.status === 0 ? asked.stdout.split('\n')[0] : undefined;
  };
  return Object.fromEntries(
    Object.entries(tools).map(([name, tool]) => {
      const version = known.includes(name) ? versionOf(tool) : undefined;
      return [name, { ...tool, ...(version !== undefined && { version }) }];
    }),
  );
}

/** Marks the promises of one command with what is known of them. */
export function certifiedShell(lock: Lock, shell: Shell): Shell {
  if (Object.keys(lock.commands).length === 0) return shell;
  const known = lock.commands[keyOf(shell.command, shell.env, toolsIn(shell))];
  if (known === undefined) return shell;
  const contract = unbound(shell, certified(shell.contract, known.axes));
  return { ...shell, contract: withMeasured(contract, known.measured) };
}

/**
 * How many lines a command gives for each, which was found false, is forgotten where nothing rests on it but laws: all but
 * EMITS ONE, and that where no column goes around the command, and no answer belongs to a row. Elsewhere it goes on being
 * asked for.
 */
function unbound({ carried, call, mode }: Shell, contract: Contract): Contract {
  const { emits, ...rest } = contract;
  if (emits?.by !== 'quarantined' || contract.nulls?.value.policy === 'skip') return contract;
  if (emits.value !== 'one') return contract.filters === undefined ? rest : contract;
  return carried.length === 0 && call === undefined && mode === undefined ? rest : contract;
}

/** Marks the promises of all commands with what is known of them. */
export function withCertificatesOf(lock: Lock, job: Job): Job {
  if (Object.keys(lock.commands).length === 0) return job;
  const visit = (plan: Plan): Plan => {
    const below = mapInputs(plan, visit);
    return below.op === 'shell' ? certifiedShell(lock, below) : below;
  };
  return mapJob(job, visit);
}
