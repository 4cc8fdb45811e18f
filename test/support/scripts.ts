import { rowsOf } from '../../src/data/batch.ts';
import { cell } from '../../src/data/cell.ts';
import type { Value } from '../../src/data/value.ts';
import { Engine } from '../../src/engine.ts';

export interface Ran {
  /** Rows of each query that gives some, one query after the other. */
  readonly rows: readonly (readonly (readonly Value[])[])[];
  readonly log: readonly string[];
}

/** Runs a script in an engine of its own, in this process. */
export async function runScript(
  text: string,
  settings: Readonly<Record<string, string>> = {},
  signal?: AbortSignal,
): Promise<Ran> {
  const rows: (readonly Value[])[][] = [];
  const log: string[] = [];
  const engine = new Engine({ settings });
  await engine.run(
    { name: 'q.ssql', text },
    {
      taker: {
        start: () => void rows.push([]),
        batch: (batch) => {
          for (const row of rowsOf(batch))
            rows.at(-1)!.push(batch.schema.map((f, c) => cell(batch.columns[c]!, f.type, row)));
        },
        end: () => undefined,
      },
      text: () => undefined,
      log: (line) => log.push(line),
      ...(signal && { signal }),
    },
  );
  return { rows, log };
}

/** The rows of the last query of a script. */
export async function lastRows(
  text: string,
  settings: Readonly<Record<string, string>> = {},
): Promise<readonly (readonly Value[])[]> {
  return (await runScript(text, settings)).rows.at(-1)!;
}
