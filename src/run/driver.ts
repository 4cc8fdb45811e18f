import { Bug } from '../base/errors.ts';
import { connectors } from '../connect/catalog.ts';
import type { Offset } from '../connect/connector.ts';
import type { RecordBatch } from '../data/batch.ts';
import { readersOf, type Job, type Shared } from '../plan/job.ts';
import { inputs } from '../plan/ops.ts';
import type { Domain, Plan, Scan, Shell } from '../plan/plan.ts';
import type { LateSink } from '../plan/watermark.ts';
import { atOnce } from './at-once.ts';
import { chosenBy } from './chosen-values.ts';
import { connectContext } from './connect-context.ts';
import type { RunContext } from './context.ts';
import { Edge, Running } from './edge.ts';
import { FanOut } from './fan-out.ts';
import { heldBack } from './held-back.ts';
import { HeldCount } from './held.ts';
import { holdBack } from './hold-back.ts';
import { inputOrder, portsBefore, portsInOrder } from './input-order.ts';
import type { Operator } from './operator.ts';
import { operatorOf, operators } from './operators/catalog.ts';
import { domainBatches } from './operators/dependent-join.ts';
import { handOver, shellSource } from './operators/shell-source.ts';
import { valuesBatch } from './operators/values.ts';
import { RejectedRows } from './rejected-rows.ts';
import { Sources } from './sources.ts';
import { newStats, type JobStats } from './job-stats.ts';
import { usedUpAtOnce } from './used-up.ts';

/** How a `--job` commits while its only scan goes on. */
export interface Epochs {
  /** Where the scan begins. */
  readonly at: Offset | undefined;
  /** All rows up to `next` have gone into `out`. */
  readonly end: (next: Offset, out: Edge) => Promise<void>;
}

/** By the id of a dependent join: settles when the left side, whose values its domain leaves read, has ended. */
type LeftSides = ReadonlyMap<number, Promise<void>>;

/**
 * Pushes the rows of a job's sources through its operators. Each source is a loop of its own. Where an operator wants
 * its inputs one after the other, the sources are driven so; else all at once, and awaiting an edge is what slows them.
 */
export class Driver {
  /** In the order they were started. */
  readonly running: Running[] = [];
  readonly #job: Job;
  readonly #context: RunContext;
  readonly #stats: JobStats;
  readonly #epochs: Epochs | undefined;
  readonly #heldBack: ReadonlySet<Plan>;
  readonly #readers: ReadonlyMap<string, number>;
  readonly #fanOuts = new Map<string, FanOut>();
  /** Shared sub-plans that were started. A failure has ended the run. */
  readonly #subPlans: Promise<void>[] = [];
  readonly #sources: Sources;
  /** Rejects when the run is over before its time. */
  readonly #aborted: Promise<never>;
  #onAbort!: () => void;

  constructor(job: Job, context: RunContext, stats: JobStats, epochs?: Epochs) {
    this.#job = job;
    this.#context = context;
    this.#stats = stats;
    this.#epochs = epochs;
    this.#heldBack = heldBack(job);
    this.#readers = readersOf(job);
    const { signal } = context;
    this.#aborted = new Promise((_, reject) => (this.#onAbort = () => reject(signal.reason as Error)));
    this.#aborted.catch(() => undefined);
    if (signal.aborted) this.#onAbort();
    else signal.addEventListener('abort', this.#onAbort, { once: true });
    this.#sources = new Sources(context, this.#aborted);
  }

  /** Starts an operator that gives its rows to nobody in the plan: a root. */
  root(plan: Plan, operator: Operator): Edge {
    const [input] = inputs(plan);
    return this.#connect(input!, this.#start(plan, operator, undefined), 0);
  }

  /** Runs the trees under some roots to their end. */
  async run(roots: readonly { readonly input: Plan; readonly edge: Edge }[]): Promise<void> {
    try {
      await atOnce(
        roots.map(
          ({ input, edge }) =>
            () =>
              this.#drive(input, edge, NO_LEFT_SIDES),
        ),
        this.#context.fail,
      );
    } finally {
      await Promise.all(this.#subPlans);
      // A signal that somebody listens to is kept, and the whole run with it.
      this.#context.signal.removeEventListener('abort', this.#onAbort);
    }
  }

  #start(plan: Plan, operator: Operator, out: Edge | undefined, ports = inputs(plan).length): Running {
    const running = new Running(
      operator,
      this.#stats.of(plan),
      out,
      ports,
      this.#filled,
      operator.held && new HeldCount(operator, this.#context.memory),
    );
    this.running.push(running);
    return running;
  }

  #connect(from: Plan, to: Running, port: number): Edge {
    return new Edge(this.#stats.of(from), to, port);
  }

  /** Nobody wants more of something: a source that waits for more of it may stop, and so may a reader of a sub-plan. */
  readonly #filled = (): void => {
    for (const fanOut of this.#fanOuts.values()) fanOut.letGo();
    this.#sources.stopFull();
  };

  /** Runs the tree under `plan` to its end, pushing its rows into `out`. */
  async #drive(plan: Plan, out: Edge, lefts: LeftSides): Promise<void> {
    switch (plan.op) {
      case 'values':
        if (!out.full) await out.emit(valuesBatch(plan));
        return out.end();
      case 'domain':
        return this.#driveDomain(plan, out, lefts);
      case 'scan':
        return this.#driveScan(plan, out);
      case 'shared':
        return this.#read(plan, out);
      case 'shell':
        return this.#driveShell(plan, out, lefts);
      case 'current':
      case 'output':
      case 'sink':
        throw new Bug(`${plan.op} inside a plan`);
      default: {
        return this.#driveInputs(plan, operatorOf(plan, this.#contextOf(plan)), out, lefts);
      }
    }
  }

  async #driveInputs(plan: Plan, operator: Operator, out: Edge, lefts: LeftSides): Promise<void> {
    const below = inputs(plan);
    const order = inputOrder(plan);
    if (order === 'together') return this.#driveTogether(plan, below, this.#start(plan, operator, out), lefts);
    if (!this.#heldBack.has(plan)) {
      const running = this.#start(plan, operator, out);
      for (const port of portsInOrder(order, below.length))
        await this.#drive(below[port]!, this.#connect(below[port]!, running, port), lefts);
      return undefined;
    }
    const held = holdBack(operator, below.length, (port) => portsBefore(order, below.length, port));
    return this.#driveTogether(plan, below, this.#start(plan, held, out), lefts);
  }

  #driveTogether(plan: Plan, below: readonly Plan[], running: Running, lefts: LeftSides): Promise<void> {
    let seen = lefts;
    let leftEnded = (): void => undefined;
    if (plan.op === 'join' && plan.domain !== undefined)
      seen = new Map([...lefts, [plan.domain.id, new Promise<void>((resolve) => (leftEnded = resolve))]]);
    return atOnce(
      below.map((input, port) => async () => {
        await this.#drive(input, this.#connect(input, running, port), seen);
        if (port === 0) leftEnded();
      }),
      this.#context.fail,
    );
  }

  async #driveDomain(plan: Domain, out: Edge, lefts: LeftSides): Promise<void> {
    await Promise.race([lefts.get(plan.id), this.#aborted]);
    for (const batch of domainBatches(plan, this.#context)) if (!out.full) await out.emit(batch);
    return out.end();
  }

  /** Takes part in a shared sub-plan, which is started by the last of its readers. */
  async #read(plan: Shared, out: Edge): Promise<void> {
    const { id, schema } = plan;
    const subPlan = this.#job.shared[id];
    if (subPlan === undefined) throw new Bug(`no shared sub-plan ${id}`);
    let fanOut = this.#fanOuts.get(id);
    if (fanOut === undefined) {
      fanOut = new FanOut(subPlan.schema, this.#readers.get(id)!, this.#context.fail);
      this.#fanOuts.set(id, fanOut);
    }
    const over = fanOut.attach(out, schema, this.#stats.of(plan));
    if (fanOut.isComplete) {
      const running = new Running(fanOut, newStats(-1, plan.id), undefined, 1, this.#filled);
      this.#subPlans.push(
        this.#drive(subPlan, this.#connect(subPlan, running, 0), NO_LEFT_SIDES).catch(this.#context.fail),
      );
    }
    await Promise.race([over, this.#aborted]);
  }

  async #driveShell(plan: Shell, out: Edge, lefts: LeftSides): Promise<void> {
    const open = this.#shellSource(plan);
    if (open !== undefined) {
      await this.#sources.pull(this.#stats.of(plan), out, open, (batch) => out.emit(batch), plan.unbounded === true);
      return out.end();
    }
    const running = this.#start(plan, operators.shell(plan, this.#contextOf(plan)), out);
    return this.#drive(plan.input!, this.#connect(plan.input!, running, 0), lefts);
  }

  #contextOf(plan: Plan): RunContext {
    const context = { ...this.#context, own: this.#stats.of(plan) };
    if (plan.op !== 'tap') return context;
    const source = this.#stats.of(plan.input);
    return { ...context, place: () => source.position };
  }

  #shellSource(plan: Shell): ((context: RunContext) => AsyncIterable<RecordBatch>) | undefined {
    const own = this.#stats.of(plan);
    if (plan.input === undefined) return (context) => shellSource(plan, { ...context, own });
    // A command that reads its file by itself tells no offset to commit. It gets all lines, whoever wants more.
    const rows = this.#epochs === undefined ? handOver(plan, this.#contextOf(plan)) : undefined;
    if (rows === undefined) return undefined;
    this.#stats.of(plan.input).isHandedOver = true;
    return () => rows;
  }

  async #driveScan(plan: Scan, out: Edge): Promise<void> {
    const source = connectors.get(plan.connector)?.source;
    if (source === undefined) throw new Bug(`connector ${plan.connector} is no source`);
    const stats = this.#stats.of(plan);
    const epochs = this.#epochs;
    const request = {
      options: plan.options,
      schema: plan.schema,
      pushed: plan.pushed ?? [],
      label: plan.label,
      ...(plan.limit !== undefined && { limit: plan.limit }),
      ...(plan.query !== undefined && { query: plan.query }),
      ...(plan.chosen !== undefined && { chosen: chosenBy(plan.chosen, this.#context) }),
    };
    const atOnce = this.#job.plans.length === 1 && usedUpAtOnce(this.#job.plans[0]!, plan);
    const rejected = this.#rejectedRows(plan);
    await this.#sources.pull(
      stats,
      out,
      (context) => {
        const connected = connectContext(context, plan, stats, atOnce);
        return source.open(request, epochs?.at, rejected ? { ...connected, reject: rejected.add } : connected);
      },
      ({ batch, next }) => {
        stats.position = next;
        const waiting = rejected?.flush();
        return waiting === undefined ? out.emit(batch) : waiting.then(() => out.emit(batch));
      },
      !plan.bounded,
      epochs && (({ next }) => epochs.end(next, out)),
    );
    await rejected?.flush();
    return out.end();
  }

  /** Where the records go that a source cannot read, if its on_error names a sink. */
  #rejectedRows(plan: Scan): RejectedRows | undefined {
    const into = plan.options['rejects'] as unknown as LateSink | undefined;
    if (into === undefined) return undefined;
    const rejected = new RejectedRows(into, this.#context, !plan.bounded);
    const operator: Operator = { onBatch: () => undefined, close: (failed) => rejected.close(failed) };
    this.running.push(new Running(operator, this.#stats.of(plan), undefined, 0, this.#filled));
    return rejected;
  }
}

const NO_LEFT_SIDES: LeftSides = new Map();
