import { Engine, type EngineOptions } from '../../src/engine.ts';
import { ResultBatch } from '../../src/result.ts';

/** The rows of the queries of a script, one after the other. */
export async function rowsOfScript(text: string, options: EngineOptions): Promise<unknown[][]> {
  const engine = new Engine(options);
  const rows: unknown[][] = [];
  let labels: readonly string[] = [];
  const taker = {
    start: (given: readonly string[]) => void (labels = given),
    batch: (batch: ConstructorParameters<typeof ResultBatch>[1]) =>
      void rows.push(...new ResultBatch(labels, batch).rows()),
    end: () => undefined,
  };
  await engine.run({ name: 'q', text }, { taker, text: () => undefined });
  engine.close();
  return rows;
}
