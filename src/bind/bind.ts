import { QueryError, type Diagnostic } from '../base/errors.ts';
import type { Database, Plan, Step } from '../plan/plan.ts';
import type { Script } from '../syntax/ast.ts';
import type { QueryContext } from './context.ts';
import { noInputs } from './inputs.ts';
import { Session, type GivenParams, type SessionOptions } from './session.ts';
import { bindStatement } from './statement.ts';

export type { Session as BindSession, GivenParams as Params, SessionOptions } from './session.ts';
export type { ParamValue } from './params.ts';

/** A step to be compiled further: `settings` are those that hold where the statement stands. */
export type BoundStep =
  | { readonly kind: 'run'; readonly plan: Plan; readonly settings: Readonly<Record<string, string>> }
  | {
      readonly kind: 'explain';
      /** Upper case, as written: LOGICAL, OPTIMIZED, REWRITES, JSON. */
      readonly words: readonly string[];
      readonly plan: Plan;
      readonly settings: Readonly<Record<string, string>>;
    }
  | Exclude<Step, { readonly kind: 'run' }>;

export interface Bound {
  readonly steps: readonly BoundStep[];
  readonly databases: Readonly<Record<string, Database>>;
  readonly settings: Readonly<Record<string, string>>;
  readonly warnings: readonly Diagnostic[];
}

/** Starts a catalogue: what it is told now and by later scripts stays. */
export const createSession = (options: SessionOptions = {}): Session => new Session(options);

/**
 * Resolves all names, types and declarations of a script, statement by statement. The session changes only if all of it
 * is right.
 *
 * @throws QueryError with the faults of every statement.
 */
export async function bindScript(session: Session, script: Script, params?: GivenParams): Promise<Bound> {
  const state = session.fork();
  const steps: BoundStep[] = [];
  const warnings: Diagnostic[] = [];
  const faults: Diagnostic[] = [];
  let failed = false;
  for (const statement of script.statements) {
    const query: QueryContext = {
      catalog: state.catalog,
      settings: Object.fromEntries(state.settings),
      params: session.paramsFor(state, params),
      inputs: noInputs,
      ctes: new Map(),
      expanding: [],
      outer: [],
      warn: (warning) => warnings.push(warning),
    };
    try {
      steps.push(...(await bindStatement({ session, state, query }, statement)));
    } catch (error) {
      if (!(error instanceof QueryError)) throw error;
      failed = true;
      faults.push(...error.diagnostics);
    }
  }
  if (failed) throw new QueryError(...faults);
  session.keep(state);
  return { steps, databases: session.databases, settings: session.settings, warnings };
}
