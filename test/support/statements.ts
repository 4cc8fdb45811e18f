import { rowsOf } from '../../src/data/batch.ts';
import { cell } from '../../src/data/cell.ts';
import { Engine } from '../../src/engine.ts';

export interface Printed {
  /** Rows of all queries, one after the other; integers as numbers, as long as they are safe. */
  readonly rows: readonly (readonly unknown[])[];
  /** What EXPLAIN and the like print. */
  readonly lines: readonly string[];
}

/** Runs a script in an engine of its own, in this process. */
export async function runStatements(text: string): Promise<Printed> {
  const rows: unknown[][] = [];
  const lines: string[] = [];
  const plain = (v: unknown): unknown => (typeof v === 'bigint' && Number.isSafeInteger(Number(v)) ? Number(v) : v);
  await new Engine({}).run(
    { name: 'q.ssql', text },
    {
      taker: {
        start: () => undefined,
        batch: (batch) => {
          for (const row of rowsOf(batch))
            rows.push(batch.schema.map((f, c) => plain(cell(batch.columns[c]!, f.type, row))));
        },
        end: () => undefined,
      },
      text: (_title, printed) => void lines.push(...printed),
      log: () => undefined,
    },
  );
  return { rows, lines };
}
