import type { RecordBatch } from '../../data/batch.ts';
import type { Shell } from '../../plan/plan.ts';
import { unknownLine, unsendable, type Counts } from './shell-faults.ts';
import type { Receiver } from './shell-receiver.ts';
import type { Sent } from './shell-sender.ts';

/** Rows that were sent, a line each, and how far they have been looked at. */
interface Pending {
  /** Undefined for a header: a line that is no row. */
  readonly batch: RecordBatch | undefined;
  readonly rows: number;
  readonly bytes: Buffer;
  /** The first line that was not looked at, its row, and the rows that came back and were not handed on. */
  at: number;
  row: number;
  found: Uint32Array;
  count: number;
}

/**
 * FILTERS: what comes out is a subsequence of the lines that went in. Each line is looked for behind the one before it;
 * equal lines share their fate, so the first that matches is as good as any. Nothing is parsed.
 */
export class FilterReceiver implements Receiver {
  held = 0;
  readonly #plan: Shell;
  readonly #counts: Counts;
  readonly #places: readonly number[];
  /** The byte that ends a line: a newline, or NUL in format nul. */
  readonly #end: number;
  readonly #pending: Pending[] = [];
  /** The last line so far, in pieces, while its end has not come. */
  #torn: Buffer[] = [];

  /** @param start what the process gets before the first row. */
  constructor(plan: Shell, counts: Counts, start: Uint8Array) {
    this.#plan = plan;
    this.#counts = counts;
    this.#end = plan.inputFormat.name === 'nul' ? 0 : 10;
    const input = plan.input!.schema;
    this.#places = plan.schema.map(({ name }) => input.findIndex((field) => field.name === name));
    if (start.length > 0) this.#add(undefined, 1, start);
  }

  sent({ batch, selection, bytes }: Sent): void {
    const rows = selection ?? batch.selection;
    const count = rows?.length ?? batch.length;
    if (this.#plan.inputFormat.name === 'csv' && linesIn(bytes) !== count) throw this.#manyLines();
    this.#add(rows === batch.selection ? batch : { ...batch, selection: rows }, count, bytes);
  }

  #add(batch: RecordBatch | undefined, rows: number, bytes: Uint8Array): void {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    this.held += bytes.length;
    this.#pending.push({ batch, rows, bytes: buffer, at: 0, row: 0, found: NONE, count: 0 });
  }

  take(chunks: readonly Buffer[]): readonly RecordBatch[] {
    const out: RecordBatch[] = [];
    for (const chunk of chunks) {
      const last = chunk.lastIndexOf(this.#end);
      if (last < 0) {
        this.#torn.push(chunk);
        continue;
      }
      if (this.#torn.length > 0) {
        const first = chunk.indexOf(this.#end) + 1;
        const line = Buffer.concat([...this.#torn, chunk.subarray(0, first)]);
        this.#match(line, 0, line.length, out);
        this.#match(chunk, first, last + 1, out);
      } else this.#match(chunk, 0, last + 1, out);
      this.#torn = last + 1 < chunk.length ? [chunk.subarray(last + 1)] : [];
    }
    this.#handOn(out);
    return out;
  }

  end(): readonly RecordBatch[] {
    return this.#torn.length === 0 ? [] : this.take([Buffer.from([this.#end])]);
  }

  /** Finds the lines `output[at .. end)`, which ends with a newline. */
  #match(output: Buffer, at: number, end: number, out: RecordBatch[]): void {
    while (at < end) {
      const entry = this.#pending[0];
      if (entry === undefined) throw this.#unknown(output, at);
      const rest = entry.bytes.length - entry.at;
      if (rest > 0 && rest <= end - at && entry.bytes.compare(output, at, at + rest, entry.at) === 0) {
        this.#takeRest(entry);
        at += rest;
      } else at = this.#matchLine(entry, output, at, end);
      if (entry.at === entry.bytes.length) this.#leave(entry, out);
    }
  }

  /** Looks for one line, in the first pending rows only. @returns where the next line of the output begins. */
  #matchLine(entry: Pending, output: Buffer, at: number, end: number): number {
    const { bytes } = entry;
    const terminator = this.#end;
    while (entry.at < bytes.length) {
      let a = entry.at;
      let b = at;
      // Both end with a newline, so that neither runs over its end without a difference.
      while (bytes[a] === output[b] && output[b] !== terminator && b < end) {
        a++;
        b++;
      }
      const row = entry.row++;
      if (bytes[a] === terminator && output[b] === terminator) {
        entry.at = a + 1;
        if (entry.found === NONE) entry.found = new Uint32Array(entry.rows);
        entry.found[entry.count++] = row;
        return b + 1;
      }
      entry.at = bytes.indexOf(terminator, a) + 1;
    }
    return at;
  }

  /** All rows that are left came back. */
  #takeRest(entry: Pending): void {
    if (entry.found === NONE) entry.found = new Uint32Array(entry.rows);
    while (entry.row < entry.rows) entry.found[entry.count++] = entry.row++;
    entry.at = entry.bytes.length;
  }

  /** Nothing more can be found in the first pending rows. */
  #leave(entry: Pending, out: RecordBatch[]): void {
    this.#handOn(out);
    this.#pending.shift();
    this.held -= entry.bytes.length;
  }

  /** Hands on what was found among the first pending rows. */
  #handOn(out: RecordBatch[]): void {
    const entry = this.#pending[0];
    if (entry === undefined || entry.count === 0) return;
    const { batch, found, count } = entry;
    entry.found = found.subarray(count);
    entry.count = 0;
    if (batch === undefined) return;
    this.#counts.received += count;
    const columns = this.#places.map((place) => batch.columns[place]!);
    const { selection } = batch;
    if (count < batch.length && selection !== undefined)
      for (let i = 0; i < count; i++) found[i] = selection[found[i]!]!;
    const all = count === batch.length;
    out.push({
      schema: this.#plan.schema,
      length: batch.length,
      columns,
      ...(!all && { selection: found.subarray(0, count) }),
    });
  }

  #unknown(output: Buffer, at: number): Error {
    return unknownLine(this.#plan, output.subarray(at, output.indexOf(this.#end, at)));
  }

  #manyLines(): Error {
    const message =
      'a value holds a newline, so its row is more than one line and cannot be recognised in the output of a FILTER';
    return unsendable(this.#plan, this.#counts.sent! + 1, this.#plan.reads.join(', '), message, [
      'send it in a format that keeps a row on one line: FORMAT tsv or FORMAT jsonl',
    ]);
  }
}

const NONE = new Uint32Array(0);

function linesIn(bytes: Uint8Array): number {
  let lines = 0;
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) lines++;
  return lines;
}
