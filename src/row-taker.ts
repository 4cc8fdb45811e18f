import type { RecordBatch } from './data/batch.ts';
import type { Schema } from './data/types.ts';

/** Takes the rows of one query. */
export interface RowTaker {
  start(labels: readonly string[], schema: Schema): void | Promise<void>;
  batch(batch: RecordBatch): void | Promise<void>;
  end(): void | Promise<void>;
}

/** A taker that is started once, whatever happens, and the answer to whether it was given rows. */
export function counting(taker: RowTaker): { readonly taker: RowTaker; readonly given: () => boolean } {
  let started = false;
  let given = false;
  return {
    given: () => given,
    taker: {
      start: (labels, schema) => {
        if (started) return undefined;
        started = true;
        return taker.start(labels, schema);
      },
      batch: (batch) => {
        given = true;
        return taker.batch(batch);
      },
      end: () => taker.end(),
    },
  };
}
