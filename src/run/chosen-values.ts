import type { Chosen } from '../connect/connector.ts';
import { rowsOf, type RecordBatch } from '../data/batch.ts';
import { cell } from '../data/cell.ts';
import type { Scan } from '../plan/plan.ts';
import type { RunContext } from './context.ts';
import type { Output } from './operator.ts';
import { operators } from './operators/catalog.ts';

/**
 * Lets a source ask a command which values it keeps (law K2). The command sees the rows afterwards as well, so if it
 * fails here, nothing is left out, and it is up to the rows whether it fails.
 */
export function chosenBy({ column, by }: NonNullable<Scan['chosen']>, context: RunContext): Chosen {
  const { own: _, ...rest } = context;
  const quiet: RunContext = { ...rest, fail: () => undefined };
  const keep: Chosen['keep'] = async (values) => {
    const kept: number[] = [];
    const out: Output = {
      full: false,
      emit: (batch) => {
        for (const row of rowsOf(batch)) kept.push(Number(cell(batch.columns[1]!, 'INTEGER', row)));
      },
      watermark: () => undefined,
    };
    const command = operators.shell(by, quiet);
    let failed = true;
    try {
      for (const batch of values) await command.onBatch(named(batch, by.schema), 0, out);
      await command.onEnd?.(0, out);
      failed = false;
      return kept;
    } catch {
      context.signal.throwIfAborted();
      return undefined;
    } finally {
      await command.close?.(failed);
    }
  };
  return { column, keep };
}

const named = (batch: RecordBatch, schema: RecordBatch['schema']): RecordBatch => ({ ...batch, schema });
