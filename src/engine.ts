import { diagnosticsOf, QueryError, RunError, type Diagnostic } from './base/errors.ts';
import { fingerprint } from './plan/facts.ts';
import type { Database, Plan, PlanFile, Step } from './plan/plan.ts';
import type { Source } from './base/span.ts';
import type { RecordBatch } from './data/batch.ts';
import type { Schema } from './data/types.ts';
import { bindScript, createSession, type BindSession, type BoundStep, type Params } from './bind/bind.ts';
import { parse } from './syntax/parse.ts';
import type { Script, Statement } from './syntax/ast.ts';
import { rewrite, type RewriteStep } from './rewrite/rewrite.ts';
import { canPush, connectors } from './connect/catalog.ts';
import { checkCommands } from './check.ts';
import { runPlan, type RunResult } from './run/local.ts';
import { runContext, type RunHooks } from './run/start.ts';
import { runSqlite } from './connect/sqlite/passthrough.ts';
import { explainStep } from './explain.ts';

/** What a session starts with. */
export interface EngineOptions {
  /** Databases by name: a path, or a path that is only read. */
  readonly attach?: Readonly<Record<string, string | Database>>;
  readonly settings?: Readonly<Record<string, string | number | boolean>>;
  readonly params?: Params;
}

/** One step of a script, compiled: as bound, as rewritten, and what the rewriter did. */
export interface CompiledStep {
  readonly step: Step;
  readonly logical?: Plan;
  readonly trace: readonly RewriteStep[];
}

/** Takes the rows of one query. */
export interface RowTaker {
  start(labels: readonly string[], schema: Schema): void | Promise<void>;
  batch(batch: RecordBatch): void | Promise<void>;
  end(): void | Promise<void>;
}

export interface RunOptions extends RunHooks {
  readonly taker: RowTaker;
  /** Takes the lines of EXPLAIN and the like. */
  readonly text: (title: string, lines: readonly string[]) => void | Promise<void>;
  readonly job?: string;
  /** Called after each step that wrote, with what it wrote and where to. */
  readonly written?: (target: string, result: RunResult) => void;
}

/** Compiles and runs scripts; keeps what they attach, create and set. Not for concurrent use. */
export class Engine {
  readonly #session: BindSession;
  /** How many INSERTs this session has run: the part of a job that the next one is. */
  #inserts = 0;

  constructor(options: EngineOptions = {}) {
    this.#session = createSession(options);
  }

  get settings(): Readonly<Record<string, string>> {
    return this.#session.settings;
  }

  get databases(): Readonly<Record<string, Database>> {
    return this.#session.databases;
  }

  /**
   * Compiles a script part by part: statements that follow a change of a database's schema are bound when the part
   * before them has been run (or skipped) by the caller.
   *
   * @throws QueryError with every fault of a part.
   */
  async *compile(source: Source, params?: Params): AsyncGenerator<readonly CompiledStep[]> {
    const script = parse(source);
    for (const part of parts(script)) yield await this.#compilePart(part, params);
  }

  async #compilePart(script: Script, params: Params | undefined): Promise<readonly CompiledStep[]> {
    const { steps, warnings } = await bindScript(this.#session, script, params).catch((e) => tooLong(e, script));
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
    return compiled;
  }

  /** Set by whoever shows warnings. */
  warn: (warnings: readonly Diagnostic[]) => void = () => undefined;

  #optimize(bound: BoundStep): CompiledStep {
    if (bound.kind === 'explain')
      return { step: explainStep(bound, this.#rewritten(bound.plan, bound.settings)), trace: [] };
    if (bound.kind !== 'run') return { step: bound, trace: [] };
    const { plan, trace } = this.#rewritten(bound.plan, bound.settings);
    return { step: { kind: 'run', plan }, logical: bound.plan, trace };
  }

  #rewritten(plan: Plan, settings: Readonly<Record<string, string>>): { plan: Plan; trace: readonly RewriteStep[] } {
    const pushdown = settings['pushdown'] !== 'off';
    if (settings['optimizer'] === 'off') return { plan, trace: [] };
    const { plan: rewritten, steps } = rewrite(plan, { pushdown, canPush });
    return { plan: rewritten, trace: steps };
  }

  /** The whole script as a plan file, nothing run. */
  async planFile(source: Source): Promise<PlanFile> {
    const steps: Step[] = [];
    for await (const part of this.compile(source)) steps.push(...part.map((c) => c.step));
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
      for await (const part of this.compile(source)) {
        const faults = part.flatMap(({ step }) => checkCommands(step, source, 'syntax'));
        if (faults.length > 0) return faults;
      }
      return [];
    } catch (error) {
      return diagnosticsOf(error);
    }
  }

  /** Compiles and runs a script, step by step. */
  async run(source: Source, options: RunOptions, params?: Params): Promise<void> {
    for await (const part of this.compile(source, params)) {
      for (const { step, logical } of part) await this.runStep(step, options, logical);
    }
  }

  async runFile(file: PlanFile, options: RunOptions): Promise<void> {
    for (const step of file.steps) await this.runStep(step, options, undefined, file.databases, file.settings);
  }

  async runStep(
    step: Step,
    options: RunOptions,
    logical: Plan | undefined,
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
        const result = await runSqlite(database.file, step.sql, { readOnly: database.readOnly });
        if (result.batch === undefined) return undefined;
        await taker.start(result.columns, result.batch.schema);
        await taker.batch(result.batch);
        return taker.end();
      }
      case 'run': {
        const { plan } = step;
        if (
          options.job !== undefined &&
          plan.op === 'sink' &&
          connectors.get(plan.connector)?.sink?.delivery !== 'transaction'
        )
          options.log?.(
            `${plan.label}: only tables keep the progress of job ${options.job}; run again, all is written again`,
          );
        const context = runContext(options, databases, settings, (batch) => taker.batch(batch));
        if (plan.op === 'output') await taker.start(plan.labels, plan.schema);
        const job =
          options.job !== undefined && plan.op === 'sink'
            ? { name: options.job, part: this.#inserts++, fingerprint: fingerprint(logical ?? plan) }
            : undefined;
        const result = await runPlan(plan, context, job).catch(tooDeep);
        if (plan.op === 'output') await taker.end();
        else if (plan.op === 'sink') options.written?.(plan.label, result);
        return undefined;
      }
    }
  }
}

/** The same for the operators of a plan, which call each other. */
function tooDeep(error: unknown): never {
  if (!(error instanceof RangeError) || !error.message.includes('call stack')) throw error;
  throw new RunError({ ...TOO_LONG, code: 'E0101' }, { cause: error });
}

const TOO_LONG = {
  message: 'the statement is too long: too many operators stand one on the other',
  help: ['write what is in between to a table or a file, or UNION ALL fewer queries at once'],
};

/** Binder and rewriter go down a plan by recursion: what fills the stack has thousands of operators one on the other. */
function tooLong(error: unknown, { span }: Script): never {
  if (!(error instanceof RangeError) || !error.message.includes('call stack')) throw error;
  throw new QueryError({ ...TOO_LONG, code: 'E0101', span: { ...span, end: span.start + 1 }, label: 'it begins here' });
}

/** Cuts a script behind each statement that changes what later ones are bound against. */
function parts(script: Script): readonly Script[] {
  const cut: Statement[][] = [[]];
  for (const statement of script.statements) {
    cut.at(-1)!.push(statement);
    if (statement.kind === 'passthrough' && /^(CREATE|ALTER|DROP)$/.test(statement.verb)) cut.push([]);
  }
  return cut.filter((part) => part.length > 0).map((statements) => ({ ...script, statements }));
}
