import { setTimeout as sleep } from 'node:timers/promises';
import { RunError } from '../../base/errors.ts';
import type { RecordBatch } from '../../data/batch.ts';
import type { Shell } from '../../plan/plan.ts';
import type { RunContext } from '../context.ts';
import { DeadLetters } from './shell-dead-letters.ts';
import { canBisect, CommandError, counted, nameOf } from './shell-faults.ts';
import { countSkipped } from './shell-receiver.ts';
import { part, rowsIn, type Executor, type Unit } from './shell-unit.ts';

/** Faults that are of the rows, or of the moment: all else ends the query. */
const curable: ReadonlySet<string> = new Set(['E0501', 'E0502', 'E0503', 'E0504', 'E0505']);
/** Statuses by which a shell says that there is no such program: that is not going to change. */
const notFound: ReadonlySet<number | undefined> = new Set([126, 127]);

/** ms before the first new try; each further one waits twice as long, up to the second figure. */
const BACK_OFF = 200;
const LONGEST = 30_000;

/** Failed rows that are always put up with, and the share of all rows that may be more. */
const FEW = 100;
const SHARE = 0.01;

/**
 * What ON ERROR says of units that fail: tried again, then halved again and again until the rows that are to blame stand
 * alone (log2 n runs for one of n rows), which are left out or written to the dead letters.
 */
export class Recovery implements Executor {
  readonly #plan: Shell;
  readonly #context: RunContext;
  readonly #inner: Executor;
  readonly #letters: DeadLetters | undefined;
  #rows = 0;
  #failed = 0;

  constructor(plan: Shell, context: RunContext, inner: Executor) {
    this.#plan = plan;
    this.#context = context;
    this.#inner = inner;
    if (plan.deadLetter !== undefined) this.#letters = new DeadLetters(plan, plan.deadLetter, context);
  }

  async run(unit: Unit): Promise<readonly RecordBatch[]> {
    this.#rows += rowsIn(unit);
    const { retries = 0, onError } = this.#plan;
    for (let tries = 0; ; tries++) {
      try {
        return await this.#inner.run(unit, tries + 1);
      } catch (error) {
        if (!this.#isCurable(error)) throw error;
        if (tries < retries) await this.#pause(tries);
        else if (onError === 'fail' || onError === undefined || !canBisect(this.#plan)) throw lastTry(error, tries);
        else return this.#halves(unit, error, tries + 2);
      }
    }
  }

  #isCurable(error: unknown): error is RunError {
    if (this.#context.signal.aborted || !(error instanceof RunError) || !curable.has(error.diagnostic.code))
      return false;
    return !(error instanceof CommandError && notFound.has(error.exit));
  }

  async #pause(tries: number): Promise<void> {
    const length = Math.min(LONGEST, BACK_OFF * 2 ** tries) * (0.9 + Math.random() * 0.2);
    await sleep(length, undefined, { signal: this.#context.signal });
  }

  /** The answers to those rows of a failed unit that do not fail on their own. */
  async #halves(unit: Unit, error: RunError, attempt: number): Promise<readonly RecordBatch[]> {
    const rows = rowsIn(unit);
    if (rows === 1) {
      await this.#giveUp(unit, error);
      return [];
    }
    const middle = rows >> 1;
    const out: RecordBatch[] = [];
    for (const half of [part(unit, 0, middle), part(unit, middle, rows)]) {
      try {
        out.push(...(await this.#inner.run(half, attempt)));
      } catch (again) {
        if (!this.#isCurable(again)) throw again;
        out.push(...(await this.#halves(half, again, attempt + 1)));
      }
    }
    return out;
  }

  async #giveUp(unit: Unit, error: RunError): Promise<void> {
    if (++this.#failed > FEW + this.#rows * SHARE) throw this.#tooMany(error);
    if (this.#letters === undefined) countSkipped(this.#context, `row ${unit.first}: ${error.message}`);
    else await this.#letters.write(unit, error);
  }

  #tooMany({ diagnostic }: RunError): RunError {
    const { notes = [], message } = diagnostic;
    return new RunError({
      ...diagnostic,
      message: `${nameOf(this.#plan)} fails on too many rows: ${this.#failed} of ${counted(this.#rows)}`,
      notes: [`the last time: ${message}`, ...notes],
    });
  }

  async close(failed: boolean): Promise<void> {
    await this.#inner.close(failed);
    await this.#letters?.close(failed);
  }
}

function lastTry(error: RunError, tries: number): RunError {
  if (tries === 0) return error;
  const { diagnostic } = error;
  return new RunError({ ...diagnostic, notes: [...(diagnostic.notes ?? []), `it was tried ${tries + 1} times`] });
}
