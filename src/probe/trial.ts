import { setTimeout as sleep } from 'node:timers/promises';
import { activityOf } from '../process/activity.ts';
import type { Command } from '../process/command.ts';
import { StderrLog } from '../process/stderr-log.ts';
import { supervisor } from '../process/supervisor.ts';

/** Most bytes of output that are looked at. */
const ENOUGH = 16 * 1024 * 1024;
/** ms from TERM to KILL. */
const GRACE = 300;
/** ms between two looks at a command that is waited for, and ms of doing nothing after which it waits for us. */
const LOOK = 20;
const IDLE = 300;

/** What came of one run of a command. */
export interface Ended {
  readonly output: Buffer;
  /** Undefined where a signal ended it, or it was stopped because its time was up. */
  readonly code: number | undefined;
  readonly timedOut: boolean;
  /** ms from its start to its end. */
  readonly ms: number;
  readonly stderr: readonly string[];
}

/** Runs a command again and again, one at a time, until a deadline. */
export class Trials {
  readonly #command: string;
  readonly #until: number;
  runs = 0;

  /** @param budget ms for all runs together. */
  constructor(command: string, budget: number) {
    this.#command = command;
    this.#until = performance.now() + budget;
  }

  /** ms that are left. */
  get left(): number {
    return Math.max(0, this.#until - performance.now());
  }

  get isOver(): boolean {
    return this.left < 50;
  }

  /** From the first byte of `input` to the end. */
  async run(input: Buffer, command = this.#command): Promise<Ended> {
    const open = new Open(command);
    this.runs++;
    const begun = performance.now();
    const late = setTimeout(() => void open.giveUp(), this.left);
    const send = async (): Promise<void> => {
      await open.command.write(input);
      open.command.endInput();
    };
    await Promise.all([send(), open.readAll()]);
    const ended = await open.ended();
    clearTimeout(late);
    return { ...ended, ms: performance.now() - begun };
  }

  /** Starts it, to be talked to. Whoever asks for it has to `stop` it. */
  open(command = this.#command): Open {
    this.runs++;
    return new Open(command);
  }
}

/** A command that runs, and whose input is still open. */
export class Open {
  readonly command: Command;
  readonly #stderr = new StderrLog(undefined);
  #output: Buffer[] = [];
  #size = 0;
  #over = false;
  #timedOut = false;

  constructor(command: string) {
    this.command = supervisor.start({
      stages: [{ command, env: {} }],
      stdin: 'pipe',
      onStderr: (_stage, chunk) => this.#stderr.take(chunk),
    });
  }

  async readAll(): Promise<void> {
    for (;;) {
      const chunks = await this.command.output.next(0);
      if (chunks === undefined) break;
      for (const chunk of chunks) this.#size += chunk.length;
      this.#output.push(...chunks);
      if (this.#size > ENOUGH) await this.giveUp();
    }
    this.#over = true;
  }

  /** What has come out since the last call. */
  taken(): Buffer {
    const bytes = Buffer.concat(this.#output);
    this.#output = [];
    return bytes;
  }

  /**
   * Waits until so much output is there, or the command has ended, or does nothing but wait for more input. Needs
   * `readAll` to be under way.
   *
   * @returns ms until the first byte came; undefined if none did.
   */
  async settle(bytes: number, most: number): Promise<number | undefined> {
    const begun = performance.now();
    const before = this.#size;
    let first: number | undefined;
    let ticks = -1;
    let worked = begun;
    for (;;) {
      const now = performance.now();
      if (this.#size > before) first ??= now - begun;
      if (this.#over || this.#size - before >= bytes || now - begun > most) return first;
      const activity = activityOf(this.command.group);
      if (activity === undefined || activity.busy || activity.ticks > ticks) worked = now;
      ticks = activity?.ticks ?? ticks;
      if (now - worked > IDLE) return first;
      await sleep(LOOK);
    }
  }

  /** It has ended, or closed its output. */
  get isOver(): boolean {
    return this.#over;
  }

  async giveUp(): Promise<void> {
    this.#timedOut = true;
    await this.stop();
  }

  async stop(): Promise<void> {
    await this.command.stop('abort', GRACE);
  }

  async ended(): Promise<Omit<Ended, 'ms'>> {
    const { stages } = await this.command.ended;
    const code = this.#timedOut ? undefined : stages[0]!.code;
    return { output: this.taken(), code, timedOut: this.#timedOut, stderr: this.#stderr.tail.lines(3) };
  }
}
