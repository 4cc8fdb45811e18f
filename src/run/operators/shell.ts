import { alignmentOf } from '../../contract/aligned.ts';
import { rowCount, type RecordBatch } from '../../data/batch.ts';
import type { Shell } from '../../plan/plan.ts';
import type { RunContext } from '../context.ts';
import type { Operator, Output } from '../operator.ts';
import { CallOperator } from './shell-call.ts';
import { DictionaryOperator, isOnlyDictionary } from './shell-dictionary.ts';
import { mayStop, perRecord, stagesOf } from './shell-faults.ts';
import { KeyedCopiesOperator } from './shell-keyed-copies.ts';
import { GuardedOperator } from './shell-guard.ts';
import { ShellRun } from './shell-run.ts';
import { Sender } from './shell-sender.ts';
import { SpareProcess } from './shell-spare.ts';
import { nativeOperator } from './shell-native.ts';
import { isCut, UnitsOperator } from './shell-units.ts';

/** Bytes of rows that a SCOPE RECORD command may leave unanswered before its process is closed and drained. */
const HELD_BOUND = 64 * 1024 * 1024;

/**
 * A command between two operators. Under SCOPE RECORD each epoch has a process of its own, else one process sees all
 * rows, from the first to the end; it is started for no rows, too (`wc -l` prints 0).
 */
export function shellOperator(plan: Shell, context: RunContext): Operator {
  if (plan.guard !== undefined && plan.call === undefined) return new GuardedOperator(plan, context, shellOperator);
  if (plan.native !== undefined) return nativeOperator(plan, context, shellOperator);
  if (plan.call !== undefined) {
    const Asking = isOnlyDictionary(plan) ? DictionaryOperator : CallOperator;
    return new Asking(plan, plan.call, context, shellOperator);
  }
  if (plan.copiesBy !== undefined) return new KeyedCopiesOperator(plan, context, shellOperator);
  return isCut(plan) ? new UnitsOperator(plan, context) : new ShellOperator(plan, context);
}

class ShellOperator implements Operator {
  readonly #plan: Shell;
  readonly #context: RunContext;
  readonly #perRecord: boolean;
  readonly #mayStop: boolean;
  readonly #sender: Sender;
  readonly #processes: SpareProcess;
  #run: ShellRun | undefined;
  /** Hands on what comes out, at the same time as rows are sent. Never rejects. */
  #pump: Promise<void> | undefined;
  #failure: Error | undefined;
  #started = false;
  /** It was stopped because nobody wants more. */
  #over = false;
  /** Each row is answered by one. */
  readonly #answersEach: boolean;
  #sent = 0;
  #answered = 0;
  /** Waits until so many rows are answered. */
  #watermark: { readonly time: number; readonly behind: number } | undefined;

  constructor(plan: Shell, context: RunContext) {
    this.#plan = plan;
    this.#context = context;
    this.#perRecord = perRecord(plan);
    this.#mayStop = mayStop(plan);
    this.#answersEach = stagesOf(plan).every(({ contract }) => alignmentOf(contract) === 'one');
    this.#sender = new Sender(plan, plan.input!.schema);
    this.#processes = new SpareProcess(plan, context);
  }

  wants(_port: number, out: Output): boolean {
    if (this.#over || (this.#mayStop && out.full)) return false;
    // `head` has read enough; but the next epoch of a SCOPE RECORD command is another process.
    return this.#perRecord || this.#run === undefined || this.#run.reads;
  }

  onBatch(batch: RecordBatch, _port: number, out: Output): void | Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#over) return undefined;
    const run = this.#run ?? this.#start(out);
    this.#sent += rowCount(batch);
    const pending = run.send(batch);
    const tooMuch = this.#perRecord && run.held > HELD_BOUND;
    return pending === undefined && !tooMuch ? undefined : this.#settle(pending, tooMuch);
  }

  async #settle(pending: void | Promise<void>, tooMuch: boolean): Promise<void> {
    await pending;
    if (tooMuch) await this.#finish();
    if (this.#failure !== undefined) throw this.#failure;
  }

  /**
   * Follows the rows that were sent before it. That these have come out is known where each is answered by one; of other
   * commands nothing tells, so it is held.
   */
  onWatermark(time: number, _port: number, out: Output): void | Promise<void> {
    if (this.#answered === this.#sent) return out.watermark(time);
    if (this.#answersEach) this.#watermark = { time, behind: this.#sent };
  }

  onBarrier(): Promise<void> {
    return this.#finish();
  }

  async onEnd(_port: number, out: Output): Promise<void> {
    const unwanted = this.#mayStop && out.full;
    if (!this.#started && !unwanted && this.#failure === undefined) this.#start(out);
    await this.#finish();
  }

  async close(failed: boolean): Promise<void> {
    this.#over = true;
    await this.#run?.stop(failed ? 'abort' : 'early');
    await this.#pump;
    await this.#processes.close();
  }

  #start(out: Output): ShellRun {
    const run = new ShellRun(this.#plan, this.#context, this.#sender, this.#processes.take());
    this.#run = run;
    this.#started = true;
    this.#pump = this.#handOn(run, out);
    return run;
  }

  /** Closes the input of the process and waits until all that it caused is handed on. */
  async #finish(): Promise<void> {
    this.#run?.endInput();
    await this.#pump;
    this.#run = undefined;
    if (this.#failure !== undefined) throw this.#failure;
  }

  async #handOn(run: ShellRun, out: Output): Promise<void> {
    try {
      for await (const batch of run.batches()) {
        if (!out.full) await this.#emit(run, batch, out);
        if (this.#mayStop && out.full) {
          this.#over = true;
          break;
        }
      }
    } catch (error) {
      this.#failure = error instanceof Error ? error : new Error(String(error));
      this.#context.fail(error);
    }
  }

  async #emit(run: ShellRun, batch: RecordBatch, out: Output): Promise<void> {
    try {
      await out.emit(batch);
      if (!this.#answersEach) return;
      this.#answered += rowCount(batch);
      const waiting = this.#watermark;
      if (waiting === undefined || this.#answered < waiting.behind) return;
      this.#watermark = undefined;
      await out.watermark(waiting.time);
    } catch (error) {
      await run.stop('abort');
      throw error;
    }
  }
}
