import type { Field, Schema } from '../data/types.ts';
import type { Expr, SortKey } from '../expr/expr.ts';
import type { Contract } from '../contract/contract.ts';
import type { Canary, Tap } from './canary.ts';
import type { Changes, Current, Refresh } from './changes.ts';
import type { Shared } from './job.ts';
import type { Expand } from './expand.ts';
import type { AsofJoin, Lookup, Retention } from './joins.ts';
import type { Numbered } from './numbered.ts';
import type { Over } from './over.ts';
import type { Delay, TimeSort, Watermark } from './watermark.ts';
import type { Closing, Window } from './windows.ts';
import type { Restart, ShellWays } from './shell-ways.ts';
import type { StateTtl } from './state-ttl.ts';

/** Where in the query text an operator comes from, kept for messages of a run: offsets into the named text. */
export interface Origin {
  readonly source: string;
  readonly line: number;
  readonly column: number;
}

/** What all operators have. */
export interface Node<K extends string> {
  readonly op: K;
  /** Columns of the rows it gives, in order; names are distinct. */
  readonly schema: Schema;
  readonly origin?: Origin;
}

/** JSON without restrictions; options of connectors and commands are such values, checked by the binder. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type Options = { readonly [key: string]: Json };

/** Literal rows; SELECT without FROM is one row without columns. */
export interface Values extends Node<'values'> {
  readonly rows: readonly (readonly Expr[])[];
}
/** Rows of a connector: `schema` is the columns to produce (a projection of what the connector has). */
export interface Scan extends Node<'scan'> {
  readonly connector: string;
  readonly options: Options;
  /** What EXPLAIN and messages call it: a source name, `shop.orders`, `read_csv('x.csv')`. */
  readonly label: string;
  /** Whether the rows end by themselves. */
  readonly bounded: boolean;
  /** Predicates that the connector itself applies; only for connectors that say they can (SQLite). */
  readonly pushed?: readonly Expr[];
  /** At most so many rows are wanted; the connector stops early. */
  readonly limit?: number;
  /** Law K2: rows may be left out whose `column` has a value that `by`, over the distinct ones, numbered, does not keep. */
  readonly chosen?: { readonly column: string; readonly by: Shell };
  /** What the connector runs itself, over scans of its own, in place of reading one relation (law Q2). */
  readonly query?: Plan;
}
/** Rows on which `predicate` is true (not NULL). */
export interface Filter extends Node<'filter'> {
  readonly input: Plan;
  readonly predicate: Expr;
}
/** One expression per output column, in the order of `schema`. */
export interface Project extends Node<'project'> {
  readonly input: Plan;
  readonly exprs: readonly Expr[];
}
/** A command as an operator; without `input` it is a source. */
export interface Shell extends Node<'shell'>, ShellWays {
  readonly input?: Plan;
  /** Text given to `/bin/sh -c`; no value is ever spliced into it. */
  readonly command: string;
  /** What EXPLAIN and messages call it: the name of CREATE COMMAND, or the text. */
  readonly label: string;
  /** Columns sent, in order, by name; `readsAll` where the user named none. */
  readonly reads: readonly string[];
  readonly readsAll: boolean;
  /** Columns parsed from its output. Empty for FILTERS: rows are recognised, not parsed. */
  readonly writes: readonly Field[];
  /** Columns taken around the command, by alignment. The schema lists carried and written columns. */
  readonly carried: readonly string[];
  readonly inputFormat: Format;
  readonly outputFormat: Format;
  readonly contract: Contract;
  /** Values of ENV(..) and parameters, by variable name. */
  readonly env: Readonly<Record<string, string>>;
  readonly stderr?: 'log' | 'fail' | 'ignore';
  /** ms */
  readonly timeout?: number;
  /** Further commands fused behind the first by rule X2: run as `a | b`, each with its own exit check. */
  readonly fused?: readonly FusedStage[];
  /** A source whose output does not end by itself. */
  readonly unbounded?: true;
  /** Of a source: whether the command is started again when it ends, or only when it fails. */
  readonly restart?: Restart;
  /** Law L3: once nobody wants more rows, the command may be stopped, and its exit status no longer counts. */
  readonly stopsEarly?: true;
}
/** A later stage of a fused pipeline. */
export interface FusedStage {
  readonly command: string;
  readonly label: string;
  readonly contract: Contract;
  readonly env: Readonly<Record<string, string>>;
  readonly origin?: Origin;
}
/** How rows become bytes and back. Options per format are in `data/format`. */
export interface Format {
  readonly name: 'lines' | 'csv' | 'tsv' | 'jsonl' | 'regex' | 'nul' | 'raw';
  readonly options: Options;
}
export interface AggregateCall {
  readonly name: string;
  readonly fn: string;
  readonly args: readonly Expr[];
  readonly distinct: boolean;
  readonly filter?: Expr;
  /** Order of the rows as the function sees them: `group_concat(x, ',' ORDER BY y)`. */
  readonly orderBy?: readonly SortKey[];
  readonly type: Field['type'];
}
/**
 * Groups by the values of `keys` (NULLs group together; none: one group, also of no rows). Output: keys, aggregates,
 * bare columns. A bare column has the value of the row that gave the only min() or max(), else of the first row.
 */
export interface Aggregate extends Node<'aggregate'> {
  readonly input: Plan;
  readonly keys: readonly { readonly name: string; readonly expr: Expr }[];
  readonly aggregates: readonly AggregateCall[];
  readonly bare: readonly { readonly name: string; readonly expr: Expr }[];
  /** Groups are given as they are complete. Then `$time`, the latest of the group, and `$mark` may follow in the schema. */
  readonly closing?: Closing;
  /** A group may be given several times, each time for a part of its rows (law G1): above, it is grouped again. */
  readonly partial?: true;
  /** After each batch it gives the changes of its groups (`$diff`): what they were, and what they are now. */
  readonly changes?: true;
  readonly ttl?: StateTtl;
}
/** Stable. */
export interface Sort extends Node<'sort'> {
  readonly input: Plan;
  readonly keys: readonly SortKey[];
  /** Only the first so many rows are wanted. */
  readonly limit?: number;
}
export interface Limit extends Node<'limit'> {
  readonly input: Plan;
  /** Absent: no limit. */
  readonly count?: number;
  readonly offset: number;
}
/** LIMIT and OFFSET for each distinct value of the columns `by` (NULLs are one value); rows keep their order. */
export interface LimitBy extends Node<'limitby'> {
  readonly input: Plan;
  readonly by: readonly string[];
  readonly count?: number;
  readonly offset: number;
}
/** First occurrence of each distinct row, in order; `on`: distinct in these columns only. */
export interface Distinct extends Node<'distinct'> {
  readonly input: Plan;
  readonly on?: readonly string[];
  readonly ttl?: StateTtl;
}
/** UNION ALL in order: all rows of the first input, then of the next. Columns match by position. */
export interface Union extends Node<'union'> {
  readonly inputs: readonly Plan[];
}
/** Set operations but UNION ALL (UNION is distinct over union). */
export interface SetOperation extends Node<'setop'> {
  readonly kind: 'intersect' | 'except';
  readonly left: Plan;
  readonly right: Plan;
}
/** One comparison `left = right` of a join. */
export interface JoinPair {
  readonly left: Expr;
  readonly right: Expr;
  readonly affinity?: Field['affinity'];
  readonly collation?: Field['collation'];
  /** NULL equals NULL here, as in IS; without it a NULL equals nothing. */
  readonly nulls?: 'equal';
}
/**
 * Output: columns of `left`, then of `right` (only left for semi and anti; for mark left and one BOOLEAN). `equal` are
 * the pairs of a hash join; `on` is what remains of the condition, over both. The right side is built, the left streams.
 *
 * mark: each left row gets TRUE if a right row meets the condition and all pairs of `member`; else NULL if one meets the
 * condition and what it lacks in `member` is only unknown (a NULL on a side); else FALSE: `(a, b) IN (SELECT ..)`.
 */
export interface Join extends Node<'join'> {
  readonly kind: 'inner' | 'left' | 'right' | 'full' | 'semi' | 'anti' | 'mark';
  readonly left: Plan;
  readonly right: Plan;
  readonly equal: readonly JoinPair[];
  readonly on?: Expr;
  /** Of mark only. */
  readonly member?: readonly JoinPair[];
  /**
   * A dependent join: `right` reads the distinct values that `params` (expressions over `left`) take in the rows of
   * `left`, by its leaves `domain` of the same id. So left is read to its end first.
   *
   * Neumann, Kemper: Unnesting Arbitrary Queries (BTW 2015).
   */
  readonly domain?: {
    readonly id: number;
    readonly params: readonly { readonly name: string; readonly expr: Expr }[];
  };
  /** ms, from SET state_ttl: how long rows are kept if nothing else says it. */
  readonly ttl?: number;
  /** Set where no side can wait for the end of the other: both stream, and rows are forgotten in time. */
  readonly retention?: Retention;
}
/** The distinct values of some params of the join with that `domain` that this leaf stands on the right side of. */
export interface Domain extends Node<'domain'> {
  readonly id: number;
}
/** Appends to a relation, a file or a command. Gives no rows. */
export interface Sink extends Node<'sink'> {
  readonly input: Plan;
  readonly connector: string;
  readonly options: Options;
  readonly label: string;
  /** Column of the target for each input column, in order. */
  readonly columns: readonly string[];
}
/** Root of a query whose rows go to whoever asked. `labels` may repeat, unlike names. */
export interface Output extends Node<'output'> {
  readonly input: Plan;
  readonly labels: readonly string[];
}

/** Plain read-only data without cycles: a plan can be printed, compared, hashed and sent as JSON. */
export type Plan =
  | Values
  | Scan
  | Filter
  | Project
  | Shell
  | Aggregate
  | Over
  | Sort
  | Limit
  | LimitBy
  | Distinct
  | Union
  | SetOperation
  | Join
  | AsofJoin
  | Lookup
  | Expand
  | Domain
  | Watermark
  | Delay
  | TimeSort
  | Numbered
  | Window
  | Refresh
  | Current
  | Changes
  | Tap
  | Canary
  | Shared
  | Sink
  | Output;
export type Op = Plan['op'];
export type PlanOf<K extends Op> = Extract<Plan, { op: K }>;

/** Case analysis over every operator. Leaving one out, or misspelling one, does not compile. */
export function match<R>(plan: Plan, cases: { readonly [K in Op]: (plan: PlanOf<K>) => R }): R {
  return (cases[plan.op] as (plan: Plan) => R)(plan);
}

export interface Database {
  readonly file: string;
  readonly readOnly: boolean;
}
