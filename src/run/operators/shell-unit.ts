import { rowCount, type RecordBatch } from '../../data/batch.ts';
import { slice } from '../../data/gather.ts';
import type { Shell } from '../../plan/plan.ts';
import type { RunContext } from '../context.ts';
import { ShellRun } from './shell-run.ts';
import { Sender } from './shell-sender.ts';

/** Rows that are given to a process together, and that are answered, or fail, together. */
export interface Unit {
  readonly batches: readonly RecordBatch[];
  /** Number of its first row among all that came to the command, from 1. */
  readonly first: number;
}

/** Shows units to a command. */
export interface Executor {
  /** All rows that come out for these. @param attempt from 1. @throws RunError E0501 to E0505 */
  run(unit: Unit, attempt?: number): Promise<readonly RecordBatch[]>;
  close(failed: boolean): Promise<void>;
}

export const rowsIn = ({ batches }: Pick<Unit, 'batches'>): number =>
  batches.reduce((sum, batch) => sum + rowCount(batch), 0);

/** Rows `from .. to` of a unit, counted from 0. */
export function part({ batches, first }: Unit, from: number, to: number): Unit {
  const taken: RecordBatch[] = [];
  let at = 0;
  for (const batch of batches) {
    const n = rowCount(batch);
    if (at < to && at + n > from) taken.push(slice(batch, Math.max(0, from - at), Math.min(n, to - at)));
    at += n;
  }
  return { batches: taken, first: first + from };
}

/** A process for each unit. */
export class SpawningExecutor implements Executor {
  readonly #plan: Shell;
  readonly #context: RunContext;
  readonly #sender: Sender;
  readonly #running = new Set<ShellRun>();

  constructor(plan: Shell, context: RunContext) {
    this.#plan = plan;
    this.#context = context;
    this.#sender = new Sender(plan, plan.input!.schema);
  }

  async run({ batches }: Unit, attempt = 1): Promise<readonly RecordBatch[]> {
    const { signal } = this.#context;
    signal.throwIfAborted();
    const run = new ShellRun(this.#plan, { ...this.#context, attempt }, this.#sender);
    this.#running.add(run);
    const rows: RecordBatch[] = [];
    const reading = read(run, rows);
    // It is looked at when all is sent.
    reading.catch(() => undefined);
    try {
      for (const batch of batches) {
        const pending = run.send(batch);
        if (pending !== undefined) await pending;
      }
      run.endInput();
      await reading;
    } catch (error) {
      await run.stop('abort');
      await reading.catch(() => undefined);
      throw error;
    } finally {
      this.#running.delete(run);
    }
    // A process that was stopped has ended quietly, and its rows are not all.
    signal.throwIfAborted();
    return rows;
  }

  async close(failed: boolean): Promise<void> {
    await Promise.all(Array.from(this.#running, (run) => run.stop(failed ? 'abort' : 'early')));
  }
}

async function read(run: ShellRun, into: RecordBatch[]): Promise<void> {
  for await (const batch of run.batches()) into.push(batch);
}
