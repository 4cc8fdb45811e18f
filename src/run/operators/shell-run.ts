import { statSync } from 'node:fs';
import { RunError } from '../../base/errors.ts';
import { alignmentOf } from '../../contract/aligned.ts';
import { rowCount, type RecordBatch } from '../../data/batch.ts';
import type { Shell } from '../../plan/plan.ts';
import type { Command, Stop } from '../../process/command.ts';
import { failureOf } from '../../process/outcome.ts';
import { StderrLog } from '../../process/stderr-log.ts';
import { supervisor } from '../../process/supervisor.ts';
import type { RunContext } from '../context.ts';
import { CheckedReceiver, type FileCheck } from './shell-check.ts';
import { brokenPromise, commandFailed, nameOf, perRecord, stagesOf, type Counts } from './shell-faults.ts';
import { FilterReceiver } from './shell-filter.ts';
import { OneReceiver } from './shell-one.ts';
import { PlainReceiver, type Receiver } from './shell-receiver.ts';
import type { Sender } from './shell-sender.ts';

/** Lines of stderr that an error shows. */
const TAIL = 5;

/** Where a process gets its rows: from `send`, from a file, or it needs none. */
export type Feed = Sender | FileFeed | 'none';
export interface FileFeed {
  readonly descriptor: number;
  readonly check?: FileCheck;
}

/** One process of a SHELL operator, from its first row to its end: rows go in, rows come out, the end is judged. */
export class ShellRun {
  readonly #plan: Shell;
  readonly #context: RunContext;
  readonly #sender: Sender | undefined;
  readonly #perRecord: boolean;
  readonly #counts: Counts;
  readonly #receiver: Receiver;
  readonly #command: Command;
  readonly #stderr: readonly StderrLog[];
  readonly #onAbort = (): void => void this.stop('abort');
  #timer: NodeJS.Timeout | undefined;
  /** Why it was stopped before its end. */
  #stopped: Stop | RunError | undefined;

  constructor(plan: Shell, context: RunContext, feed: Feed) {
    this.#plan = plan;
    this.#context = context;
    this.#perRecord = perRecord(plan);
    this.#sender = typeof feed === 'object' && 'encode' in feed ? feed : undefined;
    this.#counts = { sent: this.#sender && 0, received: 0 };
    this.#receiver = this.#receiverFor(
      this.#sender,
      typeof feed === 'object' && 'check' in feed ? feed.check : undefined,
    );
    const stages = stagesOf(plan);
    const shown = plan.stderr === undefined || plan.stderr === 'log';
    this.#stderr = stages.map(
      (stage) => new StderrLog(shown ? (line) => context.log(`${nameOf(stage)}: ${line}`) : undefined),
    );
    this.#command = this.#start(feed);
    if (this.#sender !== undefined) void this.#command.write(this.#sender.start);
    context.signal.addEventListener('abort', this.#onAbort);
    if (plan.timeout !== undefined) this.#timer = setTimeout(() => this.#timedOut(plan.timeout!), plan.timeout);
  }

  #receiverFor(sender: Sender | undefined, check: FileCheck | undefined): Receiver {
    const alignments = new Set(stagesOf(this.#plan).map(({ contract }) => alignmentOf(contract)));
    const [alignment] = alignments;
    if (sender === undefined || alignments.size > 1 || alignment === undefined) {
      const plain = new PlainReceiver(this.#plan, this.#context, this.#counts);
      return check === undefined ? plain : new CheckedReceiver(plain, check, this.#counts);
    }
    return alignment === 'one'
      ? new OneReceiver(this.#plan, this.#context, this.#counts)
      : new FilterReceiver(this.#plan, this.#counts, sender.start);
  }

  #start(feed: Feed): Command {
    const cwd = this.#plan.contract.needs?.value.cwd;
    try {
      if (cwd !== undefined && !statSync(cwd).isDirectory()) throw new Error(`${cwd} is no directory`);
      return supervisor.start({
        stages: stagesOf(this.#plan),
        stdin: feed === 'none' ? 'none' : 'descriptor' in feed ? feed.descriptor : 'pipe',
        onStderr: (stage, chunk) => this.#stderr[stage]!.take(chunk),
        ...(cwd !== undefined && { cwd }),
      });
    } catch (error) {
      throw this.#notStarted(error);
    }
  }

  /** Whether the process still takes rows; one that has stopped reading decides by its exit status if that was right. */
  get reads(): boolean {
    return this.#command.reads;
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
    return this.#command.write(sent.bytes);
  }

  /** No more rows will be sent. */
  endInput(): void {
    this.#command.endInput();
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
        const chunks = await this.#command.output.next();
        if (chunks === undefined) break;
        yield* this.#receiver.take(chunks);
      }
      const failure = await this.#failure();
      if (failure !== undefined) throw failure;
      if (this.#stopped === undefined) yield* this.#receiver.end();
      how = undefined;
    } catch (error) {
      how = 'abort';
      throw error;
    } finally {
      if (how !== undefined) await this.stop(how);
      this.#release();
    }
  }

  /** Waits for the end, and judges it. */
  async #failure(): Promise<RunError | undefined> {
    let outcome;
    try {
      outcome = await this.#command.ended;
    } catch (error) {
      return this.#notStarted(error);
    }
    if (this.#stopped !== undefined) return this.#stopped instanceof RunError ? this.#stopped : undefined;
    const stages = stagesOf(this.#plan);
    const failure =
      failureOf(
        outcome,
        stages.map((stage) => stage.contract.exitOk?.value ?? [0]),
      ) ?? this.#wrote();
    this.#stderr.forEach((log, i) => log.end(failure?.stage === i));
    if (failure !== undefined) {
      return commandFailed(this.#plan, failure, this.#counts, this.#stderr[failure.stage]!.tail.lines(TAIL));
    }
    if (!this.#perRecord || !this.#command.leftInput) return undefined;
    return brokenPromise(this.#plan, 'declared SCOPE RECORD, but it stopped reading before the end of its input');
  }

  /** Under STDERR FAIL, writing there is a failure. */
  #wrote(): { stage: number; what: string } | undefined {
    if (this.#plan.stderr !== 'fail') return undefined;
    const stage = this.#stderr.findIndex((log) => !log.tail.empty);
    return stage < 0 ? undefined : { stage, what: 'it wrote to stderr, and STDERR FAIL is declared' };
  }

  /** Ends the process before its time, and waits for that. What it had still to say is lost. */
  async stop(how: Stop): Promise<void> {
    this.#stopped ??= how;
    await this.#command.stop(how, this.#context.settings.killGrace);
  }

  #timedOut(timeout: number): void {
    this.#stopped ??= new RunError({
      code: 'E0505',
      message: `${nameOf(this.#plan)} was stopped: it ran longer than its TIMEOUT of ${timeout} ms`,
      notes: this.#stderr.flatMap((log) => log.tail.lines(TAIL)).map((line) => `stderr: ${line}`),
    });
    void this.stop('abort');
  }

  #notStarted(error: unknown): RunError {
    const what = `it cannot be started: ${error instanceof Error ? error.message : String(error)}`;
    return commandFailed(this.#plan, { stage: 0, what }, this.#counts, []);
  }

  #release(): void {
    clearTimeout(this.#timer);
    this.#context.signal.removeEventListener('abort', this.#onAbort);
    this.#stderr.forEach((log) => log.end(true));
  }
}
