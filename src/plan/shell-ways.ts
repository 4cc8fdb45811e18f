import type { Contract } from '../contract/contract.ts';
import { timeField } from '../data/event-time.ts';
import type { Schema } from '../data/types.ts';
import { columnsOf, type Expr } from '../expr/expr.ts';
import type { Options } from './plan.ts';

/** How the rows of a Shell get to its processes, and what is done when one of them fails. */
export interface ShellWays {
  /**
   * Which rows a process gets. batch: those of one batch of the engine, however it was cut; row: one; daemon: batch
   * after batch, each with the MARKER of the contract behind it. Absent: as many as its scope allows.
   */
  readonly mode?: 'batch' | 'row' | 'daemon';
  /**
   * Of mode daemon, instead of a marker. counted: the number of rows comes before them, and as many lines come back;
   * netstring, u32be: each row is a frame, its length before it, and so is the answer to it.
   */
  readonly protocol?: 'counted' | 'netstring' | 'u32be';
  /** Its streams are pipes that can be opened by name (/dev/stdin), also where its text does not show that it needs them. */
  readonly io?: 'pipe';
  /** It is made to print each line at once, as far as that can be done from outside; or it must not be. */
  readonly live?: boolean;
  readonly call?: ShellCall;
  readonly groups?: ShellGroups;
  /** Rows that failed: the run fails, they are left out and counted, or they go to `deadLetter`. */
  readonly onError?: 'fail' | 'skip' | 'into';
  readonly deadLetter?: DeadLetter;
  /** How often the same rows are tried again before they count as failed. */
  readonly retries?: number;
  readonly limits?: ShellLimits;
  readonly sandbox?: 'limits' | 'bwrap';
  /** Most copies that may run at a time, by PARALLEL or SET parallelism; absent: one. */
  readonly parallel?: number;
  /** So many processes run at a time, each with the next rows; what they give is put together in order (law A1). */
  readonly copies?: number;
  /** Of copies: what each gives is a part that is put together above (law A3). Of no rows one process is shown none. */
  readonly partial?: true;
  /**
   * Of copies: each gets the rows of its share of the values of these columns (laws A2, G5), and the rows of all come as
   * they may. A copy without rows is not started.
   */
  readonly copiesBy?: readonly string[];
  /**
   * How the counts of a command that EMITS ONE (or 0..1, or 1..N) are watched, set where a plan is run: rows are handed on
   * only once they agree; or whoever takes them shows nothing before the end, when they must.
   */
  readonly guard?: 'hold' | 'watch';
  /** Set where a plan is run: nothing of a batch that comes out is kept when the next ones are made. */
  readonly usedUp?: true;
  /** We do by ourselves what these programs of the command would do, and start them only where we cannot (law N1). */
  readonly native?: readonly string[];
  /** `$time` and `$mark` come last: each row gets the latest (earliest) time among the rows that were sent before it. */
  readonly time?: 'latest' | 'earliest';
}

/** The command is a function of the columns it READS: rows stay in their order, each with its answer. */
export interface ShellCall {
  /** Only rows on which this is true (over the input) are asked about; the others get NULL. Absent: all rows. */
  readonly when?: Expr;
  /** Rows that are equal in READS share one answer, for as long as the run lasts. */
  readonly distinct?: true;
  /** FILTERS: rows that get no answer are left out. */
  readonly keeps?: true;
  /** What the columns are called where the format tells names: those sent, and the answer. */
  readonly names: readonly string[];
  readonly result: string;
}

/** A process for each group of rows, in the order of the groups' first rows (of windows: of their ends, then that). */
export interface ShellGroups {
  /** Columns whose values make a group; where nothing is aligned they are carried around the command. */
  readonly keys: readonly string[];
  /** TIMESTAMP column, one of the keys: once the watermark has reached it, the group is complete. */
  readonly windowEnd?: string;
  /** What is promised of the command for the rows of one group, and not for all (law W4). */
  readonly each?: Pick<Contract, 'combine' | 'orderFree' | 'sortedBy'>;
  /** The watermark before a row (`$mark`): a row whose window had ended by then is late, and left out. */
  readonly mark?: string;
}

export interface Restart {
  readonly when: 'on-failure' | 'always';
  /** ms before the first restart; the pause doubles from failure to failure. */
  readonly delay: number;
}

/** Where failed rows go. */
export interface DeadLetter {
  readonly connector: string;
  readonly options: Options;
  readonly label: string;
  /** Column of the target for each of `schema`. */
  readonly columns: readonly string[];
  /** Which facts about a failure are written: a part of `deadLetterSchema`. */
  readonly schema: Schema;
  /** Columns of the input that tell where a row comes from: a file and the number of the line. */
  readonly file?: string;
  readonly line?: string;
}

/** All that a dead letter can tell. */
export const deadLetterSchema: Schema = [
  { name: 'failed_at', type: 'TIMESTAMP' },
  { name: 'command', type: 'TEXT' },
  { name: 'source', type: 'TEXT' },
  { name: 'line', type: 'INTEGER' },
  { name: 'row_number', type: 'INTEGER' },
  { name: 'row', type: 'TEXT' },
  { name: 'exit_code', type: 'INTEGER' },
  { name: 'error', type: 'TEXT' },
  { name: 'stderr', type: 'TEXT' },
];

/**
 * Most that each process of a command may use: bytes of memory, seconds of processor time, bytes of a file, open files;
 * and how far it gives way to others (1..19).
 */
export interface ShellLimits {
  readonly memory?: number;
  readonly cpu?: number;
  readonly files?: number;
  readonly nofile?: number;
  readonly nice?: number;
}

/** Columns of its input that the operator itself looks at, beside those that it sends and carries. */
export const alsoRead = ({ call, groups, deadLetter, time, copiesBy }: ShellWays): readonly string[] => [
  ...(call?.when === undefined ? [] : columnsOf(call.when)),
  ...(groups?.keys ?? []),
  ...(copiesBy ?? []),
  ...[groups?.mark, deadLetter?.file, deadLetter?.line].filter((name) => name !== undefined),
  ...(time === undefined ? [] : [timeField.name]),
];
