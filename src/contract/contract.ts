/**
 * What is promised about a command: the 16 axes (see `axes.ts` for the clause word and the law of each). An absent axis
 * is *not promised*, and then every rule leaves it alone. Plain data, part of the plan.
 */
export interface Contract {
  readonly scope?: Axis<Scope>;
  readonly emits?: Axis<Emits>;
  /** The output is a subsequence of the input, byte for byte. */
  readonly filters?: Axis<true>;
  readonly keepsOrder?: Axis<true>;
  readonly orderFree?: Axis<true>;
  readonly sortedBy?: Axis<readonly string[]>;
  readonly needsSortedBy?: Axis<readonly string[]>;
  readonly determinism?: Axis<'deterministic' | 'stable' | 'volatile'>;
  readonly effects?: Axis<'none' | 'idempotent' | 'any'>;
  readonly combine?: Axis<{ readonly with: string; readonly partial?: string; readonly finish?: string }>;
  readonly idempotent?: Axis<true>;
  readonly commutesWith?: Axis<readonly string[]>;
  readonly total?: Axis<true>;
  readonly exitOk?: Axis<readonly number[]>;
  readonly online?: Axis<true>;
  readonly flushes?: Axis<true>;
  readonly marker?: Axis<{ readonly send: string; readonly reply: string }>;
  readonly nulls?: Axis<{ readonly policy: 'skip' | 'error' } | { readonly policy: 'as'; readonly text: string }>;
  /** text: without NUL bytes, which is seen to. */
  readonly encoding?: Axis<'bytes' | 'utf8' | 'text'>;
  readonly time?: Axis<'inherit' | 'earliest' | 'latest' | 'window end' | { readonly from: string }>;
  readonly needs?: Axis<Needs>;
  readonly hints?: Axis<Hints>;
}

/**
 * A promise and where it comes from: written by the user, implied by another promise, inferred from the text of a known
 * command, or one of these that was tried: without being found false (`ssql verify`), or it was, and is quarantined.
 */
export interface Axis<T> {
  readonly value: T;
  readonly by: Provenance;
}
export type Provenance = 'declared' | 'implied' | 'inferred' | 'verified' | 'quarantined';

export type Scope =
  { readonly unit: 'record' | 'window' | 'stream' } | { readonly unit: 'key'; readonly columns: readonly string[] };
export type Emits = 'one' | '0..1' | '1..n' | '0..n' | 'any';

export interface Needs {
  readonly tools?: readonly string[];
  readonly files?: readonly string[];
  readonly hosts?: readonly string[];
  readonly cwd?: string;
  readonly exclusive?: true;
}
/** Never affect results. */
export interface Hints {
  readonly selectivity?: number;
  /** us a row */
  readonly cost?: number;
  /** ms a process */
  readonly startup?: number;
}
