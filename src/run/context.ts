import type { Offset } from '../connect/connector.ts';
import type { RecordBatch } from '../data/batch.ts';
import type { Database, Plan } from '../plan/plan.ts';
import type { Memory } from './memory.ts';
import type { OperatorStats } from './operator.ts';
import type { OpenSinks } from './shared-sink.ts';
import type { Valve } from './valve.ts';

/** Values of SET and `--set` that matter while a query runs. */
export interface RunSettings {
  /** Most rows of one batch. */
  readonly batchRows: number;
  /** ms to wait for a locked database. */
  readonly busyTimeout: number;
  /** ms from TERM to KILL of a command that is stopped. */
  readonly killGrace: number;
  /** ms that a command with something to do may do nothing, and that a SCOPE RECORD command may outlast its input; 0: any. */
  readonly stallTimeout: number;
  readonly epochTimeout: number;
  /** Which process starts commands. */
  readonly shellHost: 'auto' | 'always' | 'never';
  /** Where processes run whose command names no folder: in the current one, or each in one of its own. */
  readonly shellFolder: 'current' | 'private';
  /** Longest record, in bytes, that a source or a command may give. */
  readonly maxRecord: number;
  /** ms between two commits of a `--job` whose plan can be cut into epochs. */
  readonly epochMs: number;
  /** Bytes that operators may hold; 0: what suits the machine. */
  readonly memoryLimit: number;
  /** Where scratch files are made; empty: where the system has such files. */
  readonly tempDirectory: string;
}

export const defaultSettings: RunSettings = {
  batchRows: 4096,
  busyTimeout: 5000,
  killGrace: 2000,
  stallTimeout: 0,
  epochTimeout: 300_000,
  shellHost: 'auto',
  shellFolder: 'current',
  maxRecord: 256 * 1024 * 1024,
  epochMs: 1000,
  memoryLimit: 0,
  tempDirectory: '',
};

/** What every operator of one running query shares. */
export interface RunContext {
  readonly settings: RunSettings;
  readonly databases: Readonly<Record<string, Database>>;
  /** Aborted when the query is cancelled, when a part of it fails, or when its time is up. */
  readonly signal: AbortSignal;
  /** Ends the whole query with this error; the first one wins. For faults found outside of a call to an operator. */
  readonly fail: (error: unknown) => void;
  /** A line for the user's log (stderr): what a command wrote to its stderr, rows that were skipped. */
  readonly log: (line: string) => void;
  /** Rows of the root `output`. */
  readonly deliver: (batch: RecordBatch) => void | Promise<void>;
  /** Counters by operator, in the order of the plan (root first). */
  readonly stats: OperatorStats[];
  readonly progress: Progress;
  /** The counters of the operator that is given this context. */
  readonly own?: OperatorStats;
  /** Of a tap: where its source stands, just after the batch that comes in; absent where that has no places. */
  readonly place?: () => Offset | undefined;
  /** Of a job that keeps its progress: its name, and the number of the epoch whose rows are being made, from 1. */
  readonly epoch?: { readonly job: string; number: number };
  /** Of a process: how often what it does has been tried, itself included; absent: once. */
  readonly attempt?: number;
  /** Runs a part of the plan once more, beside the run; see `givesAgain`. Absent where operators are run by themselves. */
  readonly again?: (part: Plan, deliver: RunContext['deliver']) => Promise<unknown>;
  /** What processes use is measured, too. */
  readonly measured?: boolean;
  readonly memory: Memory;
  readonly valve: Valve;
  readonly sinks: OpenSinks;
}

/** What sources and sinks report as they go. */
export interface Progress {
  /** Bytes that the sources are going to read, as far as known, and have read. */
  bytesTotal: number;
  bytesRead: number;
  rowsSkipped: number;
  /** Rows that came after the watermark and were left out of a result. */
  rowsLate: number;
  /** Rows made durable by sinks. */
  rowsCommitted: number;
  /** Bytes written to scratch files. */
  bytesSpilled: number;
}
