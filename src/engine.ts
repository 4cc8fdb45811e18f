import { diagnosticsOf, QueryError, RunError, type Diagnostic } from './base/errors.ts';
import { fingerprint } from './plan/facts.ts';
import { inlined, type Job } from './plan/job.ts';
import type { Database, Plan } from './plan/plan.ts';
import type { Analyze, PlanFile, Step } from './plan/step.ts';
import type { Source } from './base/span.ts';
import type { RecordBatch } from './data/batch.ts';
import { bindScript, createSession, type BindSession, type BoundStep, type Params } from './bind/bind.ts';
import { parse } from './syntax/parse.ts';
import type { Script, Statement } from './syntax/ast.ts';
import type { Lock } from './contract/certificate.ts';
import type { CompiledStep } from './compiled.ts';
import { guarded, Quarantine } from './guarded.ts';
import { lockPath } from './lock.ts';
import { optimized } from './optimize.ts';
import type { RewriteStep } from './rewrite/rewrite.ts';
import { connectors } from './connect/catalog.ts';
import type { JobRequest } from './connect/connector.ts';
import { checkCommands } from './check.ts';
import { reportGains } from './report-gains.ts';
import { variantsOf } from './variants.ts';
import { toolsIn } from './run/job-tools.ts';
import { runJob, type RunResult } from './run/local.ts';
import { runContext, type RunHooks } from './run/start.ts';
import { Connections, seeing } from './connect/sqlite/connections.ts';
import { Rehearsal } from './connect/sqlite/rehearsal.ts';
import { analysis } from './analyze.ts';
import { controlled, runningJobs } from './controlled.ts';
import { analyzeOf, explainStep } from './explain.ts';
import { foresee, hasParts, rehearseStep } from './foresight.ts';
import { cannotWait, parts } from './parts.ts';
import { counting, type RowTaker } from './row-taker.ts';
import { tooDeep, tooLong } from './too-long.ts';
import { howWritten, type HowWritten } from './how-written.ts';

/** What a session starts with. */
export interface EngineOptions {
  /** Databases by name: a path, or a path that is only read. */
  readonly attach?: Readonly<Record<string, string | Database>>;
  readonly settings?: Readonly<Record<string, string | number | boolean>>;
  readonly params?: Params;
}

/** Statements that were compiled together. */
interface CompiledPart {
  readonly compiled: readonly CompiledStep[];
  /** Statements behind them that cannot be bound before those have been run. */
  readonly rest: Statement[];
}

export interface RunOptions extends RunHooks {
  readonly taker: RowTaker;
  /** Takes the lines of EXPLAIN and the like. */
  readonly text: (title: string, lines: readonly string[]) => void | Promise<void>;
  readonly job?: string;
  /** Every query and INSERT is run as EXPLAIN ANALYZE runs it. @param trace what the rewriter did. */
  readonly analyze?: (trace: readonly RewriteStep[]) => Analyze;
  /** Called after each step that wrote, with what it wrote and where to. */
  readonly written?: (target: string, result: RunResult, how: HowWritten) => void;
}

/** Compiles and runs scripts; keeps what they attach, create and set. Not for concurrent use. */
export class Engine {
  readonly #session: BindSession;
  readonly #connections = new Connections();
  /** How many INSERTs this session has run: the part of a job that the next one is. */
  #inserts = 0;
  /** What is known of the commands of the script that is being compiled. */
  readonly #quarantine = new Quarantine();

  constructor(options: EngineOptions = {}, session: BindSession = createSession({ ...options, running: runningJobs })) {
    this.#session = session;
  }

  get settings(): Readonly<Record<string, string>> {
    return this.#session.settings;
  }

  get databases(): Readonly<Record<string, Database>> {
    return this.#session.databases;
  }

  get commands(): ReadonlyMap<string, string> {
    return this.#session.commands;
  }

  /** Ends what the session has open: transactions are taken back. */
  close(): void {
    this.#connections.close();
    this.#session.close();
  }

  /**
   * Compiles a script part by part: statements that follow a change of a database's schema are bound when the part
   * before them has been run (or skipped) by the caller.
   *
   * @throws QueryError with every fault of a part.
   */
  async *compile(source: Source, params?: Params): AsyncGenerator<readonly CompiledStep[]> {
    for await (const { compiled } of this.#parts(source, params, (bind) => this.#connections.within(bind)))
      yield compiled;
  }

  /**
   * Compiles a script of which nothing is run. Statements behind a change of a schema are bound against a copy of it.
   *
   * @param unready takes a statement that cannot be bound, since it reads a file that those before it make.
   * @throws QueryError with every fault of a part.
   */
  async *rehearse(
    source: Source,
    unready: (statement: Statement) => void,
    params?: Params,
  ): AsyncGenerator<readonly CompiledStep[]> {
    const rehearsal = new Rehearsal();
    try {
      for await (const part of this.#parts(source, params, (bind) => seeing(rehearsal, bind))) {
        yield part.compiled;
        for (const { step } of part.compiled) rehearseStep(rehearsal, step, this.#session.databases);
        const unbound = part.rest.shift();
        if (unbound !== undefined) unready(unbound);
      }
    } finally {
      rehearsal.close();
    }
  }

  /**
   * Compiles a script part by part, each when the one before it has been taken.
   *
   * @param within binds a part: where it sees its databases from.
   * @returns with each part the statements that had to wait for it: they are parts of their own then.
   */
  async *#parts(
    source: Source,
    params: Params | undefined,
    within: (bind: () => Promise<CompiledPart>) => Promise<CompiledPart>,
  ): AsyncGenerator<CompiledPart> {
    for (let [script, ...later] = parts(parse(source)); script !== undefined; [script, ...later] = later) {
      const part = script;
      const compiled = await within(() => this.#compilePart(part, params));
      yield compiled;
      if (compiled.rest.length > 0) later.unshift({ ...part, statements: compiled.rest });
    }
  }

  async #compilePart(script: Script, params: Params | undefined): Promise<CompiledPart> {
    this.#quarantine.read(lockPath(script.span.source));
    const bound = bindScript(this.#session, script, params);
    const { steps, warnings, rest } = await bound.catch((e) => tooLong(e, script));
    this.warn(warnings);
    const compiled = steps.map((step) => {
      try {
        return this.#optimize(step);
      } catch (error) {
        return tooLong(error, script);
      }
    });
    const faults = compiled.flatMap(({ step }) => checkCommands(step, script.span.source));
    if (faults.length > 0) throw new QueryError(...faults);
    return { compiled, rest: [...rest] };
  }

  /** Set by whoever shows warnings. */
  warn: (warnings: readonly Diagnostic[]) => void = () => undefined;

  #optimize(bound: BoundStep): CompiledStep {
    if (bound.kind !== 'run' && bound.kind !== 'explain') return { step: bound, trace: [] };
    const rewritten = optimized(bound.job, bound.settings, this.#quarantine.lock);
    const analyze = bound.kind === 'explain' ? analyzeOf(bound, rewritten.trace) : undefined;
    if (bound.kind === 'explain' && analyze === undefined) return { step: explainStep(bound, rewritten), trace: [] };
    const logical = bound.job.plans.map((plan) => inlined(plan, bound.job.shared));
    const { job, trace, notes } = rewritten;
    const planned = (found: Job): Step => ({ kind: 'run', ...found, ...(analyze && { analyze }) });
    const again = (lock: Lock): Step => planned(optimized(bound.job, bound.settings, lock).job);
    const variants = variantsOf(bound.job, bound.settings, this.#quarantine.lock);
    return { step: planned(job), logical, trace, notes, again, variants };
  }

  /** The whole script as a plan file, nothing run. */
  async planFile(source: Source): Promise<PlanFile> {
    const steps: Step[] = [];
    for await (const part of this.rehearse(source, cannotWait)) steps.push(...part.map((c) => c.step));
    return {
      format: 'ssql-plan',
      version: 1,
      databases: this.#session.databases,
      settings: this.#session.settings,
      steps,
    };
  }

  /** Parses, binds and looks inside SHELL commands. Nothing runs, nothing is written. */
  async check(source: Source): Promise<readonly Diagnostic[]> {
    try {
      for await (const part of this.rehearse(source, () => undefined)) {
        const faults = part.flatMap(({ step }) => checkCommands(step, source, 'syntax'));
        if (faults.length > 0) return faults;
      }
      return [];
    } catch (error) {
      return diagnosticsOf(error);
    }
  }

  /** Compiles and runs a script, step by step; not if anything in its text is wrong. */
  async run(source: Source, options: RunOptions, params?: Params): Promise<void> {
    if (hasParts(source)) await foresee(new Engine({}, this.#session.copy()).rehearse(source, () => undefined, params));
    for await (const part of this.compile(source, params)) {
      for (const compiled of part) {
        const analyze = options.analyze?.(compiled.trace);
        const inserts = this.#inserts;
        const { taker, given } = counting(options.taker);
        const run = (step: Step): Promise<void> => {
          // It is the same INSERT, however often it is tried.
          this.#inserts = inserts;
          const asked = step.kind === 'run' && analyze !== undefined ? { analyze, ...step } : step;
          return this.runStep(asked, { ...options, taker }, compiled.logical);
        };
        await guarded(compiled, this.#quarantine, run, { ...options, shown: given });
        await reportGains(compiled, analyze, options, (job, o) => this.runStep({ kind: 'run', ...job }, o, undefined));
      }
    }
  }

  async runFile(file: PlanFile, options: RunOptions): Promise<void> {
    for (const step of file.steps) await this.runStep(step, options, undefined, file.databases, file.settings);
  }

  async runStep(
    step: Step,
    options: RunOptions,
    logical: readonly Plan[] | undefined,
    databases = this.#session.databases,
    settings = this.#session.settings,
  ): Promise<void> {
    const { taker } = options;
    switch (step.kind) {
      case 'text':
        return options.text(step.title, step.lines);
      case 'sqlite': {
        const database = databases[step.database];
        if (database === undefined)
          throw new RunError({ code: 'E0601', message: `no database ${step.database} is attached` });
        const result = await this.#connections.run(database.file, step.sql, { readOnly: database.readOnly });
        if (result.batch === undefined) return undefined;
        await taker.start(result.columns, result.batch.schema);
        await taker.batch(result.batch);
        return taker.end();
      }
      case 'job':
        return controlled(step, options);
      case 'run':
        return this.#runJob(step, options, logical, databases, settings);
    }
  }

  async #runJob(
    { analyze, ...job }: Extract<Step, { kind: 'run' }>,
    options: RunOptions,
    logical: readonly Plan[] | undefined,
    databases: Readonly<Record<string, Database>>,
    settings: Readonly<Record<string, string>>,
  ): Promise<void> {
    const { taker } = options;
    const requests = job.plans.map((plan, i) =>
      this.#request(plan, options, logical?.[i] ?? inlined(plan, job.shared)),
    );
    const deliver = (batch: RecordBatch) => (analyze === undefined ? taker.batch(batch) : undefined);
    const context = runContext({ ...options, measured: analyze !== undefined }, databases, settings, deliver);
    const output = analyze === undefined ? job.plans.find((plan) => plan.op === 'output') : undefined;
    if (output?.op === 'output') await taker.start(output.labels, output.schema);
    const started = performance.now();
    const analyzed = async (): Promise<void> =>
      analyze && options.text('plan', analysis(job, context.stats, performance.now() - started, analyze));
    const results = await this.#connections
      .within(() => runJob(job, context, requests))
      .catch(async (error) => {
        // Of rows that never end, that is what there is to see.
        if (options.signal?.aborted) await analyzed();
        return tooDeep(error);
      });
    if (output !== undefined) await taker.end();
    await analyzed();
    if (analyze !== undefined) this.#quarantine.measure(job, context.stats);
    job.plans.forEach((plan, i) => {
      if (plan.op === 'sink') options.written?.(plan.label, results[i]!, howWritten(plan));
    });
  }

  /** What keeps the progress of one root of a job that was given a name. */
  #request(plan: Plan, { job, log }: RunOptions, logical: Plan): JobRequest | undefined {
    if (job === undefined || plan.op !== 'sink') return undefined;
    if (connectors.get(plan.connector)?.sink?.delivery !== 'transaction')
      log?.(`${plan.label}: only tables keep the progress of job ${job}; run again, all is written again`);
    return { name: job, part: this.#inserts++, fingerprint: fingerprint(logical), tools: toolsIn(logical) };
  }
}
