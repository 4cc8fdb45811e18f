import { setImmediate } from 'node:timers/promises';
import { RunError, type Diagnostic } from '../base/errors.ts';
import type { RecordBatch } from '../data/batch.ts';
import { RowError } from '../expr/functions/function.ts';
import { connectors } from '../connect/catalog.ts';
import type { ConnectContext, JobRequest, Offset, Positioned, SinkHandle } from '../connect/connector.ts';
import { Bug } from '../base/errors.ts';
import { checkpointable } from '../plan/facts.ts';
import { label, inputs } from '../plan/ops.ts';
import type { Join, Plan, Scan, SetOperation, Shell, Sink } from '../plan/plan.ts';
import { connectContext } from './connect-context.ts';
import type { RunContext } from './context.ts';
import { Edge, type Running } from './edge.ts';
import type { Operator, OperatorStats } from './operator.ts';
import { operators } from './operators/catalog.ts';
import { timed } from './timed.ts';
import { usedUpAtOnce } from './used-up.ts';
import { handOver, shellSource } from './operators/shell-source.ts';
import { outputOperator } from './operators/output.ts';
import { sinkOperator } from './operators/sink.ts';
import { valuesBatch } from './operators/values.ts';

/** How a run ended. */
export interface RunResult {
  readonly stats: readonly OperatorStats[];
  /** Rows that the sink has made durable; undefined for queries. */
  readonly committed?: number;
  /** Rows that a command got which is the target; what it makes of them is not known. 0 where it read its file itself. */
  readonly sent?: number;
  /** A job whose input was all in already: nothing was run. */
  readonly alreadyDone?: boolean;
}

/**
 * Runs one plan in this process, from its sources to its root, and resolves when all of it is over and released.
 *
 * @throws RunError for faults met while running; whatever the signal was aborted with.
 */
export async function runPlan(plan: Plan, context: RunContext, job?: JobRequest): Promise<RunResult> {
  const run = new LocalRun(plan, context, job);
  return run.execute();
}

/** ms of work after which the event loop gets its turn. */
const BREATH = 50;

class LocalRun {
  readonly #plan: Plan;
  readonly #context: RunContext;
  readonly #job: JobRequest | undefined;
  readonly #running: Running[] = [];
  readonly #stats = new Map<Plan, OperatorStats>();
  #sink: SinkHandle | undefined;
  #offset: Offset | undefined;
  #lastCommit = Date.now();

  constructor(plan: Plan, context: RunContext, job: JobRequest | undefined) {
    this.#plan = plan;
    this.#context = context;
    this.#job = job;
    this.#countFrom(plan);
  }

  /** One row of counters for each operator, root first, as EXPLAIN prints the tree. */
  #countFrom(plan: Plan): void {
    const stats: OperatorStats = {
      id: this.#context.stats.length,
      label: label(plan),
      rowsIn: 0,
      rowsOut: 0,
      bytesIn: 0,
      bytesOut: 0,
      busy: 0,
      blocked: 0,
    };
    this.#context.stats.push(stats);
    this.#stats.set(plan, stats);
    for (const input of inputs(plan)) this.#countFrom(input);
  }

  async execute(): Promise<RunResult> {
    const { signal } = this.#context;
    let failed = true;
    try {
      signal.throwIfAborted();
      const root = await this.#openRoot();
      if (root === 'done') {
        failed = false;
        return { stats: this.#context.stats, committed: 0, alreadyDone: true };
      }
      await this.#drive(root.input, root.edge);
      signal.throwIfAborted();
      await this.#sink?.commit(this.#offset, true);
      failed = false;
      return {
        stats: this.#context.stats,
        ...(this.#sink && { committed: this.#sink.committed }),
        ...(isCommand(this.#plan) && { sent: this.#stats.get(this.#plan.input)!.rowsIn }),
      };
    } catch (error) {
      throw this.#explained(signal.aborted ? signal.reason : error);
    } finally {
      await this.#release(failed);
    }
  }

  async #openRoot(): Promise<{ input: Plan; edge: Edge } | 'done'> {
    const plan = this.#plan;
    if (plan.op === 'output') {
      return {
        input: plan.input,
        edge: this.#connect(plan.input, this.#start(plan, outputOperator(this.#context), undefined), 0),
      };
    }
    if (plan.op !== 'sink') throw new Bug(`a plan whose root is ${plan.op} cannot be run`);
    this.#sink = await this.#openSink(plan);
    const progress = this.#sink.progress;
    if (progress?.done && !this.#canGoOn()) return 'done';
    this.#offset = progress?.offset;
    const running = this.#start(plan, sinkOperator(this.#sink), undefined);
    return { input: plan.input, edge: this.#connect(plan.input, running, 0) };
  }

  /** Progress is committed as the run goes, not only at its end. */
  get #inEpochs(): boolean {
    return this.#job !== undefined && checkpointable(this.#plan);
  }

  /** A finished job goes on where its source may have grown and progress is kept by offset. */
  #canGoOn(): boolean {
    return this.#sink?.progress?.offset !== undefined && checkpointable(this.#plan);
  }

  async #openSink(plan: Sink): Promise<SinkHandle> {
    const sink = connectors.get(plan.connector)?.sink;
    if (sink === undefined) throw new Bug(`connector ${plan.connector} is no sink`);
    return sink.open(
      {
        options: plan.options,
        schema: plan.input.schema,
        columns: plan.columns,
        label: plan.label,
        ...(this.#job && { job: this.#job }),
      },
      this.#connectContext(plan),
    );
  }

  #start(plan: Plan, operator: Operator, out: Edge | undefined): Running {
    const running: Running = { operator, stats: this.#stats.get(plan)!, out, open: inputs(plan).length };
    this.#running.push(running);
    return running;
  }

  #connect(from: Plan, to: Running, port: number): Edge {
    return new Edge(this.#stats.get(from)!, to, port);
  }

  /** Runs the tree under `plan` to its end, pushing its rows into `out`. */
  async #drive(plan: Plan, out: Edge): Promise<void> {
    switch (plan.op) {
      case 'values':
        if (!out.full) await out.emit(valuesBatch(plan));
        return out.end();
      case 'scan':
        await this.#driveScan(plan, out);
        return out.end();
      case 'union': {
        const running = this.#start(plan, operators.union(plan, this.#context), out);
        for (const [port, input] of plan.inputs.entries())
          await this.#drive(input, this.#connect(input, running, port));
        return undefined;
      }
      case 'join':
      case 'setop':
        return this.#driveBuildFirst(plan, out);
      case 'shell':
        return this.#driveShell(plan, out);
      case 'output':
      case 'sink':
        throw new Bug(`${plan.op} inside a plan`);
      default: {
        const running = this.#start(
          plan,
          (operators[plan.op] as (p: Plan, c: RunContext) => Operator)(plan, this.#context),
          out,
        );
        return this.#drive(plan.input, this.#connect(plan.input, running, 0));
      }
    }
  }

  /** The right side is complete before the first row of the left comes. */
  async #driveBuildFirst(plan: Join | SetOperation, out: Edge): Promise<void> {
    const operator = plan.op === 'join' ? operators.join(plan, this.#context) : operators.setop(plan, this.#context);
    const running = this.#start(plan, operator, out);
    await this.#drive(plan.right, this.#connect(plan.right, running, 1));
    await this.#drive(plan.left, this.#connect(plan.left, running, 0));
  }

  async #driveShell(plan: Shell, out: Edge): Promise<void> {
    // A command that reads its file by itself tells no offset to commit.
    const source =
      plan.input === undefined
        ? shellSource(plan, this.#context)
        : this.#inEpochs
          ? undefined
          : handOver(plan, this.#context);
    if (source !== undefined) {
      await this.#pull(plan, source, out);
      return out.end();
    }
    const running = this.#start(plan, operators.shell(plan, this.#context), out);
    return this.#drive(plan.input!, this.#connect(plan.input!, running, 0));
  }

  async #pull(plan: Plan, source: AsyncIterable<RecordBatch>, out: Edge): Promise<void> {
    if (out.full) return;
    const stats = this.#stats.get(plan)!;
    for await (const batch of timed(source, stats)) {
      try {
        await out.emit(batch);
      } catch (error) {
        // Said before the source is left, which else would let its command come to its end first.
        this.#context.fail(error);
        throw error;
      }
      if (out.full || this.#context.signal.aborted) break;
    }
  }

  async #driveScan(plan: Scan, out: Edge): Promise<void> {
    const source = connectors.get(plan.connector)?.source;
    if (source === undefined) throw new Bug(`connector ${plan.connector} is no source`);
    if (out.full) return;
    const epochs = this.#inEpochs;
    const request = {
      options: plan.options,
      schema: plan.schema,
      pushed: plan.pushed ?? [],
      label: plan.label,
      ...(plan.limit !== undefined && { limit: plan.limit }),
    };
    const at = epochs ? this.#offset : undefined;
    const rows = timed(source.open(request, at, this.#connectContext(plan)), this.#stats.get(plan)!);
    let breath = performance.now();
    for await (const { batch, next } of rows as AsyncIterable<Positioned>) {
      const pending = out.emit(batch);
      if (pending !== undefined) await pending;
      // A source that never waits would keep signals and timers out until its end.
      if (performance.now() - breath > BREATH) {
        await setImmediate();
        breath = performance.now();
      }
      if (out.full || this.#context.signal.aborted) break;
      if (epochs) await this.#endEpoch(next, out);
    }
  }

  async #endEpoch(next: Offset, out: Edge): Promise<void> {
    this.#offset = next;
    if (Date.now() - this.#lastCommit < this.#context.settings.epochMs) return;
    await out.barrier();
    await this.#sink!.commit(next, false);
    this.#context.progress.rowsCommitted = this.#sink!.committed;
    this.#lastCommit = Date.now();
  }

  #connectContext(plan: Plan): ConnectContext {
    const atOnce = plan.op === 'scan' && usedUpAtOnce(this.#plan, plan);
    return connectContext(this.#context, plan, this.#stats.get(plan)!, atOnce);
  }

  /** A fault in a cell becomes an error that names the operator; everything else is passed on. */
  #explained(error: unknown): unknown {
    if (!(error instanceof RowError)) return error;
    const diagnostic: Diagnostic = { code: 'E0507', message: error.message };
    return new RunError(diagnostic, { cause: error });
  }

  /** Releases everything, last started first, whatever of it fails; the first failure of a good run is the run's. */
  async #release(failed: boolean): Promise<void> {
    const problems: unknown[] = [];
    const attempt = async (work: () => void | Promise<void> | undefined) => {
      try {
        await work();
      } catch (error) {
        problems.push(error);
      }
    };
    for (const { operator } of this.#running.toReversed()) await attempt(() => operator.close?.(failed));
    if (failed) await attempt(() => this.#sink?.abort());
    await attempt(() => this.#sink?.close());
    if (!failed && problems.length > 0) throw problems[0];
  }
}

/** INSERT INTO SHELL(..): the sink only hands on what the command prints. */
const isCommand = (plan: Plan): plan is Sink =>
  plan.op === 'sink' && plan.input.op === 'shell' && plan.connector === 'stdout' && plan.label.startsWith('SHELL');
