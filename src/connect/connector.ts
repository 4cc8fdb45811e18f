import type { RecordBatch } from '../data/batch.ts';
import type { Field, Schema } from '../data/types.ts';
import type { Expr } from '../expr/expr.ts';
import type { Options, Plan } from '../plan/plan.ts';

/** Where to go on reading: just after the last row handed on. Plain JSON, kept in the target database by `--job`. */
export type Offset = { readonly [key: string]: number | string | readonly FilePlace[] };

/** A part of an offset that a connector wrote as text or number, as text. */
export const offsetPart = (at: Offset, name: string): string | undefined => {
  const part = at[name];
  return typeof part === 'string' || typeof part === 'number' ? String(part) : undefined;
};

/** How far a file that is followed has been read, and how to know it again though it has another name by now. */
export interface FilePlace {
  readonly path: string;
  readonly dev: number;
  readonly ino: number;
  /** Bytes up to the end of the last record handed on, and the number of the line that follows. */
  readonly offset: number;
  readonly line: number;
  /** Fingerprint of the first bytes, at most 1 KiB, of what was read. */
  readonly head: string;
}

/** A batch and the offset just after its last row. */
export interface Positioned {
  /** Without rows: nothing has come for a while, which is a time to commit what came before. */
  readonly batch: RecordBatch;
  readonly next: Offset;
  /** Which part of the source the rows are from, where it has several (the path of a file): each has its own order. */
  readonly partition?: string;
}

/** What a connector needs of the run that it is part of. */
export interface ConnectContext {
  /** Aborted when the query is cancelled, fails elsewhere, or nobody wants more rows. */
  readonly signal: AbortSignal;
  /** Most rows of one batch. */
  readonly batchRows: number;
  /** Rows are used up as they come: memory of a batch may be used again once the next one is asked for. */
  readonly atOnce?: boolean;
  /** ms to wait for a locked database. */
  readonly busyTimeout: number;
  /** Longest record in bytes. Default: 256 MiB. */
  readonly maxRecord?: number;
  /** Bytes taken in (sources) or given out (sinks) since the last call; for progress. */
  readonly countBytes: (bytes: number) => void;
  /** A row that `on_error = 'skip'` left out, or a cell that `on_error = 'null'` made NULL. Counted and sampled. */
  readonly countSkipped: (message: string) => void;
  /** Takes records that cannot be read, where `on_error` names a sink for them. */
  readonly reject?: (rejected: Rejected) => void;
  /** A line for the user's log: a file was rotated, a command is started again. */
  readonly log?: (line: string) => void;
  /** Total bytes that a source is going to read, if it knows; for progress. */
  readonly expectBytes: (bytes: number) => void;
  /** For sinks: the input was ended before its end, so that a job is not complete with it. */
  readonly isCut?: () => boolean;
  /** For sinks: what those of one job hold in common (a connection), by names that the connectors choose. */
  readonly together?: Map<string, unknown>;
}

/** A record that could not be read. */
export interface Rejected {
  /** Name of the file or input. */
  readonly source: string;
  /** Where in it the record begins, in bytes. */
  readonly offset: number;
  readonly error: string;
  readonly record: Uint8Array;
}

/** One option of a connector: what it takes and what it is for (one line, for the reference and for messages). */
export interface OptionSpec {
  readonly type: 'text' | 'integer' | 'number' | 'boolean' | 'duration' | 'list';
  readonly doc: string;
  readonly required?: true;
  readonly oneOf?: readonly string[];
  /** Or else the name of a sink, which the binder looks up. */
  readonly orSink?: true;
}

export interface Chosen {
  readonly column: string;
  /** @param values the distinct values, each with an INTEGER. @returns the numbers of those to keep; undefined: all. */
  readonly keep: (values: readonly RecordBatch[]) => Promise<readonly number[] | undefined>;
}

export interface SourceRequest {
  readonly options: Options;
  /** Columns to produce, in order: some or all of what `describe` gave. */
  readonly schema: Schema;
  /** Predicates that `canPush` has accepted, all to be applied. */
  readonly pushed: readonly Expr[];
  readonly limit?: number;
  /** Rows whose value in the column is not kept may be left out; see `Scan`. Only for connectors that `canChoose`. */
  readonly chosen?: Chosen;
  /** What `canRun` has accepted, to be run in place of reading the relation; `schema` is some of its columns. */
  readonly query?: Plan;
  /** Name for messages. */
  readonly label: string;
}

export interface SourceConnector {
  /** 'offset': the same offset gives the same rows again; so the source can be re-read after a failure. */
  readonly replay: 'offset' | 'none';
  /**
   * Looks at the outside world at bind time: which columns there are, and whether the rows end.
   * @param declared columns of CREATE SOURCE, if any; the result may then only repeat them.
   * @throws OptionError for a fault in an option, RunError where the outside world refuses (no such file, ..).
   */
  readonly describe: (options: Options, declared: readonly Field[] | undefined) => Promise<Described>;
  /** Yields batches in order from just after `at`; ends with the input, or quietly when the signal aborts. */
  readonly open: (request: SourceRequest, at: Offset | undefined, context: ConnectContext) => AsyncIterable<Positioned>;
  /** Whether the connector can apply this predicate itself, with exactly our meaning. */
  readonly canPush?: (predicate: Expr, schema: Schema) => boolean;
  /** Whether it can look at the distinct values of a column first, and leave out the rows of others. */
  readonly canChoose?: true;
  /** Whether the connector can run a plan over its own scans itself, with exactly our meaning; and if in our order. */
  readonly canRun?: (plan: Plan) => 'ordered' | 'unordered' | undefined;
}
export interface Described {
  readonly schema: Schema;
  readonly bounded: boolean;
  /** Options with what was found out filled in (an absolute path, the column names of a header, ..). */
  readonly options: Options;
  /** False: offsets cannot be gone on from, so a job commits once, at the end. Also in `options`, for plans. Default: true. */
  readonly epochs?: boolean;
}

export interface SinkRequest {
  readonly options: Options;
  /** Rows that will come. */
  readonly schema: Schema;
  /** Column of the target for each of them. */
  readonly columns: readonly string[];
  readonly label: string;
  readonly job?: JobRequest;
}
/** `--job NAME`: progress is committed with the rows. */
/** Programs by the names that commands call them: where each is, and the SHA-256 of its file. */
export type Tools = Readonly<Record<string, string>>;

export interface JobRequest {
  readonly name: string;
  /** Which INSERT of the script, from 0. */
  readonly part: number;
  /** Fingerprint of the plan: progress made by another query under the same name is refused (E0604). */
  readonly fingerprint: string;
  /** Kept with the progress: another version of a program may give other rows. */
  readonly tools?: Tools;
}
/** What an earlier run of the same job has committed. */
export interface Progress {
  readonly epoch: number;
  /** The whole bounded input is in: nothing is left to do, unless the source has grown. */
  readonly done: boolean;
  readonly offset: Offset | undefined;
  /** Rows committed by all runs. */
  readonly rows: number;
  /** Of the run that has committed last. */
  readonly tools?: Tools;
}

export interface SinkConnector {
  /** 'transaction': rows and progress are committed together. */
  readonly delivery: 'transaction' | 'at-least-once';
  /**
   * Checks at bind time that the target exists and takes these columns.
   * @param columns names the user listed, else undefined: by position.
   * @returns the column of the target for each field of `schema`, and the options completed.
   */
  readonly describe: (
    options: Options,
    schema: Schema,
    columns: readonly string[] | undefined,
  ) => Promise<{ readonly columns: readonly string[]; readonly options: Options }>;
  readonly open: (request: SinkRequest, context: ConnectContext) => Promise<SinkHandle>;
}

/**
 * A sink that is open. Calls never overlap. What was written shows to others only with `commit`; after the last commit
 * (`final`) or `abort` comes `close`, always.
 */
export interface SinkHandle {
  /** What an earlier run of this job committed. */
  readonly progress?: Progress;
  write(batch: RecordBatch): void | Promise<void>;
  /**
   * Does all of a commit that can fail: when it has been done for all sinks of a job, the commits follow at once, with
   * the same arguments. A sink without it cannot tell before.
   */
  prepare?(offset: Offset | undefined, final: boolean): void | Promise<void>;
  /** Makes all that was written since the last commit durable, with `offset` as progress. */
  commit(offset: Offset | undefined, final: boolean): void | Promise<void>;
  abort(): void | Promise<void>;
  close(): void | Promise<void>;
  /** Rows committed so far; for the closing message. */
  readonly committed: number;
}

export interface Connector {
  readonly name: string;
  readonly doc: string;
  readonly options: Readonly<Record<string, OptionSpec>>;
  readonly source?: SourceConnector;
  readonly sink?: SinkConnector;
}

/** A fault in an option of WITH (..) or of a table function; the binder adds where it stands. */
export class OptionError extends Error {
  readonly option: string | undefined;
  readonly help: readonly string[];
  constructor(option: string | undefined, message: string, help: readonly string[] = []) {
    super(message);
    this.name = 'OptionError';
    this.option = option;
    this.help = help;
  }
}
