import { Bug, RunError } from '../base/errors.ts';
import { RowError } from '../expr/functions/function.ts';
import { connectors } from '../connect/catalog.ts';
import type { JobRequest, Offset, SinkHandle } from '../connect/connector.ts';
import { bounded, checkpointable } from '../plan/facts.ts';
import { components, inlined, jobOf, jobOver, type Job } from '../plan/job.ts';
import type { Output, Plan, Sink } from '../plan/plan.ts';
import { asQuery, beside } from './again.ts';
import { atOnce } from './at-once.ts';
import { beginAnew } from './begin-anew.ts';
import { connectContext } from './connect-context.ts';
import type { RunContext } from './context.ts';
import { Driver, type Epochs } from './driver.ts';
import { changedTools } from './job-tools.ts';
import { withGuards } from './guards.ts';
import { withUsedUp } from './used-up.ts';
import { JobStats } from './job-stats.ts';
import type { OperatorStats } from './operator.ts';
import { outputOperator } from './operators/output.ts';
import { sinkOperator } from './operators/sink.ts';
import { sharedSink } from './shared-sink.ts';
import { Turnstile } from './turnstile.ts';

/** How the run of one root ended. */
export interface RunResult {
  /** Of all operators of the job. */
  readonly stats: readonly OperatorStats[];
  /** Rows that the sink has made durable; undefined for queries. */
  readonly committed?: number;
  /** Rows that a command got which is the target; what it makes of them is not known. 0 where it read its file itself. */
  readonly sent?: number;
  /** A job whose input was all in already: nothing was run. */
  readonly alreadyDone?: boolean;
}

/** Runs a job of one root. */
export async function runPlan(plan: Plan, context: RunContext, request?: JobRequest): Promise<RunResult> {
  const [result] = await runJob(jobOf(plan), context, [request]);
  return result!;
}

/**
 * Runs a job in this process, from its sources to its roots, and resolves when all of it is over and released. Bounded
 * roots commit at the end, when all of them are through, in their order; after a failure none does.
 *
 * @param requests for each root: what keeps its progress, if anything does.
 * @throws RunError for faults met while running; whatever the signal was aborted with.
 */
export async function runJob(
  job: Job,
  context: RunContext,
  requests: readonly (JobRequest | undefined)[] = [],
): Promise<readonly RunResult[]> {
  const again: RunContext['again'] = (part, deliver) => runPlan(asQuery(part), beside(context, deliver));
  return new LocalRun(withUsedUp(withGuards(job)), { ...context, again }, requests).execute();
}

/** A root while it runs. */
interface Root {
  readonly plan: Output | Sink;
  readonly request: JobRequest | undefined;
  sink?: SinkHandle;
  offset?: Offset | undefined;
  /** All its input was in before. */
  isDone: boolean;
  /** Its rows never end, and are committed as they come. */
  isEndless: boolean;
  /** Counters of what feeds it. */
  input?: OperatorStats;
}

class LocalRun {
  readonly #job: Job;
  readonly #context: RunContext;
  readonly #roots: readonly Root[];
  readonly #stats: JobStats;
  readonly #drivers: Driver[] = [];
  /** What the sinks hold in common. */
  readonly #together = new Map<string, unknown>();
  readonly #committing = new Turnstile();

  constructor(job: Job, context: RunContext, requests: readonly (JobRequest | undefined)[]) {
    this.#job = job;
    this.#context = context;
    this.#stats = new JobStats(job, context.stats);
    this.#roots = job.plans.map((plan, i) => {
      if (plan.op !== 'output' && plan.op !== 'sink') throw new Bug(`a plan whose root is ${plan.op} cannot be run`);
      return { plan, request: requests[i], isDone: false, isEndless: false };
    });
  }

  async execute(): Promise<readonly RunResult[]> {
    const { signal, fail } = this.#context;
    let failed = true;
    try {
      signal.throwIfAborted();
      // What ends by itself takes its turn, so that not all files and commands of a long script are open at a time.
      const parts = components(this.#job);
      const endless = parts.filter((part) => !part.plans.every(bounded));
      const ending = parts.filter((part) => !endless.includes(part));
      const inTurn = async (): Promise<void> => {
        for (const part of ending) await this.#runPart(part);
      };
      await atOnce([inTurn, ...endless.map((part) => () => this.#runPart(part))], fail);
      signal.throwIfAborted();
      // Those that were committed before now stand for themselves; the others are committed together.
      for (const root of this.#roots) if (root.isEndless) await this.#commit([root], true);
      await this.#commit(
        this.#roots.filter((root) => !root.isEndless),
        true,
      );
      this.#context.progress.rowsCommitted = this.#rowsCommitted();
      failed = false;
      return this.#roots.map((root) => this.#resultOf(root));
    } catch (error) {
      // Sinks that commit what they have see by it that this is not all.
      fail(error);
      throw explained(signal.reason);
    } finally {
      await this.#release(failed);
      const { rowsLate } = this.#context.progress;
      if (rowsLate > 0) this.#context.log(`${rowsLate} late row${rowsLate === 1 ? '' : 's'} left out`);
    }
  }

  #resultOf({ plan, sink, isDone, input }: Root): RunResult {
    const { stats } = this.#context;
    if (isDone) return { stats, committed: 0, alreadyDone: true };
    return {
      stats,
      ...(sink && { committed: sink.committed }),
      ...(isCommand(plan) && input && { sent: input.rowsIn }),
    };
  }

  /** Roots that hang together by what they share run at once. */
  async #runPart({ plans, shared }: Job): Promise<void> {
    const roots = this.#roots.filter(({ plan }) => plans.includes(plan));
    const inEpochs = roots.every(({ plan, request }) => request !== undefined && checkpointable(inlined(plan, shared)));
    for (const root of roots) {
      root.isEndless = !inEpochs && !bounded(root.plan);
      if (root.plan.op === 'sink') await this.#open(root, root.plan, inEpochs);
      const { request, sink, isDone } = root;
      if (!inEpochs && !isDone && request !== undefined) beginAnew(root.plan, request, sink?.progress, this.#context);
    }
    const active = roots.filter((root) => !root.isDone);
    if (active.length === 0) return;
    const at = new Set(active.map(({ offset }) => JSON.stringify(offset)));
    if (inEpochs && at.size > 1) {
      // A run was ended between the commits of two targets. Each goes on from where it is, by a scan of its own.
      for (const root of active) await this.#drive([root], jobOf(inlined(root.plan, shared)), inEpochs, 'apart');
      return;
    }
    await this.#drive(
      active,
      jobOver(
        active.map(({ plan }) => plan),
        shared,
      ),
      inEpochs,
    );
  }

  async #drive(roots: readonly Root[], job: Job, inEpochs: boolean, stats?: 'apart'): Promise<void> {
    const epoch = epochOf(roots);
    const context = { ...this.#context, ...(epoch && { epoch }) };
    const counters = stats === 'apart' ? new JobStats(job, context.stats) : this.#stats;
    const driver = new Driver(job, context, counters, inEpochs ? this.#epochs(roots, epoch) : undefined);
    this.#drivers.push(driver);
    const started = roots.map((root, i) => {
      const plan = job.plans[i] as Output | Sink;
      root.input = counters.of(plan.input);
      const { sink, isEndless } = root;
      const operator =
        sink === undefined ? outputOperator(context) : sinkOperator(sink, isEndless ? context : undefined);
      return { input: plan.input, edge: driver.root(plan, operator) };
    });
    await driver.run(started);
  }

  #epochs(roots: readonly Root[], epoch: RunContext['epoch']): Epochs {
    const { settings, progress } = this.#context;
    let lastCommit = Date.now();
    let committed: string | undefined;
    return {
      at: roots[0]!.offset,
      end: async (next, out) => {
        for (const root of roots) root.offset = next;
        if (Date.now() - lastCommit < settings.epochMs) return;
        lastCommit = Date.now();
        const place = JSON.stringify(next);
        if (place === committed) return;
        committed = place;
        await out.barrier();
        await this.#commit(roots, false);
        if (epoch !== undefined) epoch.number++;
        progress.rowsCommitted = this.#rowsCommitted();
        lastCommit = Date.now();
      },
    };
  }

  #rowsCommitted(): number {
    return this.#roots.reduce((sum, { sink }) => sum + (sink?.committed ?? 0), 0);
  }

  /** All or none, as far as the targets can tell before; in the order of the roots. */
  async #commit(roots: readonly Root[], final: boolean): Promise<void> {
    const open = roots.filter(({ sink, isDone }) => sink !== undefined && !isDone);
    await this.#committing.pass(async () => {
      for (const { sink, offset } of open) await sink!.prepare?.(offset, final);
      for (const { sink, offset } of open) await sink!.commit(offset, final);
    });
  }

  async #open(root: Root, plan: Sink, inEpochs: boolean): Promise<void> {
    const sink = connectors.get(plan.connector)?.sink;
    if (sink === undefined) throw new Bug(`connector ${plan.connector} is no sink`);
    const { options, columns, label, input } = plan;
    const { request } = root;
    const connected = connectContext(this.#context, plan, this.#stats.of(plan), false);
    // Being stopped is how a run without end ends: what has come by then is still committed.
    const context = bounded(plan) ? connected : { ...connected, signal: new AbortController().signal };
    const asked = { options, schema: input.schema, columns, label, ...(request && { job: request }) };
    // Not in the middle of a commit, whose transaction may be in the very connection that this one gets.
    await this.#committing.pass(async () => {
      // One that commits by itself does it in a transaction of its own.
      const open = () => sink.open(asked, root.isEndless ? context : { ...context, together: this.#together });
      // Tables take rows by as many as there are.
      const { sinks } = this.#context;
      root.sink = sink.delivery === 'transaction' ? await open() : await sharedSink(sinks, plan, open);
    });
    const { progress } = root.sink!;
    root.offset = progress?.offset;
    if (request?.tools !== undefined && progress?.tools !== undefined)
      changedTools(request.name, progress.tools, request.tools).forEach(this.#context.log);
    // A finished job goes on where its source may have grown and progress is kept by offset.
    root.isDone = progress?.done === true && !(progress.offset !== undefined && inEpochs);
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
    for (const { running } of this.#drivers.toReversed())
      for (const { operator } of running.toReversed()) await attempt(() => operator.close?.(failed));
    for (const { sink } of this.#roots) {
      if (failed) await attempt(() => sink?.abort());
      await attempt(() => sink?.close());
    }
    if (!failed && problems.length > 0) throw problems[0];
  }
}

/** The epoch that a job goes on with. */
function epochOf(roots: readonly Root[]): RunContext['epoch'] {
  const first = roots.find(({ request }) => request !== undefined);
  return first && { job: first.request!.name, number: (first.sink?.progress?.epoch ?? 0) + 1 };
}

/** A fault in a cell becomes an error with a code; everything else is passed on. */
function explained(error: unknown): unknown {
  if (!(error instanceof RowError)) return error;
  const { code, message, notes } = error;
  return new RunError({ code, message, ...(notes.length > 0 && { notes }) }, { cause: error });
}

/** INSERT INTO SHELL(..): the sink only hands on what the command prints. */
const isCommand = (plan: Output | Sink): boolean =>
  plan.op === 'sink' && plan.input.op === 'shell' && plan.connector === 'stdout' && plan.label.startsWith('SHELL');
