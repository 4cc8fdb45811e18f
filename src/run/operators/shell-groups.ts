import { Bug } from '../../base/errors.ts';
import { rowsOf, type RecordBatch } from '../../data/batch.ts';
import { cell } from '../../data/cell.ts';
import type { Column } from '../../data/column.ts';
import { concat, gatherBatch, pick } from '../../data/gather.ts';
import { KeyTable } from '../../data/hash.ts';
import { timestampOf } from '../../data/timestamp.ts';
import type { Field, Schema } from '../../data/types.ts';
import type { Shell } from '../../plan/plan.ts';
import type { ShellGroups } from '../../plan/shell-ways.ts';

/** The rows of one group, and its first one. */
export interface Group {
  readonly rows: RecordBatch;
  readonly firstRow: number;
}

/** Keeps rows until their groups are complete. */
export class Groups {
  readonly #schema: Schema;
  readonly #keys: readonly number[];
  readonly #end: number | undefined;
  readonly #mark: number | undefined;
  /** By the end of their window; +Infinity for rows that only the end of the input completes. */
  readonly #waiting = new Map<number, RecordBatch[]>();
  readonly #late: (rows: number) => void;

  /** @param late told of rows whose window had ended when they came. */
  constructor({ keys, windowEnd, mark }: ShellGroups, schema: Schema, late: (rows: number) => void) {
    this.#schema = schema;
    this.#keys = keys.map((name) => placeOf(schema, name));
    this.#end = windowEnd === undefined ? undefined : placeOf(schema, windowEnd);
    this.#mark = mark === undefined ? undefined : placeOf(schema, mark);
    this.#late = late;
  }

  add(batch: RecordBatch): void {
    if (this.#end === undefined) {
      this.#wait(Infinity, batch);
      return;
    }
    const rows = new Map<number, number[]>();
    let late = 0;
    for (const row of rowsOf(batch)) {
      const end = this.#timeAt(batch, this.#end, row) ?? Infinity;
      const mark = this.#mark === undefined ? undefined : this.#timeAt(batch, this.#mark, row);
      if (mark !== undefined && end <= mark) {
        late++;
        continue;
      }
      const found = rows.get(end);
      if (found === undefined) rows.set(end, [row]);
      else found.push(row);
    }
    for (const [end, some] of rows) this.#wait(end, gatherBatch(batch, Uint32Array.from(some)));
    if (late > 0) this.#late(late);
  }

  #timeAt(batch: RecordBatch, place: number, row: number): number | undefined {
    const column = batch.columns[place]!;
    const value = cell(column, this.#schema[place]!.type, row);
    if (value === null) return undefined;
    return typeof value === 'string' ? timestampOf(value) : Number(value);
  }

  #wait(end: number, batch: RecordBatch): void {
    const waiting = this.#waiting.get(end);
    if (waiting === undefined) this.#waiting.set(end, [batch]);
    else waiting.push(batch);
  }

  /** Gives the groups that are complete once no row before `time` comes, in order, and forgets them. */
  *complete(time: number): Generator<Group> {
    const ends = [...this.#waiting.keys()].filter((end) => end <= time).sort((a, b) => a - b);
    for (const end of ends) {
      const batches = this.#waiting.get(end)!;
      this.#waiting.delete(end);
      yield* this.#split(concat(this.#schema, batches));
    }
  }

  /** Rows of one window, by their keys. */
  *#split(all: RecordBatch): Generator<Group> {
    const table = new KeyTable(this.#keys.map((place) => this.#schema[place]!));
    const ids = table.groupIds(
      this.#keys.map((place) => all.columns[place]!),
      all,
    );
    // Counting sort: where the rows of each group begin.
    const starts = new Uint32Array(table.size + 1);
    for (let row = 0; row < all.length; row++) starts[ids[row]! + 1]!++;
    for (let id = 0; id < table.size; id++) starts[id + 1]! += starts[id]!;
    const next = starts.slice();
    const rows = new Uint32Array(all.length);
    for (let row = 0; row < all.length; row++) rows[next[ids[row]!]!++] = row;
    for (let id = 0; id < table.size; id++) {
      const selection = rows.subarray(starts[id], starts[id + 1]);
      yield { rows: { ...all, selection }, firstRow: selection[0]! };
    }
  }
}

/** The command without its groups: what a process of one group gives, without the keys where those are only carried. */
export function withoutGroups(plan: Shell): Shell {
  const { groups: _, ...rest } = plan;
  return isAround(plan) ? { ...rest, carried: [], schema: plan.writes } : rest;
}

/** The columns that make a group go around the process; where rows are aligned they are carried like all others. */
const isAround = ({ carried, groups, contract }: Shell): boolean =>
  contract.emits?.value !== 'one' && carried.every((name) => groups!.keys.includes(name));

/** Puts the keys of a group to the rows that came out for it. */
export function keyed(plan: Shell, { rows, firstRow }: Group): (batch: RecordBatch) => RecordBatch {
  if (!isAround(plan)) return (batch) => batch;
  const { schema, carried } = plan;
  const input = plan.input!.schema;
  return (batch) => {
    const first = new Uint32Array(batch.length).fill(firstRow);
    const columnOf = ({ name }: Field): Column =>
      carried.includes(name)
        ? pick(rows.columns[placeOf(input, name)]!, first)
        : batch.columns[placeOf(batch.schema, name)]!;
    return { ...batch, schema, columns: schema.map(columnOf) };
  };
}

function placeOf(schema: Schema, name: string): number {
  const place = schema.findIndex((field) => field.name === name);
  if (place < 0) throw new Bug(`no column ${name} among ${schema.map((field) => field.name).join(', ')}`);
  return place;
}
