import { rowNumbers, type RecordBatch } from '../../data/batch.ts';
import { numberColumn, type F64Column } from '../../data/column.ts';
import { concat, gatherBatch } from '../../data/gather.ts';
import type { MergeKey } from '../../data/merge-order.ts';
import { rowComparator, sortRows } from '../../data/order.ts';
import type { Field, Schema } from '../../data/types.ts';
import type { Window } from '../../plan/windows.ts';
import type { RunContext } from '../context.ts';
import { ordinalField, ordinalKey, Ordinals } from '../ordinal.ts';
import type { Pause } from '../pause.ts';
import { RowSorter } from '../row-sorter.ts';
import { Scratch, type Frame } from '../scratch.ts';
import { SortedRuns } from '../sorted-runs.ts';
import { GroupLog } from './over-large-groups.ts';
import type { PartitionKeys } from './window-keys.ts';
import type { SessionFrame } from './window-session.ts';

const real = (name: string): Field => ({ name, type: 'REAL' });

/**
 * Sessions of rows that the memory does not hold: the rows are sorted by key and time, sessions are found in one pass over
 * them, and with their bounds the rows are put in their own order again.
 */
export class SortedSessions {
  readonly #frame: SessionFrame;
  readonly #context: RunContext;
  readonly #keys: PartitionKeys;
  readonly #width: number;
  /** The columns of a row, its keys, its time, and its number. */
  readonly #kept: Schema;
  readonly #order: readonly MergeKey[];
  readonly #byTime: SortedRuns;
  readonly #scratch: Scratch;
  readonly #sessions: GroupLog;
  /** The columns of a row, the bounds of its session, and its number. */
  readonly #found: Schema;
  readonly #numbered: readonly MergeKey[];
  readonly #byNumber: SortedRuns;
  readonly #ordinals = new Ordinals();

  constructor({ input }: Window, frame: SessionFrame, keys: PartitionKeys, context: RunContext) {
    const { schema } = input;
    this.#frame = frame;
    this.#context = context;
    this.#keys = keys;
    this.#width = schema.length;
    const fields = keys.fields.map(({ type, collation }, k): Field => ({
      name: `$key${k}`,
      type,
      ...(collation && { collation }),
    }));
    this.#kept = [...schema, ...fields, real('$at'), ordinalField];
    this.#order = [
      ...fields.map(({ type, collation }, k) => ({ ...ordinalKey(schema.length + k), type, collation })),
      ordinalKey(schema.length + fields.length),
      ordinalKey(schema.length + fields.length + 1),
    ];
    this.#byTime = new SortedRuns(this.#kept, this.#order, context);
    this.#scratch = new Scratch(context);
    this.#sessions = new GroupLog(['REAL', 'REAL'], context);
    this.#found = [...schema, real('$start'), real('$end'), ordinalField];
    this.#numbered = [ordinalKey(schema.length + 2)];
    this.#byNumber = new SortedRuns(this.#found, this.#numbered, context);
  }

  /** @param times by physical row. @throws RunError E0701 */
  add(batch: RecordBatch, times: Float64Array): void {
    const columns = [...batch.columns, ...this.#keys.columns(batch), numberColumn(times)];
    const kept = this.#ordinals.of({ ...batch, schema: this.#kept, columns });
    const rows = gatherBatch(kept, rowNumbers(kept));
    const keys = this.#order.map(({ at, ...key }) => ({ ...key, column: rows.columns[at]! }));
    this.#byTime.add(rows, sortRows(keys, rows.length));
  }

  /** The rows as they came, with the bounds of their sessions. They are used up. */
  async *rows(
    pause: Pause,
  ): AsyncGenerator<{ readonly batch: RecordBatch; readonly starts: Float64Array; readonly ends: Float64Array }> {
    const frames = await this.#find(pause);
    await this.#bound(frames, pause);
    for await (const { length, columns } of this.#byNumber.merged(pause)) {
      const [starts, ends] = [0, 1].map((c) => (columns[this.#width + c] as F64Column).values);
      yield {
        batch: { schema: this.#found.slice(0, this.#width), length, columns: columns.slice(0, this.#width) },
        starts: starts!,
        ends: ends!,
      };
    }
  }

  close(): void {
    this.#byTime.close();
    this.#scratch.close();
    this.#sessions.close();
    this.#byNumber.close();
  }

  /** Notes where sessions begin and end. @returns the rows, in the order of their keys and times. */
  async #find(pause: Pause): Promise<readonly Frame[]> {
    const { gap, most = Infinity } = this.#frame;
    const frames: Frame[] = [];
    const keys = this.#order.slice(0, -2);
    let last: RecordBatch | undefined;
    let [start, before, rows] = [0, 0, 0];
    const end = (): void => {
      if (rows > 0) this.#sessions.add(rows, [start, Math.min(before + gap, start + most)]);
      rows = 0;
    };
    for await (const batch of this.#byTime.merged(pause)) {
      const both = last === undefined ? batch : concat(this.#kept, [last, batch]);
      const from = both.length - batch.length;
      const isOther = keys.length === 0 ? () => 0 : rowComparator(keys.map(({ at, ...key }) => ({ ...key, column: both.columns[at]! }))); // prettier-ignore
      const times = (both.columns.at(-2) as F64Column).values;
      for (let row = from; row < both.length; row++) {
        const time = times[row]!;
        if (rows > 0 && (isOther(row - 1, row) !== 0 || time >= before + gap || time >= start + most)) end();
        if (rows === 0) start = time;
        before = time;
        rows++;
      }
      last = gatherBatch(batch, Uint32Array.of(batch.length - 1));
      frames.push(this.#scratch.write(batch, rowNumbers(batch)));
    }
    end();
    this.#byTime.close();
    return frames;
  }

  async #bound(frames: readonly Frame[], pause: Pause): Promise<void> {
    const sessions = this.#sessions.read();
    let session = sessions.next().value;
    const sorter = new RowSorter(this.#found, this.#numbered, this.#byNumber, this.#context);
    let first = 0;
    for (const frame of frames) {
      const { length, columns } = this.#scratch.read(frame, this.#kept);
      const [starts, ends] = [new Float64Array(length), new Float64Array(length)];
      for (let row = 0; row < length; row++) {
        while (session!.end <= first + row) session = sessions.next().value;
        [starts[row], ends[row]] = session!.results as [number, number];
      }
      first += length;
      sorter.add({ schema: this.#found, length, columns: [...columns.slice(0, this.#width), numberColumn(starts), numberColumn(ends), columns.at(-1)!] }); // prettier-ignore
      await pause.taken();
    }
    sorter.end();
  }
}
