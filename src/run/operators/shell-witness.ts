import type { RecordBatch } from '../../data/batch.ts';
import { rowsOf } from '../../data/batch.ts';
import { cell } from '../../data/cell.ts';
import type { Shell } from '../../plan/plan.ts';
import type { RunContext } from '../context.ts';
import { BrokenPromise } from './broken-promise.ts';
import { canBisect } from './shell-faults.ts';
import { part, rowsIn, SpawningExecutor, type Unit } from './shell-unit.ts';

const LONGEST = 100;

/**
 * The first row that a command does not give one row for, found by showing it half of the rows, and half of these; as it
 * is shown to the user. Undefined where the command must not be run again, or where no single row is to blame.
 */
export async function witnessOf(
  plan: Shell,
  context: RunContext,
  batches: readonly RecordBatch[],
): Promise<string | undefined> {
  if (!canBisect(plan)) return undefined;
  // What it prints now nobody wants to see, and nobody counts.
  const { own: _, ...rest } = context;
  const quiet = { ...rest, log: () => undefined };
  const executor = new SpawningExecutor(plan, quiet);
  const fails = async (unit: Unit): Promise<boolean> => {
    try {
      await executor.run(unit);
      return false;
    } catch (error) {
      if (error instanceof BrokenPromise) return true;
      throw error;
    }
  };
  let unit: Unit = { batches, first: 1 };
  if (!(await fails(unit))) return undefined;
  for (let rows = rowsIn(unit); rows > 1; rows = rowsIn(unit)) {
    const half = Math.ceil(rows / 2);
    const left = part(unit, 0, half);
    const right = part(unit, half, rows);
    if (await fails(left)) unit = left;
    else if (await fails(right)) unit = right;
    else return undefined;
  }
  const [batch] = unit.batches;
  const [row] = rowsOf(batch!);
  return shownRow(plan, batch!, row!);
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
