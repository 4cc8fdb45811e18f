import { setTimeout as sleep } from 'node:timers/promises';
import { newNulls, setNull, type Column } from '../../data/column.ts';
import { ByteWriter } from '../../data/format/byte-writer.ts';
import { parseTimestamp } from '../../data/timestamp.ts';
import type { Field } from '../../data/types.ts';
import type { Options } from '../../plan/plan.ts';
import type { ConnectContext, Offset, Positioned, SourceRequest } from '../connector.ts';
import { numberOption, textOption } from '../options.ts';
import { Events } from './events.ts';
import { eventAt, timeOf, typeOf, type Timing } from './model.ts';

/** ms; batches that come in real time are cut so that rows come about as often. */
const TICK = 50;

/** Row n depends on the seed and n alone, so rows can be made again from any place on. */
export async function* openNexmark(
  { options, schema, limit }: SourceRequest,
  at: Offset | undefined,
  { signal, batchRows }: ConnectContext,
): AsyncGenerator<Positioned> {
  const timing = timingOf(options);
  const events = new Events(numberOption(options, 'seed') ?? 1, timing);
  const from = Number(at?.['row'] ?? 0);
  const end = Math.min(numberOption(options, 'events') ?? Infinity, limit === undefined ? Infinity : from + limit);
  const isPaced = options['realtime'] === true;
  const most = isPaced ? Math.max(1, Math.min(batchRows, Math.round((timing.rate * TICK) / 1000))) : batchRows;
  const began = performance.now();
  for (let row = from; row < end && !signal.aborted;) {
    const length = Math.min(most, end - row);
    if (isPaced) {
      const due = began + (timeOf(row + length - 1, timing) - timeOf(from, timing)) / 1000;
      await sleep(Math.max(0, due - performance.now()), undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
    }
    const numbers = Float64Array.from({ length }, (_, i) => eventAt(row + i, timing));
    const columns = schema.map((field) => columnOf(field, numbers, events, timing));
    row += length;
    yield { batch: { schema, length, columns }, next: { row } };
  }
}

function timingOf(options: Options): Timing {
  const base = Buffer.from(textOption(options, 'base') ?? '2015-07-15');
  return {
    base: parseTimestamp(base, 0, base.length),
    rate: numberOption(options, 'rate') ?? 10_000,
    outOfOrder: numberOption(options, 'out_of_order') ?? 1,
  };
}

function columnOf({ name }: Field, numbers: Float64Array, events: Events, timing: Timing): Column {
  switch (name.toLowerCase()) {
    case 'event_type':
      return { kind: 'f64', values: numbers.map(typeOf), nulls: undefined };
    case 'datetime':
      return { kind: 'f64', values: numbers.map((event) => timeOf(event, timing)), nulls: undefined };
    case 'person':
      return records(numbers, 0, (event, to) => events.person(event, to));
    case 'auction':
      return records(numbers, 1, (event, to) => events.auction(event, to));
    default:
      return records(numbers, 2, (event, to) => events.bid(event, to));
  }
}

/** The events of one type as JSON, NULL for the others. */
function records(numbers: Float64Array, type: 0 | 1 | 2, write: (event: number, to: ByteWriter) => void): Column {
  const rows = numbers.length;
  const to = new ByteWriter(rows * 256);
  const starts = new Uint32Array(rows);
  const ends = new Uint32Array(rows);
  const nulls = newNulls(rows);
  for (let row = 0; row < rows; row++) {
    if (typeOf(numbers[row]!) !== type) setNull(nulls, row);
    else {
      starts[row] = to.length;
      write(numbers[row]!, to);
      ends[row] = to.length;
    }
  }
  return { kind: 'utf8', bytes: to.take(), starts, ends, nulls };
}
