import { alignmentOf } from '../../contract/aligned.ts';
import { nativeOf, type Native } from '../../contract/native.ts';
import type { RecordBatch } from '../../data/batch.ts';
import type { Shell } from '../../plan/plan.ts';
import { isOfSystem } from '../../process/genuine.ts';
import type { RunContext } from '../context.ts';
import { kernelsOf, sieveOf } from '../native/kernels.ts';
import { NativePipeline } from '../native/pipeline.ts';
import type { Sieve } from '../native/kernel.ts';
import type { Operator, Output } from '../operator.ts';
import { perRecord, stagesOf, type Counts } from './shell-faults.ts';
import { receiverFor } from './shell-receivers.ts';
import type { Receiver } from './shell-receiver.ts';
import { Sender, type Sent } from './shell-sender.ts';

/** What stands for the commands of a plan; undefined where one of them has to be run after all. */
function nativesOf(plan: Shell): readonly Native[] | undefined {
  const stages = stagesOf(plan);
  const all = stages.map(({ command }) => nativeOf(command)).filter((native) => native !== undefined);
  const isKnown = all.length === stages.length && all.every(({ programs }) => programs.every(isOfSystem));
  return isKnown ? all : undefined;
}

/**
 * Law N1: the command is one that we can do, byte for byte. Rows are sent and received as those of its process would be, so
 * that all that is promised of it is checked alike. Batches that the law says nothing of are shown to the process.
 *
 * @param make the operator for the process.
 */
export function nativeOperator(
  plan: Shell,
  context: RunContext,
  make: (plan: Shell, context: RunContext) => Operator,
): Operator {
  const { native: _, ...straight } = plan;
  const natives = nativesOf(plan);
  return natives === undefined
    ? make(straight, context)
    : new NativeOperator(plan, natives, context, () => make(straight, context));
}

class NativeOperator implements Operator {
  readonly #plan: Shell;
  readonly #context: RunContext;
  readonly #sender: Sender;
  readonly #pipeline: NativePipeline;
  readonly #sieve: Sieve | undefined;
  readonly #isPerRecord: boolean;
  readonly #textOnly: boolean;
  readonly #counts: Counts = { sent: 0, received: 0 };
  readonly #places: readonly number[];
  #receiver: Receiver;
  readonly #makeProcess: () => Operator;
  #process: Operator | undefined;

  constructor(plan: Shell, natives: readonly Native[], context: RunContext, makeProcess: () => Operator) {
    const kernels = kernelsOf(natives.flatMap(({ steps }) => steps));
    const input = plan.input!.schema;
    this.#plan = plan;
    this.#context = context;
    this.#sender = new Sender(plan, input);
    this.#pipeline = new NativePipeline(kernels);
    this.#isPerRecord = perRecord(plan);
    this.#sieve = alignmentOf(plan.contract) === 'filters' ? sieveOf(kernels) : undefined;
    this.#textOnly = natives.some(({ textOnly }) => textOnly);
    this.#places = plan.schema.map(({ name }) => input.findIndex((field) => field.name === name));
    this.#receiver = this.#newReceiver();
    this.#makeProcess = makeProcess;
  }

  #newReceiver(): Receiver {
    return receiverFor(this.#plan, this.#context, this.#counts, this.#sender.start);
  }

  wants(_port: number, out: Output): boolean {
    return !out.full && !this.#pipeline.full;
  }

  onBatch(batch: RecordBatch, port: number, out: Output): void | Promise<void> {
    if (this.#pipeline.full) return undefined;
    const sent = this.#sender.encode(batch);
    if (this.#isForProcess(sent)) return this.#toProcess(batch, port, out);
    const { own } = this.#context;
    if (own !== undefined) own.bytesIn += sent.bytes.length;
    if (this.#sieve !== undefined) return this.#sift(this.#sieve, sent, out);
    this.#receiver.sent(sent);
    this.#counts.sent! += sent.selection?.length ?? batch.selection?.length ?? batch.length;
    return this.#emit(this.#receiver.take(this.#printed(this.#pipeline.push(sent.bytes))), out);
  }

  /** Where lines depend on each other all of them are shown to us, and what we do then is alike for all bytes. */
  #isForProcess({ bytes }: Sent): boolean {
    return this.#textOnly && this.#isPerRecord && bytes.includes(0);
  }

  /** One process for this batch: all that came before it has been handed on, and so has this one when it is over. */
  async #toProcess(batch: RecordBatch, port: number, out: Output): Promise<void> {
    await this.onBarrier(out);
    this.#process ??= this.#makeProcess();
    await this.#process.onBatch(batch, port, out);
    await this.#process.onBarrier?.(out);
  }

  /** The rows of the lines that stay, with all their columns. */
  #sift(sieve: Sieve, { batch, bytes, selection = batch.selection }: Sent, out: Output): void | Promise<void> {
    const count = selection?.length ?? batch.length;
    const marks = new Uint8Array(count);
    sieve.mark(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), marks);
    const kept = new Uint32Array(count);
    let n = 0;
    for (let i = 0; i < count; i++) if (marks[i] === 1) kept[n++] = selection?.[i] ?? i;
    if (n === 0) return undefined;
    const columns = this.#places.map((place) => batch.columns[place]!);
    const { length } = batch;
    return out.emit({
      schema: this.#plan.schema,
      length,
      columns,
      ...(n < length && { selection: kept.subarray(0, n) }),
    });
  }

  #printed(bytes: Uint8Array): readonly Buffer[] {
    if (bytes.length === 0) return [];
    if (this.#context.own !== undefined) this.#context.own.bytesOut += bytes.length;
    return [Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)];
  }

  #emit(batches: readonly RecordBatch[], out: Output): void | Promise<void> {
    for (const [i, batch] of batches.entries()) {
      const pending = out.emit(batch);
      if (pending !== undefined) return pending.then(() => this.#emit(batches.slice(i + 1), out));
    }
    return undefined;
  }

  /** What each row gives has been handed on, unless lines depend on each other: then nobody knows. */
  onWatermark(time: number, _port: number, out: Output): void | Promise<void> {
    return this.#isPerRecord ? out.watermark(time) : undefined;
  }

  async onBarrier(out: Output): Promise<void> {
    await this.#emit(this.#receiver.end(), out);
    this.#receiver = this.#newReceiver();
  }

  async onEnd(port: number, out: Output): Promise<void> {
    await this.#emit(this.#receiver.take(this.#printed(this.#pipeline.end())), out);
    await this.#emit(this.#receiver.end(), out);
    await this.#process?.onEnd?.(port, out);
  }

  async close(failed: boolean): Promise<void> {
    await this.#process?.close?.(failed);
  }
}
