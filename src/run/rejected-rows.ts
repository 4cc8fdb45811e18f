import type { Rejected } from '../connect/connector.ts';
import { rejectedSchema } from '../connect/rejected.ts';
import { columnBuilder } from '../data/builder.ts';
import type { Column } from '../data/column.ts';
import type { LateSink } from '../plan/watermark.ts';
import type { RunContext } from './context.ts';
import { LateRows } from './operators/late-sink.ts';

/** Records of a source that could not be read, on their way to the sink that `on_error` names. */
export class RejectedRows {
  readonly #rows: LateRows;
  #waiting: Rejected[] = [];

  constructor(into: LateSink, context: RunContext, endless: boolean) {
    this.#rows = new LateRows(into, rejectedSchema, context, endless, 'rejected');
  }

  readonly add = (rejected: Rejected): void => void this.#waiting.push(rejected);

  /** Writes those that wait. */
  flush(): undefined | Promise<void> {
    if (this.#waiting.length === 0) return undefined;
    const rows = this.#waiting;
    this.#waiting = [];
    const source = columnBuilder('TEXT', rows.length);
    const error = columnBuilder('TEXT', rows.length);
    for (const row of rows) {
      source.append(row.source);
      error.append(row.error);
    }
    const offsets = Float64Array.from(rows, (row) => row.offset);
    const columns: readonly Column[] = [
      source.finish(),
      { kind: 'f64', values: offsets, nulls: undefined },
      error.finish(),
      textColumn(rows.map((row) => row.record)),
    ];
    return this.#rows.write({ schema: rejectedSchema, length: rows.length, columns });
  }

  close(failed: boolean): Promise<void> {
    return this.#rows.close(failed);
  }
}

/** Records as they stood there, also those that are no UTF-8. */
function textColumn(records: readonly Uint8Array[]): Column {
  const ends = new Uint32Array(records.length);
  let end = 0;
  records.forEach((record, i) => (ends[i] = end += record.length));
  const starts = Uint32Array.from(ends, (_, i) => (i === 0 ? 0 : ends[i - 1]!));
  return { kind: 'utf8', bytes: Buffer.concat(records), starts, ends, nulls: undefined };
}
