import { rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import type { JobAction, RunningJob } from '../plan/running-job.ts';
import { supervisor } from '../process/supervisor.ts';
import { leaveJobFolder, ownJobFolder, socketOf } from './job-folder.ts';
import { lines } from './lines.ts';

/** A request of one line, and its answer. */
export interface JobRequest {
  readonly ask: JobAction | 'status';
}
export interface JobAnswer {
  readonly status: RunningJob;
  /** Why what was asked is not done. */
  readonly refused?: string;
}

const asks: ReadonlySet<JobRequest['ask']> = new Set(['status', 'stop', 'drain', 'pause', 'resume']);

/** What is listened for on behalf of. */
export interface Served {
  readonly status: () => RunningJob;
  /** @returns why it is not done. */
  readonly act: (action: JobAction) => string | undefined;
}

/**
 * Listens for what other processes of this user ask of the run that this one is in the middle of. What ends the run is
 * answered when that is over. It keeps no process alive.
 */
export class JobServer {
  readonly #served: Served;
  readonly #server: Server;
  readonly #path: string;
  /** Those that wait for the end. */
  readonly #waiting = new Set<Socket>();

  /** Undefined where there is no place to listen at: then nobody can ask. */
  static async start(served: Served): Promise<JobServer | undefined> {
    // Somebody who leaves it may remove the folder just before this one is in it.
    for (let tries = 0; tries < 3; tries++) {
      const folder = ownJobFolder();
      if (folder === undefined) return undefined;
      const server = new JobServer(served, socketOf(folder, process.pid));
      // Before there is one, so that none is left, whenever we are killed.
      supervisor.rememberFile(server.#path);
      if (await server.#listen()) return server;
    }
    return undefined;
  }

  private constructor(served: Served, path: string) {
    this.#served = served;
    this.#path = path;
    this.#server = createServer((socket) => this.#answer(socket));
    this.#server.unref();
  }

  #listen(): Promise<boolean> {
    // One that had our pid before us, and was killed.
    rmSync(this.#path, { force: true });
    return new Promise((resolve) => {
      this.#server.once('error', () => resolve(false));
      this.#server.listen(this.#path, () => resolve(true));
    });
  }

  #answer(socket: Socket): void {
    socket.unref();
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#waiting.delete(socket));
    lines(socket, (line) => {
      const { ask } = JSON.parse(line) as JobRequest;
      if (!asks.has(ask)) throw new TypeError('nothing that can be asked');
      const refused = ask === 'status' ? undefined : this.#served.act(ask);
      if (refused === undefined && (ask === 'stop' || ask === 'drain')) this.#waiting.add(socket);
      else void reply(socket, { status: this.#served.status(), ...(refused !== undefined && { refused }) });
    });
  }

  /** The run is over. */
  async close(): Promise<void> {
    const status = this.#served.status();
    await Promise.all([...this.#waiting].map((socket) => reply(socket, { status })));
    this.#server.close();
    leaveJobFolder();
    supervisor.rememberFile(undefined);
  }
}

const reply = (socket: Socket, answer: JobAnswer): Promise<void> =>
  new Promise((resolve) => {
    socket.once('close', () => resolve());
    socket.end(`${JSON.stringify(answer)}\n`, () => resolve());
  });
