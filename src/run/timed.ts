import type { OperatorStats } from './operator.ts';

/** Charges the time that a source itself takes to its counters. */
export async function* timed<T>(source: AsyncIterable<T>, stats: OperatorStats): AsyncGenerator<T> {
  const iterator = source[Symbol.asyncIterator]();
  try {
    for (;;) {
      const start = performance.now();
      const next = await iterator.next();
      stats.busy += performance.now() - start;
      if (next.done) return;
      yield next.value;
    }
  } finally {
    await iterator.return?.();
  }
}
