import type { Shell } from '../../plan/plan.ts';
import type { RunContext } from '../context.ts';
import { mayOverlap } from './shell-faults.ts';
import { ShellProcess } from './shell-process.ts';

/**
 * Processes for the epochs of a SCOPE RECORD command, each of which gets one of its own. From the second epoch on the next
 * one is started ahead, so that no epoch waits for the start of its process (of an interpreter that is many times the
 * start of sed). Only where nothing tells that a process was started in vain, or beside another one.
 */
export class SpareProcess {
  readonly #plan: Shell;
  readonly #context: RunContext;
  #taken = 0;
  #waiting: ShellProcess | undefined;
  /** The epoch that it was told of. */
  #waitingFor: number | undefined;
  #soon: NodeJS.Immediate | undefined;

  constructor(plan: Shell, context: RunContext) {
    this.#plan = plan;
    this.#context = context;
  }

  /** The process that waits, unless it has ended by itself, or is for another epoch; else a new one. @throws CommandError if it cannot be started. */
  take(): ShellProcess {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (this.#taken++ > 0 && mayOverlap(this.#plan)) this.#soon ??= setImmediate(() => this.#prepare());
    if (waiting?.command.isOver === false && this.#waitingFor === this.#context.epoch?.number) {
      waiting.use();
      return waiting;
    }
    if (waiting !== undefined) void end(waiting);
    return new ShellProcess(this.#plan, this.#context, 'pipe');
  }

  #prepare(): void {
    this.#soon = undefined;
    if (this.#context.signal.aborted) return;
    const { epoch } = this.#context;
    const next = epoch && { ...epoch, number: epoch.number + 1 };
    this.#waitingFor = next?.number;
    try {
      this.#waiting = new ShellProcess(this.#plan, { ...this.#context, ...(next && { epoch: next }) }, 'pipe', 'spare');
    } catch {
      // The epoch that needs it will say why it cannot be started.
    }
  }

  /** Ends the one that waits. */
  async close(): Promise<void> {
    clearImmediate(this.#soon);
    this.#soon = undefined;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting !== undefined) await end(waiting);
  }
}

async function end(process: ShellProcess): Promise<void> {
  await process.stop('early');
  process.release();
}
