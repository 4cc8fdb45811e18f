import type { RecordBatch } from '../../data/batch.ts';
import { rowCount, rowsOf } from '../../data/batch.ts';
import { cell } from '../../data/cell.ts';
import type { Shell } from '../../plan/plan.ts';
import type { RunContext } from '../context.ts';
import { BrokenPromise } from './broken-promise.ts';
import { canBisect } from './shell-faults.ts';
import { part, rowsIn, SpawningExecutor, type Unit } from './shell-unit.ts';

const LONGEST = 100;

/** Rows that are shown to a process together. */
const UNIT_ROWS = 32_768;

/** Whether more, or fewer, rows came out than a command EMITS. */
export const isAboutCounts = (error: unknown): error is BrokenPromise =>
  error instanceof BrokenPromise && error.axis === 'emits';

/** The error with the first row that shows it, where that can be found. @param kept as of `witnessOf`. */
export async function withWitness(
  error: BrokenPromise,
  plan: Shell,
  context: RunContext,
  kept: readonly RecordBatch[] | undefined,
): Promise<BrokenPromise> {
  const witness = await witnessOf(plan, context, kept).catch(() => undefined);
  return witness === undefined ? error : error.shownBy(witness);
}

/**
 * The first row that a command does not give as many rows for as it EMITS, as it is shown to the user: found by showing it some rows, then
 * half of these, and half of those. Undefined where the command must not be run again, or where no single row is to blame.
 *
 * @param kept rows to look among; undefined: all that came in are read once more.
 */
async function witnessOf(
  plan: Shell,
  context: RunContext,
  kept: readonly RecordBatch[] | undefined,
): Promise<string | undefined> {
  if (!canBisect(plan)) return undefined;
  const search = new Search(plan, context);
  try {
    if (kept === undefined) await context.again!(plan.input!, (batch) => search.take(batch));
    else for (const batch of kept) await search.take(batch);
    await search.end();
  } catch (error) {
    if (error !== search.found) throw error;
  }
  return search.found?.message;
}

/** Ends the reading of rows. */
class Found extends Error {}

class Search {
  readonly #plan: Shell;
  readonly #executor: SpawningExecutor;
  #waiting: RecordBatch[] = [];
  #rows = 0;
  found: Found | undefined;

  constructor(plan: Shell, context: RunContext) {
    // What it prints now nobody wants to see, and nobody counts.
    const { own: _, ...rest } = context;
    this.#plan = plan;
    this.#executor = new SpawningExecutor(plan, { ...rest, log: () => undefined });
  }

  /** @throws Found */
  async take(batch: RecordBatch): Promise<void> {
    this.#waiting.push(batch);
    this.#rows += rowCount(batch);
    if (this.#rows >= UNIT_ROWS) await this.end();
  }

  /** Looks at the rows that have come. @throws Found */
  async end(): Promise<void> {
    let unit: Unit = { batches: this.#waiting, first: 1 };
    this.#waiting = [];
    this.#rows = 0;
    if (!(await this.#fails(unit))) return;
    for (let rows = rowsIn(unit); rows > 1; rows = rowsIn(unit)) {
      const half = Math.ceil(rows / 2);
      const left = part(unit, 0, half);
      const right = part(unit, half, rows);
      if (await this.#fails(left)) unit = left;
      else if (await this.#fails(right)) unit = right;
      else return;
    }
    throw (this.found = new Found(firstRow(this.#plan, unit)));
  }

  async #fails(unit: Unit): Promise<boolean> {
    try {
      await this.#executor.run(unit);
      return false;
    } catch (error) {
      if (error instanceof BrokenPromise) return true;
      throw error;
    }
  }
}

/** What a command READS of the first row of a unit. */
export function firstRow(plan: Shell, { batches }: Unit): string {
  const batch = batches.find((one) => rowCount(one) > 0)!;
  const [row] = rowsOf(batch);
  return shownRow(plan, batch, row!);
}

/** What a command READS of a row. */
export function shownRow({ reads }: Pick<Shell, 'reads'>, batch: RecordBatch, row: number): string {
  const cells = reads.map((name) => {
    const at = batch.schema.findIndex((field) => field.name === name);
    const value = String(cell(batch.columns[at]!, batch.schema[at]!.type, row) ?? 'NULL');
    return `${name} = ${value.length > LONGEST ? `${value.slice(0, LONGEST)}...` : value}`;
  });
  return cells.join(', ');
}
