import { setTimeout as sleep } from 'node:timers/promises';
import { RunError } from '../../base/errors.ts';
import { rowCount, type RecordBatch } from '../../data/batch.ts';
import type { Shell } from '../../plan/plan.ts';
import { SilenceError } from '../../process/daemon.ts';
import type { Inbox } from '../../process/inbox.ts';
import { printable } from '../../process/tail.ts';
import type { RunContext } from '../context.ts';
import { brokenPromise, commandFailed, nameOf, unsendable, type Counts } from './shell-faults.ts';
import { dialogue, type Dialogue } from './shell-dialogue.ts';
import { ShellProcess } from './shell-process.ts';
import { Sender } from './shell-sender.ts';
import type { Executor, Unit } from './shell-unit.ts';

interface Running {
  readonly process: ShellProcess;
  readonly dialogue: Dialogue;
}

/**
 * MODE DAEMON: one process for all units. It is started, and probed, for the first one, and again after a failure (which ends the query, unless ON ERROR says that the unit is tried again).
 */
export class DaemonExecutor implements Executor {
  readonly #plan: Shell;
  readonly #context: RunContext;
  readonly #sender: Sender;
  readonly #counts: Counts = { sent: 0, received: 0 };
  #running: Running | undefined;
  #started = 0;

  constructor(plan: Shell, context: RunContext) {
    this.#plan = plan;
    this.#context = context;
    this.#sender = new Sender(plan, plan.input!.schema);
  }

  async run({ batches }: Unit): Promise<readonly RecordBatch[]> {
    this.#context.signal.throwIfAborted();
    const running = this.#running ?? (await this.#start());
    try {
      const sent = batches.map((batch) => {
        const rows = this.#sender.encode(batch);
        this.#refuseMarker(running.dialogue, rows.bytes);
        running.process.sent(rows.bytes.length);
        this.#counts.sent = this.#counts.sent! + (rows.selection?.length ?? rowCount(batch));
        return rows;
      });
      return await running.dialogue.answer(sent, this.#counts);
    } catch (error) {
      const explained = error instanceof SilenceError ? await this.#explain(running, error, false) : error;
      await this.#drop(running, true);
      throw explained;
    }
  }

  /** A row that looks like the marker would end the batch. */
  #refuseMarker({ forbidden: marker }: Dialogue, bytes: Uint8Array): void {
    if (marker === undefined) return;
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    for (let at = text.indexOf(marker); at >= 0; at = text.indexOf(marker, at + 1)) {
      if (at > 0 && text[at - 1] !== 10) continue;
      const column = this.#plan.reads.join(', ');
      const help = ['declare a MARKER that no row can be'];
      const before = text.subarray(0, at).toString('latin1').split('\n').length;
      throw unsendable(this.#plan, this.#counts.sent! + before, column, 'it is the MARKER of the command', help);
    }
  }

  async #start(): Promise<Running> {
    const process = new ShellProcess(this.#plan, { ...this.#context, attempt: ++this.#started }, 'pipe');
    const took = (bytes: number): void => process.received(bytes);
    const running: Running = {
      process,
      dialogue: dialogue(this.#plan, this.#context, process.command, this.#sender.start, took),
    };
    this.#running = running;
    void process.write(this.#sender.start);
    try {
      await running.dialogue.probe(this.#plan.contract.hints?.value.startup ?? 0);
    } catch (error) {
      const explained = error instanceof SilenceError ? await this.#explain(running, error, true) : error;
      await this.#drop(running, true);
      throw explained;
    }
    return running;
  }

  async #explain(
    { process, dialogue: { expects } }: Running,
    { silence }: SilenceError,
    isProbe: boolean,
  ): Promise<unknown> {
    const { signal } = this.#context;
    if (signal.aborted) return signal.reason;
    const notes = process.tail.map((line) => `stderr: ${line}`);
    switch (silence.kind) {
      case 'ended': {
        const failure = await Promise.race([process.failure(this.#counts), sleep(1000, undefined, { ref: false })]);
        const what = 'it ended, or closed its output, before it had answered';
        return failure ?? commandFailed(this.#plan, { stage: 0, what }, this.#counts, process.tail);
      }
      case 'babble': {
        return this.#babbled(silence.printed, isProbe ? 'before it was sent a row' : BEHIND, notes);
      }
      case 'silent': {
        const printed = silence.printed.length > 0 ? ` (it printed: ${shown(silence.printed)})` : '';
        const isHeldBack = isProbe || this.#plan.protocol !== undefined;
        return new RunError({
          code: 'E0505',
          message: `${nameOf(this.#plan)} did not answer ${expects} within ${silence.ms} ms${printed}`,
          notes: [...notes, ...(isHeldBack ? [HOLDS_BACK] : [])],
          help: [...(isHeldBack ? MAKE_IT_FLUSH : []), ...(isProbe ? [] : ['a longer TIMEOUT gives it more time'])],
        });
      }
    }
  }

  #babbled(printed: Buffer, where: string, notes: readonly string[] = []): RunError {
    return brokenPromise(this.#plan, 'marker', `it printed something ${where}: ${shown(printed)}`, notes);
  }

  async #drop(running: Running, failed: boolean): Promise<void> {
    if (this.#running === running) this.#running = undefined;
    await running.process.stop(failed ? 'abort' : 'early');
    running.process.release();
  }

  /** After a good run its input is closed, and it may say by its exit status that something was wrong. */
  async close(failed: boolean): Promise<void> {
    const running = this.#running;
    if (running === undefined) return;
    this.#running = undefined;
    if (failed) return this.#drop(running, true);
    const { process } = running;
    process.endInput();
    const late = setTimeout(() => void process.stop('early'), this.#context.settings.killGrace);
    try {
      const printed = await all(process.command.output);
      const failure = await process.failure(this.#counts);
      if (failure !== undefined) throw failure;
      if (printed.length > 0) throw this.#babbled(printed, BEHIND);
    } finally {
      clearTimeout(late);
      process.release();
    }
  }
}

/** All that comes to the end. */
async function all(output: Inbox): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for (let next = await output.next(0); next !== undefined; next = await output.next(0)) chunks.push(...next);
  return Buffer.concat(chunks);
}

const BEHIND = 'that belongs to no answer';
const HOLDS_BACK = 'most programs hold their output back until they have a block of it, or their input ends';
const MAKE_IT_FLUSH = [
  'make it print at once: fflush() in gawk, mawk -W interactive, python3 -u, grep --line-buffered, sed -u, or stdbuf -oL before the command',
  'a program that takes long to start: STARTUP milliseconds; one that treats each row by itself needs no MODE: AS MAP',
];

const shown = (bytes: Buffer): string =>
  printable(bytes.subarray(0, 200).toString('utf8').trimEnd().replaceAll('\n', ' | '));
