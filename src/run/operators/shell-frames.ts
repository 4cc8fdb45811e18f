import { rowNumbers, rowsOf, type RecordBatch } from '../../data/batch.ts';
import { cell } from '../../data/cell.ts';
import type { Column } from '../../data/column.ts';
import { pick } from '../../data/gather.ts';
import type { Field } from '../../data/types.ts';
import type { Shell } from '../../plan/plan.ts';
import type { RunContext } from '../context.ts';
import { shownBy } from './broken-promise.ts';
import { areWithin, boundsOf, outOfBounds, type Bounds } from './shell-bounds.ts';
import type { Counts } from './shell-faults.ts';
import { advance, onFault, outputDecoder } from './shell-receiver.ts';
import type { Sent } from './shell-sender.ts';
import { shownRow } from './shell-witness.ts';

const NEWLINE = 10;
/** The number of the line that a row was parsed from. */
const LINE: Field = { name: ' line', type: 'INTEGER' };

/**
 * A frame for each row, with any number of lines in it, a row each: so it is known which row each of them belongs to,
 * whatever the command leaves out or adds, and the other columns of that row go around the command.
 */
export class FrameReceiver {
  readonly #plan: Shell;
  readonly #context: RunContext;
  readonly #counts: Counts;
  readonly #parsed: readonly Field[];
  /** For each column of the result: its place among the parsed columns, or (from -1 down) among those of the input. */
  readonly #places: readonly number[];
  readonly #bounds: Bounds | undefined;

  constructor(plan: Shell, context: RunContext, counts: Counts) {
    this.#plan = plan;
    this.#context = context;
    this.#counts = counts;
    this.#bounds = boundsOf(plan);
    const written = new Set(plan.writes.map((field) => field.name));
    this.#parsed = plan.schema.filter((field) => written.has(field.name));
    const input = plan.input!.schema;
    this.#places = plan.schema.map(({ name }) =>
      written.has(name) ? this.#parsed.findIndex((f) => f.name === name) : -1 - input.findIndex((f) => f.name === name),
    );
  }

  /** @param frames one for each row that was sent. @throws RunError E0503 */
  rows({ batch, selection }: Sent, frames: readonly Buffer[]): readonly RecordBatch[] {
    const sent = selection ?? rowNumbers(batch);
    /** Row of the batch that each line belongs to. */
    const owners: number[] = [];
    const pieces: Buffer[] = [];
    frames.forEach((frame, i) => {
      if (frame.length === 0) return;
      const isEnded = frame.at(-1) === NEWLINE;
      pieces.push(frame, ...(isEnded ? [] : [Buffer.of(NEWLINE)]));
      for (let at = frame.indexOf(NEWLINE); at >= 0; at = frame.indexOf(NEWLINE, at + 1)) owners.push(sent[i]!);
      if (!isEnded) owners.push(sent[i]!);
    });
    const decoder = outputDecoder(
      this.#plan,
      [...this.#parsed, LINE],
      this.#context,
      onFault(this.#plan, this.#context),
      { [LINE.name]: 'line_number' },
    );
    const answers = new Uint32Array(batch.length);
    const rows = [...advance(decoder, pieces), ...decoder.end()].map((parsed) =>
      this.#around(batch, parsed, owners, answers),
    );
    if (this.#bounds !== undefined) this.#check(this.#bounds, batch, sent, answers);
    return rows;
  }

  /** @throws RunError for the first row that has more, or fewer, answers than EMITS says. */
  #check(bounds: Bounds, batch: RecordBatch, sent: Uint32Array, answers: Uint32Array): void {
    const row = sent.find((r) => !areWithin(bounds, 1, answers[r]!));
    if (row === undefined) return;
    throw outOfBounds(this.#plan, 1, answers[row]!, [shownBy(shownRow(this.#plan, batch, row))]);
  }

  /** @param answers how many rows each row of the batch has got: counted here. */
  #around(batch: RecordBatch, parsed: RecordBatch, owners: readonly number[], answers: Uint32Array): RecordBatch {
    const lines = parsed.columns.at(-1)!;
    const own = Uint32Array.from({ length: parsed.length }, () => 0);
    let count = 0;
    for (const row of rowsOf(parsed)) {
      const owner = owners[Number(cell(lines, LINE.type, row)) - 1]!;
      own[row] = owner;
      answers[owner]!++;
      count++;
    }
    this.#counts.received += count;
    const columns = this.#places.map((place): Column =>
      place < 0 ? pick(batch.columns[-1 - place]!, own) : parsed.columns[place]!,
    );
    return { schema: this.#plan.schema, length: parsed.length, columns, selection: parsed.selection };
  }
}
