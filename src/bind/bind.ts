import { QueryError, type Diagnostic } from '../base/errors.ts';
import type { Job } from '../plan/job.ts';
import { withLineage } from '../plan/lineage.ts';
import type { Database } from '../plan/plan.ts';
import type { Step } from '../plan/step.ts';
import type { Script, Statement } from '../syntax/ast.ts';
import type { QueryContext } from './context.ts';
import { noInputs } from './inputs.ts';
import { filesMade, ReadsMadeFiles } from './made-files.ts';
import { Session, type GivenParams, type SessionOptions } from './session.ts';
import { scriptSteps, type StatementSteps } from './script-jobs.ts';
import { bindStatement } from './statement.ts';
import { Streams } from './streams.ts';

export type { Session as BindSession, GivenParams as Params, SessionOptions } from './session.ts';
export type { ParamValue } from './params.ts';

/** A step to be compiled further: `settings` are those that hold where the statement stands. */
export type BoundStep =
  | { readonly kind: 'run'; readonly job: Job; readonly settings: Readonly<Record<string, string>> }
  | {
      readonly kind: 'explain';
      /** Upper case, as written: LOGICAL, OPTIMIZED, REWRITES, JSON. */
      readonly words: readonly string[];
      readonly job: Job;
      readonly settings: Readonly<Record<string, string>>;
    }
  | Exclude<Step, { readonly kind: 'run' }>;

export interface Bound {
  readonly steps: readonly BoundStep[];
  readonly databases: Readonly<Record<string, Database>>;
  readonly settings: Readonly<Record<string, string>>;
  readonly warnings: readonly Diagnostic[];
  /** Statements that cannot be bound until these steps have been run. */
  readonly rest: readonly Statement[];
}

/** Starts a catalogue: what it is told now and by later scripts stays. */
export const createSession = (options: SessionOptions = {}): Session => new Session(options);

/**
 * Resolves all names, types and declarations of a script, statement by statement, up to one that reads a file which those
 * before it make. The session changes only if all of it is right.
 *
 * @throws QueryError with the faults of every statement.
 */
export async function bindScript(session: Session, script: Script, params?: GivenParams): Promise<Bound> {
  const state = session.fork();
  const statements: StatementSteps[] = [];
  const streams = new Streams();
  const warnings: Diagnostic[] = [];
  const faults: Diagnostic[] = [];
  const madeFiles: string[] = [];
  let rest: readonly Statement[] = [];
  let failed = false;
  for (const [i, statement] of script.statements.entries()) {
    const query: QueryContext = {
      catalog: state.catalog,
      settings: Object.fromEntries(state.settings),
      params: session.paramsFor(state, params),
      inputs: noInputs,
      ctes: new Map(),
      expanding: [],
      outer: [],
      nesting: { queries: 0 },
      warn: (warning) => warnings.push(warning),
      streams,
      madeFiles,
    };
    try {
      const steps = await bindStatement({ session, state, query }, statement);
      if (changesMeaning(statement)) streams.forget();
      statements.push({ steps, isCut: statement.kind === 'attach' });
      madeFiles.push(...steps.flatMap(filesMade));
    } catch (error) {
      if (error instanceof ReadsMadeFiles) {
        rest = script.statements.slice(i);
        break;
      }
      if (!(error instanceof QueryError)) throw error;
      failed = true;
      faults.push(...error.diagnostics);
    }
  }
  if (failed) throw new QueryError(...faults);
  session.keep(state);
  const steps = scriptSteps(statements).map((step) => ('job' in step ? { ...step, job: withLineage(step.job) } : step));
  return { steps, databases: session.databases, settings: session.settings, warnings, rest };
}

/** Whether the statements behind this one may mean something else than if they stood before it. */
function changesMeaning(statement: Statement): boolean {
  switch (statement.kind) {
    case 'set':
    case 'reset':
    case 'attach':
    case 'detach':
    case 'drop':
    case 'passthrough':
      return true;
    default:
      return 'orReplace' in statement && statement.orReplace;
  }
}
