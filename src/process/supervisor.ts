import { Command, type CommandSpec } from './command.ts';
import { Guard } from './guard.ts';

/**
 * Starts every command of this process and knows which are left, so that none outlives it: an orderly end stops them,
 * a sudden `process.exit` kills them, and after a SIGKILL the guard does.
 */
class Supervisor {
  readonly #commands = new Set<Command>();
  #guard: Guard | undefined;
  #watching = false;

  /** @throws what `spawn` throws for arguments that it cannot pass on. */
  start(spec: CommandSpec): Command {
    const guard = this.#guardian();
    const command = new Command(spec, guard);
    this.#commands.add(command);
    const gone = (): void => {
      this.#commands.delete(command);
      if (command.group !== 0) guard.forget(command.group);
    };
    command.ended.then(gone, gone);
    return command;
  }

  /** Process groups that may have a process. */
  get groups(): readonly number[] {
    return Array.from(this.#commands, (command) => command.group);
  }

  /** Ends all commands, then the guard. @param grace ms from TERM to KILL. */
  async closeAll(grace = 2000): Promise<void> {
    await Promise.all(Array.from(this.#commands, (command) => command.stop('abort', grace)));
    const guard = this.#guard;
    this.#guard = undefined;
    await guard?.close();
  }

  #guardian(): Guard {
    if (!this.#watching) process.on('exit', () => this.#commands.forEach((command) => command.signal('SIGKILL')));
    this.#watching = true;
    if (this.#guard?.alive !== true) {
      this.#guard = new Guard();
      for (const group of this.groups) this.#guard.remember(group);
    }
    return this.#guard;
  }
}

/** Processes belong to this process, whichever session asked for them: there is one supervisor. */
export const supervisor = new Supervisor();
