import type { Offset } from '../connect/connector.ts';
import type { RecordBatch } from '../data/batch.ts';
import type { Held } from './held.ts';
import type { ProcessStats } from '../process/process-stats.ts';

/** Where an operator's rows go. */
export interface Output {
  /** Hands a batch on. A promise settles once there is room downstream: awaiting it *is* the back-pressure. */
  emit(batch: RecordBatch): void | Promise<void>;
  /**
   * No row with event time < `time` (us since 1970 UTC) will follow. A time that is not above the last one says nothing
   * new, and goes no further.
   */
  watermark(time: number): void | Promise<void>;
  /** Nobody wants more rows (a LIMIT is reached): the operator may stop early. */
  readonly full: boolean;
}

/**
 * One node of a running plan, fed by pushed batches. Calls never overlap; each is awaited before the next. Batches are
 * shared: an operator keeps them as long as it likes and never changes them.
 */
export interface Operator {
  /** Takes a batch that came in on `port` (0-based; for joins 0 is left, 1 is right). */
  onBatch(batch: RecordBatch, port: number, out: Output): void | Promise<void>;
  /** No more rows will come on `port`. */
  onEnd?(port: number, out: Output): void | Promise<void>;
  /**
   * No row with event time < `time` (us since 1970 UTC) will come on `port`; it rises from call to call. That no row at
   * all will come is not said here but by `onEnd`. The operator passes on itself, by `out.watermark`, what it can promise
   * of its own rows. Without this method the least watermark of the ports that have not ended is passed on whenever it
   * rises; so an operator that holds rows back must have it.
   */
  onWatermark?(time: number, port: number, out: Output): void | Promise<void>;
  /**
   * All rows of an epoch have come in: hand on every row that they cause. Only operators that `facts.ts` calls
   * checkpointable get barriers.
   */
  onBarrier?(out: Output): void | Promise<void>;
  /** Whether rows on `port` still matter. Default: as long as `out` is not full. */
  wants?(port: number, out: Output): boolean;
  /** Absent where nothing is held for longer than a call, or where the operator sees to its memory by itself. */
  readonly held?: Held;
  /** Releases what it holds (processes, files); called once, also after a failure. `failed` if the query did not end well. */
  close?(failed: boolean): void | Promise<void>;
}

/** Counters of one operator; read by the progress line, EXPLAIN ANALYZE and tests. Times in ms. */
export interface OperatorStats {
  readonly id: number;
  readonly label: string;
  /** What comes in here is what the run gives. */
  readonly isRoot?: true;
  rowsIn: number;
  rowsOut: number;
  batchesIn: number;
  batchesOut: number;
  /** Read from a source, written to a target; of a command what it was sent and what it printed. */
  bytesIn: number;
  bytesOut: number;
  /** Written to scratch files. */
  bytesSpilled: number;
  /**
   * Working (of a command: its processes are); waiting for room downstream; waiting for input is the rest of the run.
   * Of calls that are over: `timesOf` knows of the others, too.
   */
  busy: number;
  blocked: number;
  /** ms within calls that wait in which it was handing rows on. */
  handed: number;
  /** The call that waits at the moment, if one does: since when, and `handed` as it was then. */
  call?: { readonly since: number; readonly handed: number } | undefined;
  /** Since when it waits for room downstream. */
  handing?: number | undefined;
  /** Of a command. */
  processes?: ProcessStats;
  /** Of a source: the command above it reads the file by itself. */
  isHandedOver?: true;
  /** Of a source: just after the last row that it gave, so that another run can begin there. */
  position?: Offset;
}
