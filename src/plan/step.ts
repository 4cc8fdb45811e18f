import type { Job } from './job.ts';
import type { Database } from './plan.ts';
import type { JobStep } from './running-job.ts';

/** What a script compiles to: steps in the order they run. */
export type Step =
  /** A query, an INSERT, or several that run as one. */
  | ({ readonly kind: 'run'; readonly analyze?: Analyze } & Job)
  /** A statement given to SQLite as it is: CREATE TABLE, UPDATE, PRAGMA, .. */
  | { readonly kind: 'sqlite'; readonly database: string; readonly sql: string; readonly returnsRows: boolean }
  | JobStep
  /** Text to print: EXPLAIN, SHOW. */
  | { readonly kind: 'text'; readonly title: string; readonly lines: readonly string[] };

/** EXPLAIN ANALYZE: the job is run, but instead of its rows its plan is given, with what each operator did. */
export interface Analyze {
  readonly format: 'text' | 'json';
  /** Lines that come behind the plan. */
  readonly notes: readonly string[];
}

/** The interchange form. `version` rises on any change that an older reader would misread. */
export interface PlanFile {
  readonly format: 'ssql-plan';
  readonly version: 1;
  /** Name to path, as the script attached them. */
  readonly databases: Readonly<Record<string, Database>>;
  readonly settings: Readonly<Record<string, string>>;
  readonly steps: readonly Step[];
}
