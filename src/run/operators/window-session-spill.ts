import { numbersAt, rowRange, rowsOf, type RecordBatch } from '../../data/batch.ts';
import { numberColumn, type F64Column } from '../../data/column.ts';
import { concat, gatherBatch, pick } from '../../data/gather.ts';
import { sortRows } from '../../data/order.ts';
import type { MergeKey } from '../../data/merge-order.ts';
import type { Field, Schema } from '../../data/types.ts';
import type { Window } from '../../plan/windows.ts';
import type { RunContext } from '../context.ts';
import type { Account } from '../memory.ts';
import type { Output } from '../operator.ts';
import { ordinalKey } from '../ordinal.ts';
import { PartedRows, type Part } from '../parted-rows.ts';
import { Pause } from '../pause.ts';
import { isWorthRound, Rounds } from '../rounds.ts';
import { RowSorter } from '../row-sorter.ts';
import { SortedRuns } from '../sorted-runs.ts';
import { windowColumns } from './window-assign.ts';
import { PartitionKeys } from './window-keys.ts';
import type { RowNumbers, SessionFrame } from './window-session.ts';
import { SessionNodes, type Over } from './window-session-nodes.ts';
import { NEW, nothing, replayed, sessionFields, widen } from './window-session-replay.ts';
import type { OpenSessions, Cluster } from './window-sessions.ts';
import type { RowStore } from './window-store.ts';
import { timesOf } from './window-times.ts';

/** ms after which sessions that are over are looked for, however few rows came. */
const LONGEST = 100;
/** Most rows that are moved at once. */
const PIECE = 16_384;

const real = (name: string): Field => ({ name, type: 'REAL' });

/** Rows whose sessions are open, all in memory; `rows` are the places in the batch. */
export interface RestoredSessions {
  readonly batch: RecordBatch;
  readonly clusters: readonly (Omit<Cluster<never>, 'members'> & { readonly rows: readonly number[] })[];
}

/**
 * Rows of sessions in scratch files, in parts by the hashes of their keys. The rows and watermarks that come are noted;
 * later all of that happens again, part by part: so sessions and their order are the same.
 */
export class SessionSpill {
  readonly #plan: Window;
  readonly #frame: SessionFrame;
  readonly #context: RunContext;
  readonly #account: Account;
  readonly #rounds = new Rounds(LONGEST);
  readonly #keys: PartitionKeys;
  readonly #times: (batch: RecordBatch) => Float64Array;
  readonly #columnsOf: ReturnType<typeof windowColumns>;
  /** The columns of a row, then `sessionFields`. */
  readonly #kept: Schema;
  /** The columns of a row; then the bounds of its session, what has ended that, its first row, and the number of the row. */
  readonly #given: Schema;
  readonly #order: readonly MergeKey[];
  readonly #parts: PartedRows;
  #runs: SortedRuns | undefined;
  #ordinal = 0;
  /** Watermarks that may have ended sessions, in order. */
  #epochs: number[] = [];
  /** Before this time nothing is over. */
  #soonest = Infinity;
  /** Bytes of the rows that were left when sessions were looked for. */
  #stateBytes = 0;

  constructor(plan: Window, frame: SessionFrame, context: RunContext) {
    const { schema } = plan.input;
    this.#plan = plan;
    this.#frame = frame;
    this.#context = context;
    this.#account = context.memory.open();
    this.#keys = new PartitionKeys(plan);
    this.#times = timesOf(plan, plan.time!);
    this.#columnsOf = windowColumns(plan);
    this.#kept = [...schema, ...sessionFields];
    this.#given = [...schema, ...['$start', '$end', '$epoch', '$first', '$ordinal'].map(real)];
    this.#order = [2, 1, 3, 4].map((at) => ordinalKey(schema.length + at));
    this.#parts = new PartedRows(this.#kept, this.#keys.fields, (batch) => this.#keys.columns(batch), context);
  }

  /** Takes over what was in memory. */
  take(store: RowStore, open: OpenSessions<RowNumbers>): void {
    const sessions = [...open.clusters()];
    const all = sessions.flatMap(({ members }, session) => members.rows.map((row) => ({ row, session })));
    all.sort((a, b) => a.row - b.row);
    for (let from = 0; from < all.length; from += PIECE) {
      const piece = all.slice(from, from + PIECE);
      const batch = store.take(piece.map(({ row }) => row));
      const of = Float64Array.from(piece, ({ session }) => session);
      this.#add(batch, this.#times(batch), () => 0, of);
    }
    this.#soonest = open.soonest;
    this.#stateBytes = this.#bytes;
  }

  /** Keeps rows that come. @throws RunError E0701 */
  keep(batch: RecordBatch, times: Float64Array, markOf: (row: number) => number): void {
    const { gap, most = Infinity } = this.#frame;
    for (const row of rowsOf(batch)) this.#soonest = Math.min(this.#soonest, times[row]! + Math.min(gap, most));
    this.#add(batch, times, markOf, new Float64Array(batch.length).fill(NEW));
    this.#account.hold(this.#parts.waitingBytes);
  }

  /** The watermark has come to `time`. @returns whether sessions may be over, which `give` finds out. */
  mayEnd(time: number): boolean {
    if (this.#epochs.length === 0 && time < this.#soonest) return false;
    this.#epochs.push(time);
    return true;
  }

  /** So many rows have come that looking for sessions is worth reading the others. */
  get isWorthIt(): boolean {
    const fresh = this.#bytes - this.#stateBytes;
    return this.#epochs.length > 0 && isWorthRound(fresh, this.#stateBytes, this.#context.memory.share);
  }

  /** Nobody has looked for some time. */
  get isTimeForIt(): boolean {
    return this.#rounds.isDue;
  }

  /** Gives the sessions that are over, in the order of the watermarks, and each watermark behind those that it ended. */
  async give(out: Output): Promise<void> {
    const end = this.#rounds.begin();
    const pause = new Pause(this.#context.signal);
    const width = this.#plan.input.schema.length;
    this.#soonest = Infinity;
    this.#runs = new SortedRuns(this.#given, this.#order, this.#context);
    for (const part of this.#parts.parts()) await this.#settle(part, this.#runs, pause);
    this.#stateBytes = this.#bytes;
    this.#account.hold(0);
    const epochs = this.#epochs;
    this.#epochs = [];
    let epoch = 0;
    const passOn = async (end: number): Promise<void> => {
      for (; epoch < end; epoch++) if (epochs[epoch]! < Infinity) await out.watermark(epochs[epoch]!);
    };
    for await (const batch of this.#runs.merged(pause)) {
      const of = numbersAt(batch, width + 2);
      for (let from = 0, to; from < batch.length && !out.full; from = to) {
        await passOn(of[from]!);
        for (to = from + 1; to < batch.length && of[to] === of[from]; to++);
        await out.emit(this.#asOutput(batch, from, to));
      }
      if (out.full) break;
    }
    this.#runs.close();
    this.#runs = undefined;
    await passOn(epochs.length);
    end();
  }

  /** All rows, if they fit into memory again. No row must have come since `give`. */
  restored(): RestoredSessions | undefined {
    // A row takes more in memory, where it has a place in its session.
    if (this.#bytes * 4 > this.#context.memory.share) return undefined;
    const width = this.#plan.input.schema.length;
    const batches: RecordBatch[] = [];
    let sessions = 0;
    for (const part of this.#parts.parts()) {
      const base = sessions;
      for (const batch of this.#parts.taken(part).read()) {
        const own = numbersAt(batch, width + 4).map((session) => base + session);
        for (const session of own) sessions = Math.max(sessions, session + 1);
        batches.push({ ...batch, columns: [...batch.columns.slice(0, -1), numberColumn(own)] });
      }
    }
    const all = concat(this.#kept, batches);
    const { at: _, ...ascending } = ordinalKey(0);
    const sorted = gatherBatch(all, sortRows([{ ...ascending, column: all.columns[width + 3]! }], all.length));
    const clusters = Array.from({ length: sessions }, () => ({ ...nothing(), rows: [] as number[] }));
    const [at, of] = [numbersAt(sorted, width), numbersAt(sorted, width + 4)];
    for (let row = 0; row < sorted.length; row++) {
      const cluster = clusters[of[row]!]!;
      widen(cluster, at[row]!, this.#frame);
      cluster.rows.push(row);
    }
    return { batch: { ...sorted, schema: this.#plan.input.schema, columns: sorted.columns.slice(0, width) }, clusters };
  }

  close(): void {
    this.#account.close();
    this.#parts.close();
    this.#runs?.close();
  }

  get #bytes(): number {
    return this.#parts.writtenBytes + this.#parts.waitingBytes;
  }

  #add(batch: RecordBatch, times: Float64Array, markOf: (row: number) => number, sessions: Float64Array): void {
    const [marks, ordinals] = [new Float64Array(batch.length), new Float64Array(batch.length)];
    for (const row of rowsOf(batch)) {
      marks[row] = markOf(row);
      ordinals[row] = this.#ordinal++;
    }
    const epochs = new Float64Array(batch.length).fill(this.#epochs.length);
    const columns = [...batch.columns, ...[times, marks, epochs, ordinals, sessions].map(numberColumn)];
    this.#parts.add({ ...batch, schema: this.#kept, columns });
  }

  /** Lets happen what came to a part. */
  async #settle(part: Part, runs: SortedRuns, pause: Pause): Promise<void> {
    const taken = this.#parts.taken(part);
    const nodes = new SessionNodes(taken.rows);
    const replay = { frame: this.#frame, keys: this.#keys, epochs: this.#epochs, context: this.#context, account: this.#account }; // prettier-ignore
    const open = await replayed(taken.read(), nodes, replay, pause);
    this.#soonest = Math.min(this.#soonest, open.soonest);
    let sessions = 0;
    for (const { members } of open.clusters()) members.open = sessions++;
    const width = this.#plan.input.schema.length;
    const sorter = new RowSorter(this.#given, this.#order, runs, this.#context);
    let first = 0;
    for (const batch of taken.read()) {
      const [at, ordinals] = [numbersAt(batch, width), numbersAt(batch, width + 3)];
      const left: number[] = [];
      const leftOf: number[] = [];
      const over: number[] = [];
      const overOf: Over[] = [];
      for (let row = 0; row < batch.length; row++) {
        const node = nodes.at(first + row, at[row]!);
        if (node?.over !== undefined) {
          if (node.over.first < 0) node.over.first = ordinals[row]!;
          over.push(row);
          overOf.push(node.over);
        } else if (node !== undefined) {
          left.push(row);
          leftOf.push(node.open);
        }
      }
      first += batch.length;
      if (over.length > 0) sorter.add(this.#withSessions(batch, over, overOf));
      if (left.length > 0) this.#putBack(part, batch, left, leftOf);
      await pause.taken();
    }
    sorter.end();
    taken.release();
  }

  #putBack(part: Part, batch: RecordBatch, rows: readonly number[], sessions: readonly number[]): void {
    const picked = Uint32Array.from(rows);
    const columns = batch.columns.slice(0, -2).map((column) => pick(column, picked));
    const ordinals = pick(batch.columns.at(-2)!, picked);
    this.#parts.put(part, {
      schema: this.#kept,
      length: picked.length,
      columns: [...columns, ordinals, numberColumn(Float64Array.from(sessions))],
    });
  }

  #withSessions(batch: RecordBatch, rows: readonly number[], over: readonly Over[]): RecordBatch {
    const width = this.#plan.input.schema.length;
    const picked = Uint32Array.from(rows);
    const own = batch.columns.slice(0, width).map((column) => pick(column, picked));
    const of = (f: (session: Over) => number): F64Column => numberColumn(Float64Array.from(over, f));
    const columns = [of((o) => o.start), of((o) => o.end), of((o) => o.epoch), of((o) => o.first)];
    const ordinals = pick(batch.columns[width + 3]!, picked);
    return { schema: this.#given, length: picked.length, columns: [...own, ...columns, ordinals] };
  }

  /** Rows `from .. to` of what is given. */
  #asOutput(batch: RecordBatch, from: number, to: number): RecordBatch {
    const width = this.#plan.input.schema.length;
    const rows = rowRange(from, to);
    const own = gatherBatch(batch, rows);
    const columns = this.#columnsOf(own, numbersAt(own, width), numbersAt(own, width + 1));
    return { schema: this.#plan.schema, length: own.length, columns };
  }
}
