import { spawn, type ChildProcess } from 'node:child_process';
import { rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { GUARD, type FromHost, type ToHost } from './host-messages.ts';

// The shell host: a small process that starts commands for a large one (see host-link.ts), as starting one takes longer
// the more memory its parent has. It is given the path of a socket; each pipe of a command is a connection to it, whose
// other end is the worker itself, so no data passes through here. When the worker is gone, so are all its commands.
const [path, folder] = process.argv.slice(2) as [string, string];
const children = new Map<number, ChildProcess>();
const tell = (message: FromHost): void => void process.send?.(message, () => undefined);

process.on('message', (message: ToHost) => {
  start(message).catch((error: Error) => tell({ failed: message.id, message: error.message }));
});
process.on('disconnect', endAll);

async function start({ id, args, env, cwd, descriptors, stdin }: ToHost): Promise<void> {
  const pipes: (Socket | undefined)[] = Array.from({ length: descriptors });
  try {
    const open = async (fd: number): Promise<void> => void (pipes[fd] = await pipeTo(id, fd));
    const wanted = Array.from(pipes.keys()).filter((fd) => fd !== 3 && (fd !== 0 || stdin === 'pipe'));
    await Promise.all(wanted.map(open));
    const child = spawn('/bin/sh', args, {
      detached: true,
      stdio: pipes.map((pipe, fd) => pipe ?? (fd === 3 ? GUARD : 'ignore')),
      env,
      ...(cwd !== undefined && { cwd }),
    });
    child.once('error', (error) => tell({ failed: id, message: error.message }));
    child.once('exit', (code, signal) => {
      children.delete(id);
      tell({ exited: id, end: { code: code ?? undefined, signal: signal ?? undefined } });
    });
    if (child.pid === undefined) return;
    children.set(id, child);
    tell({ started: id, group: child.pid });
  } finally {
    // The child has its own, and must be the only one: else its end would not be the end of the stream.
    for (const pipe of pipes) pipe?.destroy();
  }
}

/** A connection to the worker, which is told what it is for. Nothing is read from it here. */
function pipeTo(id: number, fd: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.pause();
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.write(`${id} ${fd}\n`, (error) => (error ? reject(error) : resolve(socket)));
      // Descriptors beyond stderr stay as they are when the child gets them, and programs expect them to block.
      (socket as unknown as { _handle: { setBlocking(on: boolean): void } })._handle.setBlocking(true);
    });
  });
}

/** The worker is gone: TERM, a second of grace, KILL. */
function endAll(): void {
  rmSync(folder, { recursive: true, force: true });
  const signal = (name: NodeJS.Signals): void => {
    for (const { pid } of children.values()) {
      try {
        process.kill(-pid!, name);
      } catch {
        // It is gone.
      }
    }
  };
  signal('SIGTERM');
  const begun = Date.now();
  setInterval(() => {
    if (children.size > 0 && Date.now() - begun < 1000) return;
    signal('SIGKILL');
    process.exit();
  }, 50);
}
