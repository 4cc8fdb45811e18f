import { spawn, type ChildProcess } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { confined, type Confinement } from './confinement.ts';
import type { Guard } from './guard.ts';
import { Inbox } from './inbox.ts';
import type { Outcome, StageEnd } from './outcome.ts';
import { scriptFor, type Script, type Stage } from './script.ts';

/** Bytes that may wait for a command to read them before the sender is held back. */
const INPUT_BOUND = 512 * 1024;
/** ms that a stream may stay open, with nothing coming, after the command has exited. */
const DRAIN_GRACE = 2000;

export interface CommandSpec {
  /** One or more, run as a pipeline. */
  readonly stages: readonly Stage[];
  /** Where stdin comes from: `write`, nowhere, or an open descriptor. */
  readonly stdin: 'pipe' | 'none' | number;
  readonly cwd?: string;
  readonly confinement?: Confinement;
  /** Takes all that a stage writes to its stderr. */
  readonly onStderr: (stage: number, chunk: Buffer) => void;
}

/**
 * How to end a command before its time. 'early': its output is not wanted any more, so it is told by EOF and a closed
 * stdout first. 'abort': the query failed, and EOF would make it believe that its input was complete, so TERM is first.
 */
export type Stop = 'early' | 'abort';

/** A pipeline that runs, as a process group of its own. All its streams are always served. */
export class Command {
  readonly group: number;
  /** What it writes to stdout. */
  readonly output: Inbox;
  /** Settles when it has exited and closed its stdout. Rejects only if it could not be started. */
  readonly ended: Promise<Outcome>;
  readonly #child: ChildProcess;
  readonly #exit: Promise<StageEnd>;
  /** All streams are closed. */
  readonly #closed: Promise<void>;
  readonly #input: Writable | null;
  readonly #stages: number;
  readonly #statuses = new Map<number, number>();
  #stopping: Promise<void> | undefined;
  #exited = false;
  #inputClosed = false;
  #leftInput = false;
  #wakeSender: (() => void) | undefined;

  /** @throws what `spawn` throws for arguments that it cannot pass on. */
  constructor(spec: CommandSpec, guard: Guard) {
    const { confinement } = spec;
    const stages =
      confinement === undefined
        ? spec.stages
        : spec.stages.map((stage) => ({ ...stage, command: confined(stage.command, confinement) }));
    const script = scriptFor(stages, spec.stdin === 'pipe');
    const child = start(script, spec, guard);
    this.#child = child;
    this.group = child.pid ?? 0;
    this.#stages = spec.stages.length;
    this.#closed = new Promise((resolve) => child.once('close', () => resolve()));
    this.#exit = new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code, signal) => {
        this.#exited = true;
        this.#closeInput();
        resolve({ code: code ?? undefined, signal: signal ?? undefined });
      });
    });
    this.#input = child.stdin;
    this.#input?.on('error', () => {
      this.#leftInput = true;
      this.#closeInput();
    });
    this.output = new Inbox(child.stdout);
    for (const [stage, fd] of script.stderrFds.entries()) {
      const stderr = child.stdio?.[fd] as Readable | undefined;
      stderr?.on('data', (chunk: Buffer) => spec.onStderr(stage, chunk)).on('error', () => undefined);
    }
    if (script.statusFd !== undefined) this.#readStatuses(child.stdio?.[script.statusFd] as Readable | undefined);
    this.ended = this.#watch();
    // Whoever needs the outcome awaits it; a command that is stopped may have nobody who does.
    this.ended.catch(() => undefined);
  }

  /** Some of what was written it has not read. (Bytes that the kernel still held are not known to be unread.) */
  get leftInput(): boolean {
    return this.#leftInput;
  }

  /** Whether it still takes what is written. */
  get reads(): boolean {
    return this.#input !== null && !this.#inputClosed;
  }

  /**
   * Queues bytes for stdin; they must not change until they are written. Bytes for a command that has stopped reading
   * are dropped: whether that was right is told by its exit status.
   *
   * @returns a promise, when so much waits that the sender should too.
   */
  write(bytes: Uint8Array): void | Promise<void> {
    if (bytes.length === 0) return undefined;
    if (!this.reads) {
      this.#leftInput = true;
      return undefined;
    }
    const input = this.#input!;
    input.write(bytes, () => {
      if (input.writableLength < INPUT_BOUND / 2) this.#wake();
    });
    if (input.writableLength < INPUT_BOUND) return undefined;
    return new Promise((resolve) => (this.#wakeSender = resolve));
  }

  /** Nothing more will be written. */
  endInput(): void {
    if (this.reads) this.#input!.end();
  }

  /** Ends it, if it has not ended, and waits until nothing of it is left. @param grace ms from TERM to KILL. */
  stop(how: Stop, grace: number): Promise<void> {
    return (this.#stopping ??= this.#stop(how, grace));
  }

  async #stop(how: Stop, grace: number): Promise<void> {
    this.output.abandon();
    const gone = this.ended.then(
      () => true,
      () => true,
    );
    const within = (ms: number): Promise<boolean> => Promise.race([gone, sleep(ms, false, { ref: false })]);
    if (this.#exited) return void (await gone);
    if (how === 'early' && this.#input !== null) {
      this.#input.destroy();
      if (await within(Math.min(grace, 100))) return;
    }
    this.#wake();
    this.signal('SIGTERM');
    if (await within(grace)) return;
    this.signal('SIGKILL');
    // A process in an uninterruptible call outlasts even that; the guard keeps its number.
    await within(5000);
  }

  /** To the whole group. @returns false if nothing is left of it. */
  signal(name: NodeJS.Signals): boolean {
    if (this.group === 0) return false;
    try {
      return process.kill(-this.group, name);
    } catch {
      return false;
    }
  }

  async #watch(): Promise<Outcome> {
    const exit = await this.#exit;
    const held = await this.output.closedAfterExit(DRAIN_GRACE);
    if (held) this.signal('SIGTERM');
    // A process in the background may hold stderr, but then what it has told is complete enough.
    await Promise.race([this.#closed, sleep(DRAIN_GRACE, undefined, { ref: false })]);
    if (this.signal('SIGTERM')) {
      // What is left of the group are background processes that nobody waits for.
      await sleep(50);
      this.signal('SIGKILL');
    }
    for (const stream of this.#child.stdio) stream?.destroy();
    return { stages: this.#ends(exit), held };
  }

  #readStatuses(stream: Readable | undefined): void {
    let text = '';
    stream?.setEncoding('latin1').on('error', () => undefined);
    stream?.on('data', (chunk: string) => {
      text += chunk;
      for (const [, stage, code] of text.matchAll(/^(\d+) (\d+)$/gm)) this.#statuses.set(Number(stage), Number(code));
    });
  }

  #ends(exit: StageEnd): readonly StageEnd[] {
    const all = Array.from({ length: this.#stages }, (_, i) => ({ code: this.#statuses.get(i), signal: exit.signal }));
    return this.#statuses.size === 0 ? all.map(() => exit) : all;
  }

  #closeInput(): void {
    this.#inputClosed = true;
    this.#wake();
  }

  #wake(): void {
    this.#wakeSender?.();
    this.#wakeSender = undefined;
  }
}

function start(script: Script, spec: CommandSpec, guard: Guard): ChildProcess {
  const stdin = spec.stdin === 'none' ? 'ignore' : spec.stdin;
  const more = script.statusFd === undefined ? [] : Array.from(script.stderrFds, () => 'pipe' as const);
  return spawn('/bin/sh', script.args, {
    // A session of its own: a Ctrl-C on our terminal is ours alone, and one signal reaches all that it started.
    detached: true,
    stdio: [stdin, 'pipe', 'pipe', guard.input, ...more],
    env: script.env,
    ...(spec.cwd !== undefined && { cwd: spec.cwd }),
  });
}
