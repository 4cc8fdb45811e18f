import { spawn } from 'node:child_process';
import type { Duplex, Readable } from 'node:stream';
import type { StageEnd } from './outcome.ts';

/** A shell to start, in a session and a process group of its own. Its descriptor 3 is the way to the guard. */
export interface SpawnRequest {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Where stdin comes from: a pipe of ours, nowhere, or an open descriptor. */
  readonly stdin: 'pipe' | 'none' | number;
  /** How many descriptors it gets; all but 0 and 3 are pipes to us. */
  readonly descriptors: number;
}

/** Our ends of the pipes of a process, by descriptor. */
export type Pipes = readonly (Duplex | Readable | null | undefined)[];

/** What becomes of a request: it failed, or it was started, then ended (or was lost sight of: failed, too). */
export interface ChildEvents {
  /** @param group its number, which is that of its group. */
  started(group: number, pipes: Pipes): void;
  exited(end: StageEnd): void;
  failed(error: Error): void;
}

/** Starts a process; its events may come before this returns. @throws what `spawn` throws for arguments it cannot pass on. */
export type Launch = (request: SpawnRequest, events: ChildEvents) => void;

/** The kernel passes no argument and no variable that is longer than that, its final NUL included. */
const LONGEST_STRING = 128 * 1024;

/** Starts it as a child of this process, which stands still for as long as that takes: the longer the more memory it has. */
export function spawnHere(request: SpawnRequest, guard: number | Duplex, events: ChildEvents): void {
  refuseTooLong(request);
  const { args, env, cwd, stdin, descriptors } = request;
  const child = spawn('/bin/sh', args, {
    // A session of its own: a Ctrl-C on our terminal is ours alone, and one signal reaches all that it started.
    detached: true,
    stdio: [stdin === 'none' ? 'ignore' : stdin, 'pipe', 'pipe', guard, ...Array<'pipe'>(descriptors - 4).fill('pipe')],
    env,
    ...(cwd !== undefined && { cwd }),
  });
  child.once('error', (error) => events.failed(error));
  child.once('exit', (code, signal) => events.exited({ code: code ?? undefined, signal: signal ?? undefined }));
  if (child.pid !== undefined) events.started(child.pid, child.stdio as Pipes);
}

/** What the system would refuse by `E2BIG`, which tells nobody what is too big. */
export function refuseTooLong({ args, env }: SpawnRequest): void {
  const refuse = (what: string, bytes: number): never => {
    const limit = (LONGEST_STRING - 1).toLocaleString('en-US');
    throw new Error(`${what} has ${bytes.toLocaleString('en-US')} bytes, and the system passes at most ${limit}`);
  };
  for (const arg of args) if (Buffer.byteLength(arg) >= LONGEST_STRING) refuse('the command', Buffer.byteLength(arg));
  for (const [name, value] of Object.entries(env)) {
    const bytes = Buffer.byteLength(name) + 1 + Buffer.byteLength(value);
    if (bytes >= LONGEST_STRING) refuse(`variable ${name}`, bytes);
  }
}
