import { RunError } from '../../base/errors.ts';
import { rowCount, type RecordBatch } from '../../data/batch.ts';
import type { Shell } from '../../plan/plan.ts';
import type { Stop } from '../../process/command.ts';
import { whenStalled } from '../../process/stall.ts';
import type { RunContext } from '../context.ts';
import { CheckedReceiver, type FileCheck } from './shell-check.ts';
import { brokenPromise, inOutput, nameOf, perRecord, type Counts } from './shell-faults.ts';
import { ShellProcess } from './shell-process.ts';
import { PlainReceiver, type Receiver } from './shell-receiver.ts';
import { receiverFor } from './shell-receivers.ts';
import { sortedCheck, type SortedCheck } from './shell-sorted.ts';
import type { Sender } from './shell-sender.ts';

const NEWLINE = 10;

/** Where a process gets its rows: from `send`, from a file, or it needs none. */
export type Feed = Sender | FileFeed | 'none';
export interface FileFeed {
  readonly descriptor: number;
  readonly check?: FileCheck;
}

/** One process of a SHELL operator, from its first row to its end: rows go in, rows come out, the end is judged. */
export class ShellRun {
  readonly #plan: Shell;
  readonly #perRecord: boolean;
  readonly #sender: Sender | undefined;
  readonly #counts: Counts;
  readonly #receiver: Receiver;
  readonly #process: ShellProcess;
  readonly #context: RunContext;
  /** What ends the watches over its time. */
  readonly #watches: (() => void)[] = [];
  #isOver = false;
  /** Of what came out; as if nothing had. */
  #lastByte = NEWLINE;
  readonly #endsLines: boolean;
  readonly #sorted: SortedCheck | undefined;
  #timedOut: RunError | undefined;

  /** @param process one that was started for it. @throws CommandError if it cannot be started. */
  constructor(plan: Shell, context: RunContext, feed: Feed, process?: ShellProcess) {
    this.#plan = plan;
    this.#context = context;
    this.#perRecord = perRecord(plan);
    this.#endsLines = plan.mode === undefined && ['lines', 'tsv', 'csv', 'jsonl'].includes(plan.outputFormat.name);
    this.#sender = typeof feed === 'object' && 'encode' in feed ? feed : undefined;
    // Of rows that it is sent the whole output is looked at, of however many processes.
    this.#sorted = this.#sender === undefined ? sortedCheck(plan) : undefined;
    this.#counts = { sent: this.#sender && 0, received: 0 };
    const check = typeof feed === 'object' && 'check' in feed ? feed.check : undefined;
    const receiver =
      this.#sender === undefined
        ? new PlainReceiver(plan, context, this.#counts)
        : receiverFor(plan, context, this.#counts, this.#sender.start);
    this.#receiver = check === undefined ? receiver : new CheckedReceiver(receiver, check, this.#counts);
    const stdin = feed === 'none' ? 'none' : 'descriptor' in feed ? feed.descriptor : 'pipe';
    this.#process = process ?? new ShellProcess(plan, context, stdin);
    if (this.#sender !== undefined) void this.#process.write(this.#sender.start);
    const { timeout } = plan;
    if (timeout !== undefined) this.#endAfter(timeout, `it ran longer than its TIMEOUT of ${timeout} ms`);
    const { stallTimeout } = context.settings;
    if (stallTimeout > 0 && feed !== 'none') {
      const why = `it has neither read, written nor computed for ${stallTimeout} ms (stall_timeout)`;
      this.#watches.push(whenStalled(this.#process.command, stallTimeout, () => this.#onTimeout(why)));
    }
  }

  /** Whether the process still takes rows; one that has stopped reading decides by its exit status if that was right. */
  get reads(): boolean {
    return this.#process.command.reads;
  }

  /** Bytes of rows that wait for the output to tell what became of them. */
  get held(): number {
    return this.#receiver.held;
  }

  /** Sends rows. @returns a promise when the process is behind. @throws RunError E0504 */
  send(batch: RecordBatch): void | Promise<void> {
    // Rows that an aligned command does not take are still rows that it owes an answer.
    if (!this.reads && this.#receiver instanceof PlainReceiver && !this.#perRecord) return undefined;
    const sent = this.#sender!.encode(batch);
    this.#receiver.sent(sent);
    this.#counts.sent = this.#counts.sent! + (sent.selection?.length ?? rowCount(batch));
    return this.#process.write(sent.bytes);
  }

  /** No more rows will be sent. */
  endInput(): void {
    this.#process.endInput();
    const { epochTimeout } = this.#context.settings;
    if (this.#perRecord && epochTimeout > 0)
      this.#endAfter(epochTimeout, `it went on for ${epochTimeout} ms after the end of its input (epoch_timeout)`);
  }

  /**
   * What comes out, to the end; to be iterated once. Leaving it early stops the process.
   *
   * @throws RunError E0501, E0502, E0503, E0505. Ends quietly when it was stopped.
   */
  async *batches(): AsyncGenerator<RecordBatch, void, undefined> {
    // Left early, the rows are not wanted; a fault in them ends the query.
    let how: Stop | undefined = 'early';
    try {
      for (;;) {
        const chunks = await this.#process.command.output.next();
        if (chunks === undefined) break;
        for (const chunk of chunks) this.#process.received(chunk.length);
        this.#lastByte = chunks.findLast((chunk) => chunk.length > 0)?.at(-1) ?? this.#lastByte;
        yield* this.#inOrder(this.#take(chunks));
      }
      const failure = await this.#failure();
      if (failure !== undefined) throw failure;
      if (this.#process.stopped === undefined) yield* this.#inOrder(this.#receiver.end());
      how = undefined;
    } catch (error) {
      how = 'abort';
      throw error;
    } finally {
      if (how !== undefined) await this.stop(how);
      this.#isOver = true;
      for (const end of this.#watches.splice(0)) end();
      this.#process.release();
    }
  }

  #inOrder(batches: readonly RecordBatch[]): readonly RecordBatch[] {
    if (this.#sorted !== undefined) for (const batch of batches) this.#sorted.look(batch);
    return batches;
  }

  #take(chunks: readonly Buffer[]): readonly RecordBatch[] {
    try {
      return this.#receiver.take(chunks);
    } catch (error) {
      throw inOutput(this.#plan, error);
    }
  }

  async #failure(): Promise<RunError | undefined> {
    const failure = await this.#process.failure(this.#counts);
    if (failure !== undefined || this.#process.stopped !== undefined) return this.#timedOut ?? failure;
    if (!this.#perRecord) return undefined;
    if (this.#process.command.leftInput) return this.#isNoRecord('it stopped reading before the end of its input');
    if (this.#lastByte === NEWLINE || !this.#endsLines) return undefined;
    return this.#isNoRecord('its last line of output is not ended');
  }

  #isNoRecord(why: string): RunError {
    return brokenPromise(this.#plan, 'scope', `declared SCOPE RECORD, but ${why}`);
  }

  /** Ends the process before its time, and waits for that. What it had still to say is lost. */
  stop(how: Stop): Promise<void> {
    return this.#process.stop(how);
  }

  #endAfter(ms: number, why: string): void {
    if (this.#isOver) return;
    const timer = setTimeout(() => this.#onTimeout(why), ms);
    this.#watches.push(() => clearTimeout(timer));
  }

  #onTimeout(why: string): void {
    if (this.#process.stopped !== undefined) return;
    this.#timedOut = new RunError({
      code: 'E0505',
      message: `${nameOf(this.#plan)} was stopped: ${why}`,
      notes: this.#process.tail.map((line) => `stderr: ${line}`),
    });
    void this.stop('abort');
  }
}
