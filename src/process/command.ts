import type { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Launch, Pipes } from './child.ts';
import { confined, type Confinement } from './confinement.ts';
import { HostLostError } from './host-link.ts';
import { Inbox } from './inbox.ts';
import type { Outcome, StageEnd } from './outcome.ts';
import { Outbox } from './outbox.ts';
import { scriptFor, type Script, type Stage } from './script.ts';

/** ms that a stream may stay open, with nothing coming, after the command has exited. */
const DRAIN_GRACE = 2000;

/** Whether the shell host starts a command: auto, when this process has grown so large that it is better at that. */
export type HostChoice = 'auto' | 'always' | 'never';

export interface CommandSpec {
  readonly host?: HostChoice;
  /** One or more, run as a pipeline. */
  readonly stages: readonly Stage[];
  /** Where stdin comes from: `write`, nowhere, or an open descriptor. */
  readonly stdin: 'pipe' | 'none' | number;
  readonly cwd?: string;
  readonly confinement?: Confinement;
  /** Variables beside those that every command gets, and those of the stages. */
  readonly env?: Readonly<Record<string, string>>;
  /** Takes all that a stage writes to its stderr. */
  readonly onStderr: (stage: number, chunk: Buffer) => void;
}

/**
 * How to end a command before its time. 'early': its output is not wanted any more, so it is told by EOF and a closed
 * stdout first. 'abort': the query failed, and EOF would make it believe that its input was complete, so TERM is first.
 */
export type Stop = 'early' | 'abort';

/**
 * A pipeline that runs, as a process group of its own. All its streams are always served. It may take a moment until it
 * is really started; what is asked of it until then is done when it is.
 */
export class Command {
  /** What it writes to stdout. */
  readonly output = new Inbox();
  /** Settles with its group when it runs; never, if it cannot be started. */
  readonly started: Promise<number>;
  /** Settles when it has exited and closed its stdout. Rejects if it could not be started, or was lost sight of. */
  readonly ended: Promise<Outcome>;
  readonly #spec: CommandSpec;
  readonly #script: Script;
  readonly #input: Outbox;
  readonly #exit: Promise<StageEnd>;
  readonly #statuses = new Map<number, number>();
  #group = 0;
  #onStarted!: (group: number) => void;
  #pipes: Pipes = [];
  /** All streams that it writes to are closed. */
  #closed: Promise<unknown> = Promise.resolve();
  /** A signal for when it is started. */
  #signal: NodeJS.Signals | undefined;
  #stopping: Promise<void> | undefined;
  #exited = false;

  /** @throws what `launch` throws. */
  constructor(spec: CommandSpec, launch: Launch) {
    const { confinement, cwd, stdin } = spec;
    const stages =
      confinement === undefined
        ? spec.stages
        : spec.stages.map((stage) => ({ ...stage, command: confined(stage.command, confinement) }));
    this.#spec = spec;
    this.#script = scriptFor(stages, stdin === 'pipe', spec.env);
    this.#input = new Outbox(stdin === 'pipe');
    const { args, env, descriptors } = this.#script;
    const exited = (): void => {
      this.#exited = true;
      this.#input.close();
    };
    this.started = new Promise((resolve) => (this.#onStarted = resolve));
    this.#exit = new Promise((resolve, reject) => {
      launch(
        { args, env, stdin, descriptors, ...(cwd !== undefined && { cwd }) },
        {
          started: (group, pipes) => this.#start(group, pipes),
          exited: (end) => {
            exited();
            resolve(end);
          },
          failed: (error) => {
            exited();
            reject(error);
          },
        },
      );
    });
    this.ended = this.#watch();
    // Whoever needs the outcome awaits it; a command that is stopped may have nobody who does.
    this.ended.catch(() => undefined);
  }

  #start(group: number, pipes: Pipes): void {
    this.#group = group;
    this.#pipes = pipes;
    const { stderrFds, statusFd } = this.#script;
    for (const [stage, fd] of stderrFds.entries())
      pipes[fd]?.on('data', (chunk: Buffer) => this.#spec.onStderr(stage, chunk)).on('error', () => undefined);
    if (statusFd !== undefined) this.#readStatuses(pipes[statusFd]);
    this.output.attach(pipes[1]);
    const outputs = pipes.slice(1).filter((pipe) => pipe?.closed === false);
    this.#closed = Promise.all(outputs.map((pipe) => new Promise((resolve) => pipe!.once('close', resolve))));
    if (pipes[0] && this.#spec.stdin === 'pipe') this.#input.attach(pipes[0] as Writable);
    if (this.#signal !== undefined) this.signal(this.#signal);
    this.#onStarted(group);
  }

  /** The number of its process group; 0 until it is started. */
  get group(): number {
    return this.#group;
  }

  /** It has exited, or could not be started. */
  get isOver(): boolean {
    return this.#exited;
  }

  /** Some of what was written it has not read. (Bytes that the kernel still held are not known to be unread.) */
  get leftInput(): boolean {
    return this.#input.left;
  }

  /** Bytes that it has taken and given. */
  get moved(): number {
    return this.#input.taken + this.output.received;
  }

  /** It has something to do: there is input, or the end of it, and we take what it writes. */
  get isOwing(): boolean {
    return !this.output.isFull && (typeof this.#spec.stdin === 'number' || this.#input.isBehind);
  }

  /** Whether it still takes what is written. */
  get reads(): boolean {
    return this.#input.isOpen;
  }

  /**
   * Queues bytes for stdin; they must not change until they are written. Bytes for a command that has stopped reading
   * are dropped: whether that was right is told by its exit status.
   *
   * @returns a promise, when so much waits that the sender should too.
   */
  write(bytes: Uint8Array): void | Promise<void> {
    return this.#input.write(bytes);
  }

  /** Nothing more will be written. */
  endInput(): void {
    this.#input.end();
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
    if (how === 'early' && this.#spec.stdin === 'pipe') {
      this.#input.abandon();
      if (await within(Math.min(grace, 100))) return;
    }
    this.#input.wake();
    this.signal('SIGTERM');
    if (await within(grace)) return;
    this.signal('SIGKILL');
    // A process in an uninterruptible call outlasts even that; the guard keeps its number.
    await within(5000);
  }

  /** To the whole group; as soon as it is started, if it is not. @returns false if nothing is left of it. */
  signal(name: NodeJS.Signals): boolean {
    if (this.#group === 0) {
      this.#signal = name;
      return !this.#exited;
    }
    try {
      return process.kill(-this.#group, name);
    } catch {
      return false;
    }
  }

  async #watch(): Promise<Outcome> {
    let exit;
    try {
      exit = await this.#exit;
    } catch (error) {
      this.output.abandon();
      if (error instanceof HostLostError) await this.#endGroup();
      this.#release();
      throw error;
    }
    const held = await this.output.closedAfterExit(DRAIN_GRACE);
    if (held) this.signal('SIGTERM');
    // A process in the background may hold stderr, but then what it has told is complete enough.
    await Promise.race([this.#closed, sleep(DRAIN_GRACE, undefined, { ref: false })]);
    if (this.signal('SIGTERM')) {
      // What is left of the group are background processes that nobody waits for.
      await sleep(50);
      this.signal('SIGKILL');
    }
    this.#release();
    return { stages: this.#ends(exit), held };
  }

  /** TERM, then KILL, where nobody tells of an exit. */
  async #endGroup(): Promise<void> {
    for (let tries = 0; this.signal(tries < 20 ? 'SIGTERM' : 'SIGKILL') && tries < 60; tries++) await sleep(50);
  }

  #release(): void {
    for (const pipe of this.#pipes) pipe?.destroy();
  }

  #readStatuses(stream: Readable | null | undefined): void {
    let text = '';
    stream?.setEncoding('latin1').on('error', () => undefined);
    stream?.on('data', (chunk: string) => {
      text += chunk;
      for (const [, stage, code] of text.matchAll(/^(\d+) (\d+)$/gm)) this.#statuses.set(Number(stage), Number(code));
    });
  }

  #ends(exit: StageEnd): readonly StageEnd[] {
    const codes = this.#spec.stages.map((_, i) => ({ code: this.#statuses.get(i), signal: exit.signal }));
    return this.#statuses.size === 0 ? codes.map(() => exit) : codes;
  }
}
