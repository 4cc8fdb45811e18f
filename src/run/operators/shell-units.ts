import { availableParallelism } from 'node:os';
import { rowCount, type RecordBatch } from '../../data/batch.ts';
import type { Shell } from '../../plan/plan.ts';
import type { RunContext } from '../context.ts';
import type { Operator, Output } from '../operator.ts';
import { DaemonExecutor } from './shell-daemon.ts';
import { DaemonPool } from './shell-daemons.ts';
import { mayOverlap, mayStop, recovers } from './shell-faults.ts';
import { Groups, keyed, withoutGroups } from './shell-groups.ts';
import { OrderedPool } from './shell-pool.ts';
import { Recovery } from './shell-recovery.ts';
import { firstRow, isAboutCounts, withWitness } from './shell-witness.ts';
import { part, rowsIn, SpawningExecutor, type Executor, type Unit } from './shell-unit.ts';

/** Rows that one of the copies of a command gets, or that are kept to be sent again. */
const UNIT_ROWS = 32_768;

/** What the pool hands on: rows, or how far the watermark is behind the rows before it. */
type Result = readonly RecordBatch[] | { readonly watermark: number };

/**
 * A command whose rows are cut into units, each shown to it apart: by MODE BATCH, ROW or DAEMON, by groups, for copies
 * that run side by side (laws A1, A3), or so that they can be sent again. Units run side by side where nothing but their output shows that; their rows keep their order.
 */
export class UnitsOperator implements Operator {
  readonly #plan: Shell;
  /** As each unit is shown to it. */
  readonly #single: Shell;
  readonly #context: RunContext;
  readonly #executor: Executor;
  readonly #groups: Groups | undefined;
  readonly #pool: OrderedPool<Result>;
  #out: Output | undefined;
  /** Rows that are no unit yet, and how many. */
  #waiting: RecordBatch[] = [];
  #waitingRows = 0;
  #timer: NodeJS.Timeout | undefined;
  readonly #mayStop: boolean;
  #rows = 0;
  #over = false;

  constructor(plan: Shell, context: RunContext) {
    this.#plan = plan;
    this.#context = context;
    this.#mayStop = mayStop(plan);
    const single = plan.groups === undefined ? plan : withoutGroups(plan);
    this.#single = single;
    const inner =
      plan.mode === 'daemon'
        ? new DaemonPool(() => new DaemonExecutor(single, context))
        : new SpawningExecutor(single, context);
    this.#executor = recovers(plan) ? new Recovery(single, context, inner) : inner;
    if (plan.groups !== undefined)
      this.#groups = new Groups(plan.groups, plan.input!.schema, (late) => {
        context.progress.rowsLate += late;
      });
    const together =
      plan.copies ?? (plan.mode !== 'daemon' && mayOverlap(plan) ? Math.max(2, availableParallelism()) : 1);
    this.#pool = new OrderedPool<Result>(
      together,
      (result) => this.#emit(result),
      // Once nobody wants the rest, that it is cut off is no failure.
      (error) => void (this.#over || context.fail(error)),
    );
  }

  wants(_port: number, out: Output): boolean {
    return !this.#over && !(this.#mayStop && out.full);
  }

  async onBatch(batch: RecordBatch, _port: number, out: Output): Promise<void> {
    this.#out = out;
    if (this.#groups !== undefined) return this.#groups.add(batch);
    const { mode } = this.#plan;
    if (mode === 'row') {
      const rows = rowCount(batch);
      const all = this.#unit([batch]);
      for (let row = 0; row < rows && this.wants(0, out); row++) await this.#submit(part(all, row, row + 1));
      return undefined;
    }
    if (mode !== undefined) return this.#submit(this.#unit([batch]));
    this.#waiting.push(batch);
    this.#waitingRows += rowCount(batch);
    if (this.#waitingRows >= UNIT_ROWS) return this.#flush();
    // Rows that come slowly are not kept for long.
    this.#timer ??= setTimeout(() => void this.#flush().catch(() => undefined), this.#context.settings.epochMs);
    return undefined;
  }

  async onWatermark(time: number, _port: number, out: Output): Promise<void> {
    this.#out = out;
    if (this.#groups === undefined) return;
    await this.#complete(time);
    await this.#pool.submit(async () => ({ watermark: time }));
  }

  async onBarrier(): Promise<void> {
    await this.#flush();
    await this.#pool.drain();
  }

  async onEnd(_port: number, out: Output): Promise<void> {
    this.#out = out;
    await this.#complete(Infinity);
    await this.#flush();
    if (this.#plan.partial && this.#rows === 0) await this.#submit(this.#unit([]));
    await this.#pool.drain();
  }

  async close(failed: boolean): Promise<void> {
    this.#over = true;
    clearTimeout(this.#timer);
    if (!this.#pool.idle) await this.#executor.close(failed);
    await this.#pool.settle();
    await this.#executor.close(failed);
  }

  async #complete(time: number): Promise<void> {
    for (const group of this.#groups?.complete(time) ?? [])
      await this.#submit(this.#unit([group.rows]), keyed(this.#plan, group));
  }

  #unit(batches: readonly RecordBatch[]): Unit {
    const unit = { batches, first: this.#rows + 1 };
    this.#rows += rowsIn(unit);
    return unit;
  }

  async #flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const batches = this.#waiting;
    this.#waiting = [];
    this.#waitingRows = 0;
    if (batches.length > 0) await this.#submit(this.#unit(batches));
  }

  #submit(unit: Unit, finish: (batch: RecordBatch) => RecordBatch = (batch) => batch): Promise<void> {
    return this.#pool.submit(async () => (await this.#answered(unit)).map(finish));
  }

  /** @throws RunError that names the row, too, if there are more, or fewer, answers than the command EMITS. */
  async #answered(unit: Unit): Promise<readonly RecordBatch[]> {
    try {
      return await this.#executor.run(unit);
    } catch (error) {
      if (!isAboutCounts(error) || this.#plan.protocol !== undefined) throw error;
      const { mode: _, ...single } = this.#single;
      // A row that was shown to it alone needs no search; and it may have effects.
      if (rowsIn(unit) === 1) throw error.shownBy(firstRow(single, unit));
      throw await withWitness(error, single, this.#context, unit.batches);
    }
  }

  async #emit(result: Result): Promise<void> {
    const out = this.#out!;
    if ('watermark' in result) return out.watermark(result.watermark);
    for (const batch of result) {
      if (out.full) break;
      await out.emit(batch);
    }
    return undefined;
  }
}

/** Whether the rows of a command have to be cut. */
export const isCut = (plan: Shell): boolean =>
  plan.mode !== undefined || plan.groups !== undefined || plan.copies !== undefined || recovers(plan);
