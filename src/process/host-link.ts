import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { refuseTooLong, type ChildEvents, type SpawnRequest } from './child.ts';
import type { FromHost, ToHost } from './host-messages.ts';
import type { StageEnd } from './outcome.ts';

/** The program is built beside ours; from sources it is found where the build puts it. */
const findProgram = (): string | undefined =>
  ['./shell-host.cjs', '../../dist/shell-host.cjs']
    .map((path) => fileURLToPath(new URL(path, import.meta.url)))
    .find((path) => existsSync(path));

/** What a socket can be called at most, in bytes. */
const LONGEST_PATH = 107;

/** The shell host has gone with the exit statuses of its commands: what became of them cannot be known. */
export class HostLostError extends Error {
  constructor(how: string) {
    super(`the shell host that had started it is gone (${how})`);
    this.name = 'HostLostError';
  }
}

/** A command that the host was asked for. */
interface Job {
  readonly events: ChildEvents;
  readonly pipes: (Socket | undefined)[];
  /** Pipes that have not come yet. */
  missing: number;
  group?: number;
  end?: StageEnd;
  isStarted: boolean;
}

/** This process's side of its shell host. */
export class HostLink {
  readonly #child: ChildProcess;
  readonly #server: Server;
  readonly #jobs = new Map<number, Job>();
  #last = 0;
  #isOver = false;
  #isRetired = false;

  /** Undefined where it cannot be started: commands are then children of this process. */
  static start(folder: string, guard: Socket): HostLink | undefined {
    const path = join(folder, 'host');
    const program = findProgram();
    if (program === undefined || Buffer.byteLength(path) > LONGEST_PATH) return undefined;
    return new HostLink(program, path, folder, guard);
  }

  private constructor(host: string, path: string, folder: string, guard: Socket) {
    // The folder is ours alone, so nobody else can connect.
    this.#server = createServer({ allowHalfOpen: true }, (socket) => this.#accept(socket));
    this.#server.on('error', () => this.#lost('it cannot be reached'));
    // It is bound when this returns: what the host is asked for while it starts waits for it.
    this.#server.listen(path);
    this.#server.unref();
    this.#child = spawn(process.execPath, [host, path, folder], {
      detached: true,
      stdio: ['ignore', 'ignore', 'ignore', 'ipc', guard],
      cwd: '/',
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    this.#child.on('error', (error) => this.#lost(error.message));
    this.#child.on('exit', (code, signal) => this.#lost(signal ?? `exit status ${code}`));
    this.#child.on('message', (message: FromHost) => this.#hear(message));
    this.#child.unref();
    this.#child.channel?.unref();
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** @throws Error for arguments that are too long. */
  spawn(request: SpawnRequest & Pick<ToHost, 'stdin'>, events: ChildEvents): void {
    refuseTooLong(request);
    const id = ++this.#last;
    const missing = request.descriptors - 1 - (request.stdin === 'pipe' ? 0 : 1);
    this.#jobs.set(id, { events, pipes: [], missing, isStarted: false });
    // Whoever waits for a command must not be left alone by the end of the event loop.
    this.#child.channel?.ref();
    // The host is somewhere else, so that it keeps no folder from being removed.
    const asked: ToHost = { ...request, cwd: request.cwd ?? process.cwd(), id };
    this.#child.send(asked, (error) => void (error && this.#lost(error.message)));
  }

  #accept(socket: Socket): void {
    socket.on('error', () => undefined);
    let head = '';
    const read = (): void => {
      const bytes = socket.read() as Buffer | null;
      if (bytes === null) return;
      const newline = bytes.indexOf(10);
      if (newline < 0) return void (head += bytes.toString('latin1'));
      head += bytes.toString('latin1', 0, newline);
      socket.off('readable', read);
      if (newline + 1 < bytes.length) socket.unshift(bytes.subarray(newline + 1));
      const [id, fd] = head.split(' ').map(Number) as [number, number];
      this.#connected(socket, id, fd);
    };
    socket.on('readable', read);
  }

  #connected(socket: Socket, id: number, fd: number): void {
    const job = this.#jobs.get(id);
    if (job === undefined) return void socket.destroy();
    // Its end says that there is no more to read. Where we write, the end is ours to say.
    if (fd !== 0) socket.once('end', () => socket.destroy());
    job.pipes[fd] = socket;
    job.missing--;
    this.#settle(id, job);
  }

  #hear(message: FromHost): void {
    if ('failed' in message) return this.#fail(message.failed, new Error(message.message));
    const id = 'started' in message ? message.started : message.exited;
    const job = this.#jobs.get(id);
    if (job === undefined) return;
    if ('started' in message) job.group = message.group;
    else job.end = message.end;
    this.#settle(id, job);
  }

  /** Pipes and messages come by different ways, and in any order. */
  #settle(id: number, job: Job): void {
    if (job.group === undefined || job.missing > 0) return;
    if (!job.isStarted) job.events.started(job.group, job.pipes);
    job.isStarted = true;
    if (job.end === undefined) return;
    this.#forget(id);
    job.events.exited(job.end);
  }

  #fail(id: number, error: Error): void {
    const job = this.#jobs.get(id);
    if (job === undefined) return;
    this.#forget(id);
    for (const pipe of job.pipes) pipe?.destroy();
    job.events.failed(error);
  }

  #forget(id: number): void {
    this.#jobs.delete(id);
    if (this.#jobs.size > 0) return;
    this.#child.channel?.unref();
    if (this.#isRetired) void this.close();
  }

  /** Nothing more is asked of it: it ends with its last command. */
  retire(): void {
    this.#isRetired = true;
    if (this.#jobs.size === 0) void this.close();
  }

  #lost(how: string): void {
    this.#isOver = true;
    this.#server.close();
    for (const [id, job] of this.#jobs) {
      if (job.group !== undefined && !job.isStarted) job.events.started(job.group, job.pipes);
      job.isStarted = true;
      this.#forget(id);
      job.events.failed(new HostLostError(how));
    }
  }

  /** Ends it, and with it what is left of its commands. */
  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null || this.#child.pid === undefined) return;
    const exited = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#isOver = true;
    this.#server.close();
    this.#child.ref();
    if (this.#child.connected) this.#child.disconnect();
    await exited;
  }
}
