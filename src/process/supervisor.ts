import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { spawnHere, type ChildEvents, type SpawnRequest } from './child.ts';
import { Command, type CommandSpec, type HostChoice } from './command.ts';
import { Guard } from './guard.ts';
import { HostLink } from './host-link.ts';
import { Scratch } from './scratch.ts';
import { killStrays } from './strays.ts';

/**
 * Resident bytes beyond which the shell host starts our commands. To start one takes a process the longer the more memory
 * it has, and it does nothing else meanwhile: 2 ms at 60 MB, 150 ms at 1.5 GB, where asking the host takes 0.1 ms. But
 * the host is a program itself, whose start costs as much as that of 20 commands: most queries need none.
 */
const LARGE = 160 * 1024 * 1024;
/** A host, or a guard, that is lost more often than that cannot live here. */
const MOST_LOST = 3;

/** ms after the end of a command at which what it may have left is looked for. */
const SWEEP = 1000;

/**
 * Starts every command of this process and knows which are left, so that none outlives it: an orderly end stops them,
 * a sudden `process.exit` kills them, and after a SIGKILL the guard does.
 */
class Supervisor {
  readonly #commands = new Set<Command>();
  /** Of those commands, as their environment tells them. */
  readonly #numbers = new Set<number>();
  #sweep: NodeJS.Timeout | undefined;
  #madeMark: string | undefined;
  readonly #scratch = new Scratch();
  #guard: Guard | undefined;
  #file: string | undefined;
  #host: HostLink | undefined;
  #hosts = 0;
  #guardsLost = 0;
  #started = 0;
  #watching = false;

  /** A variable that is in the environment of every command. Made for the first: most runs start none. */
  get #mark(): string {
    return (this.#madeMark ??= `SSQL_PROCESS=${process.pid}-${randomBytes(8).toString('hex')}.`);
  }

  /** @throws what `spawn` throws for arguments that it cannot pass on. */
  start(spec: CommandSpec): Command {
    const guard = this.#guardian();
    const [name, value] = this.#mark.split('=') as [string, string];
    const { folder, spec: settled } = this.#settle(spec, guard);
    const number = ++this.#started;
    const marked = { ...settled, env: { ...spec.env, [name]: `${value}${number}` } };
    const command = new Command(marked, (request, events) => this.#launch(request, spec.host ?? 'auto', guard, events));
    this.#commands.add(command);
    this.#numbers.add(number);
    const gone = (): void => {
      this.#commands.delete(command);
      this.#numbers.delete(number);
      this.#sweepSoon();
      // It may be another one by now.
      if (command.group !== 0) (this.#guard ?? guard).forget(command.group);
      if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
    };
    command.ended.then(gone, gone);
    return command;
  }

  /** In a sandbox, or if it is to be private, each process has a folder of its own, unless it is told to run elsewhere. */
  #settle(spec: CommandSpec, guard: Guard): { readonly spec: CommandSpec; readonly folder?: string } {
    const { confinement, cwd } = spec;
    if (confinement?.sandbox === undefined && confinement?.isPrivate !== true) return { spec };
    const files = confinement.files.map((file) => resolve(file));
    if (cwd !== undefined) return { spec: { ...spec, confinement: { ...confinement, files, isPrivate: false } } };
    const folder = this.#scratch.subfolder(guard, confinement.files);
    return { folder, spec: { ...spec, cwd: folder, confinement: { ...confinement, files, folder } } };
  }

  /** A file that must not outlive this process, where it has ever started a command; undefined: none any more. */
  rememberFile(path: string | undefined): void {
    this.#file = path;
    this.#guard?.rememberFile(path);
  }

  /** Process groups that may have a process. */
  get groups(): readonly number[] {
    return Array.from(this.#commands, (command) => command.group);
  }

  /** Number of the shell host; undefined as long as there is none. */
  get host(): number | undefined {
    return this.#host?.isOver === false ? this.#host.pid : undefined;
  }

  /** A descriptor of ours can only be handed to a child of ours. */
  #launch(request: SpawnRequest, by: HostChoice, guard: Guard, events: ChildEvents): void {
    const { stdin } = request;
    const isWanted = by === 'always' || (by === 'auto' && process.memoryUsage.rss() > LARGE);
    const host = isWanted && typeof stdin !== 'number' ? this.#hostBy(guard) : undefined;
    if (host === undefined || typeof stdin === 'number') spawnHere(request, guard.input, events);
    else host.spawn({ ...request, stdin }, events);
  }

  /** Undefined where there cannot be one. */
  #hostBy(guard: Guard): HostLink | undefined {
    if (this.#host?.isOver === true) this.#host = undefined;
    if (this.#host !== undefined || this.#hosts++ > MOST_LOST) return this.#host;
    try {
      this.#host = HostLink.start(this.#scratch.folder(guard), guard.input);
    } catch {
      // There is no place for temporary files: the command may need none.
    }
    return this.#host;
  }

  /** To look at all processes takes a while, so it is done once for all that end within a moment; at our end by the guard. */
  #sweepSoon(): void {
    this.#sweep ??= setTimeout(() => {
      this.#sweep = undefined;
      killStrays(this.#mark, (number) => this.#numbers.has(number));
    }, SWEEP).unref();
  }

  /** Ends all commands, then the host and the guard. @param grace ms from TERM to KILL. */
  async closeAll(grace = 2000): Promise<void> {
    await Promise.all(Array.from(this.#commands, (command) => command.stop('abort', grace)));
    const [guard, host] = [this.#guard, this.#host];
    this.#guard = undefined;
    this.#host = undefined;
    await host?.close();
    await guard?.close();
    this.#scratch.remove();
  }

  /** Commands that run must not be without one; but a guard that never lives long is left to the next command. */
  #onGuardLost(): void {
    if (this.#commands.size > 0 && ++this.#guardsLost <= MOST_LOST) this.#guardian();
  }

  #guardian(): Guard {
    if (!this.#watching)
      process.on('exit', () => {
        this.#commands.forEach((command) => command.signal('SIGKILL'));
        this.#scratch.remove();
      });
    this.#watching = true;
    if (this.#guard?.alive !== true) {
      this.#guard = new Guard(this.#mark, () => this.#onGuardLost());
      for (const group of this.groups) this.#guard.remember(group);
      this.#scratch.tell(this.#guard);
      this.#guard.rememberFile(this.#file);
      // It knows the way to the old guard only.
      this.#host?.retire();
      this.#host = undefined;
    }
    return this.#guard;
  }
}

/** Processes belong to this process, whichever session asked for them: there is one supervisor. */
export const supervisor = new Supervisor();
