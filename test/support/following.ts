import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import type { ConnectContext, Offset } from '../../src/connect/connector.ts';
import { connectors } from '../../src/connect/catalog.ts';
import type { Field } from '../../src/data/types.ts';
import type { Value } from '../../src/data/value.ts';
import type { Expr } from '../../src/expr/expr.ts';
import type { Options } from '../../src/plan/plan.ts';
import { valuesOf } from './decode.ts';

/** A source that is being read while a test goes on. */
export interface Following {
  readonly rows: Value[][];
  /** Lines for the user's log. */
  readonly log: string[];
  /** Where it stands: just behind the last row. */
  readonly position: Offset | undefined;
  /** Items that it gave, those without rows among them. */
  readonly items: number;
  /** Waits until there are so many rows. @throws when that takes longer than 15 s. */
  until(rows: number): Promise<void>;
  /** Ends it by its signal, and waits for that. @throws what the source failed with. */
  stop(): Promise<void>;
  readonly failed: Promise<unknown>;
}

/** Opens a source and reads it in the background. */
export async function follow(
  connector: string,
  options: Options,
  more: { declared?: readonly Field[]; at?: Offset; batchRows?: number; limit?: number; pushed?: readonly Expr[] } = {},
): Promise<Following> {
  const source = connectors.get(connector)!.source!;
  const described = await source.describe(options, more.declared);
  const stop = new AbortController();
  const rows: Value[][] = [];
  const log: string[] = [];
  let position = more.at;
  let items = 0;
  let error: unknown;
  const context: ConnectContext = {
    signal: stop.signal,
    batchRows: more.batchRows ?? 4096,
    busyTimeout: 2000,
    countBytes: () => undefined,
    countSkipped: (message) => void log.push(message),
    expectBytes: () => undefined,
    log: (line) => void log.push(line),
  };
  const request = {
    options: described.options,
    schema: described.schema,
    pushed: more.pushed ?? [],
    label: 'it',
    ...(more.limit !== undefined && { limit: more.limit }),
  };
  const reading = (async () => {
    for await (const { batch, next } of source.open(request, more.at, context)) {
      items++;
      rows.push(...valuesOf([batch]));
      position = next;
    }
  })().catch((e: unknown) => void (error = e));
  return {
    rows,
    log,
    get position() {
      return position;
    },
    get items() {
      return items;
    },
    async until(count) {
      const deadline = Date.now() + 15_000;
      while (rows.length < count && error === undefined) {
        if (Date.now() > deadline)
          throw new Error(`${rows.length} rows instead of ${count}: ${inspect(rows.slice(-20))}`);
        await sleep(5);
      }
      if (error !== undefined) throw error as Error;
    },
    async stop() {
      stop.abort();
      await reading;
      if (error !== undefined) throw error as Error;
    },
    failed: reading.then(() => error),
  };
}
