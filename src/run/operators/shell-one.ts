import type { RunError } from '../../base/errors.ts';
import { rowNumbers, rowRange, rowsOf, type RecordBatch } from '../../data/batch.ts';
import { cell } from '../../data/cell.ts';
import type { Column } from '../../data/column.ts';
import type { Decoder, Fault } from '../../data/format/format.ts';
import { NO_ROW, pick } from '../../data/gather.ts';
import type { Schema } from '../../data/types.ts';
import type { Shell } from '../../plan/plan.ts';
import type { RunContext } from '../context.ts';
import { emitsOf, outOfBounds } from './shell-bounds.ts';
import { brokenPromise, counted, undecodable, type Counts } from './shell-faults.ts';
import { advance, countSkipped, outputDecoder, type Receiver } from './shell-receiver.ts';
import type { Sent } from './shell-sender.ts';

/** Rows that were sent and whose answers have not all come. */
interface Pending {
  readonly batch: RecordBatch;
  /** Rows that exist in `batch`, in order. */
  readonly rows: Uint32Array;
  /** Rows with an answer to come, in order: the same array where none was left out. */
  readonly answered: Uint32Array;
  readonly size: number;
  /** Rows handed on, and how many of them were answered. */
  done: number;
  answers: number;
}

/** A stretch of parsed rows, `from` on. `bad` are rows to be left out. */
interface Answers {
  readonly batch: RecordBatch;
  readonly bad: ReadonlySet<number> | undefined;
  from: number;
}

const LINE = ' line';

/**
 * EMITS ONE: the i-th row that comes out belongs to the i-th that went in, whose carried columns it gets back. The
 * counts must agree, and are compared whenever they are both known.
 */
export class OneReceiver implements Receiver {
  held = 0;
  readonly #plan: Shell;
  readonly #context: RunContext;
  readonly #counts: Counts;
  readonly #decoder: Decoder;
  /** For each column of the result: its place among the parsed columns, or (from -1 down) among those of the input. */
  readonly #places: readonly number[];
  readonly #pending: Pending[] = [];
  readonly #badLines = new Set<number>();
  #sent = 0;
  #received = 0;

  constructor(plan: Shell, context: RunContext, counts: Counts) {
    this.#plan = plan;
    this.#context = context;
    this.#counts = counts;
    const written = new Set(plan.writes.map((field) => field.name));
    const parsed = plan.schema.filter((field) => written.has(field.name));
    const input = plan.input!.schema;
    this.#places = plan.schema.map(({ name }) =>
      written.has(name) ? parsed.findIndex((f) => f.name === name) : -1 - input.findIndex((f) => f.name === name),
    );
    const skips = plan.onError === 'skip';
    // Rows to be left out are kept until they are aligned; the line tells which they are.
    const schema: Schema = skips ? [...parsed, { name: LINE, type: 'INTEGER' }] : parsed;
    this.#decoder = outputDecoder(plan, schema, context, (f) => this.#fault(f), skips ? { [LINE]: 'line_number' } : {});
  }

  sent({ batch, selection, bytes }: Sent): void {
    const rows = rowNumbers(batch);
    const answered = selection ?? rows;
    this.#sent += answered.length;
    this.held += bytes.length;
    this.#pending.push({ batch, rows, answered, size: bytes.length, done: 0, answers: 0 });
  }

  take(chunks: readonly Buffer[]): readonly RecordBatch[] {
    return this.#align(advance(this.#decoder, chunks));
  }

  end(): readonly RecordBatch[] {
    const batches = this.#align(this.#decoder.end());
    if (this.#received !== this.#sent) throw outOfBounds(this.#plan, this.#sent, this.#received);
    return batches;
  }

  #fault(fault: Fault): 'null' {
    const error = undecodable(this.#plan, fault);
    if (this.#plan.onError !== 'skip') throw error;
    countSkipped(this.#context, error.message);
    this.#badLines.add(fault.line);
    return 'null';
  }

  #align(parsed: readonly RecordBatch[]): RecordBatch[] {
    const out: RecordBatch[] = [];
    for (const batch of parsed) {
      this.#received += batch.length;
      this.#counts.received += batch.length;
      const answers: Answers = { batch, bad: this.#bad(batch), from: 0 };
      while (answers.from < batch.length) {
        this.#release(out);
        const pending = this.#pending[0];
        if (pending === undefined) throw tooMany(this.#plan, this.#sent, batch, answers.from);
        out.push(this.#merge(pending, answers));
      }
    }
    this.#release(out);
    return out;
  }

  /** Hands on what is left of the rows at the front, if all their answers are here: rows that had a NULL. */
  #release(out: RecordBatch[]): void {
    for (;;) {
      const first = this.#pending[0];
      if (first === undefined || first.answers < first.answered.length) return;
      if (first.done < first.rows.length) {
        const rows = first.rows.subarray(first.done);
        out.push(this.#rows(first.batch, rows, undefined, new Uint32Array(rows.length).fill(NO_ROW)));
      }
      this.#pending.shift();
      this.held -= first.size;
    }
  }

  /** The next rows of `pending`, as many as there are answers for. */
  #merge(pending: Pending, answers: Answers): RecordBatch {
    const { batch, from } = answers;
    const n = Math.min(pending.answered.length - pending.answers, batch.length - from);
    answers.from += n;
    if (pending.answered === pending.rows) {
      const start = pending.done;
      pending.done = pending.answers = start + n;
      const whole = n === pending.rows.length && pending.batch.selection === undefined;
      const rows = whole ? undefined : pending.rows.subarray(start, start + n);
      const parsed = n === batch.length ? undefined : rowRange(from, from + n);
      return this.#without(answers, this.#rows(pending.batch, rows, batch, parsed), from, n);
    }
    return this.#mergeAround(pending, answers, from, n);
  }

  /** As `merge`, where some rows were not sent: they go along with those around them, and have no answer. */
  #mergeAround(pending: Pending, answers: Answers, from: number, n: number): RecordBatch {
    const start = pending.done;
    const parsed: number[] = [];
    for (let left = n; left > 0; pending.done++) {
      const isAnswered = pending.rows[pending.done] === pending.answered[pending.answers];
      parsed.push(isAnswered ? from + n - left : NO_ROW);
      if (!isAnswered) continue;
      pending.answers++;
      left--;
    }
    const bad = answers.bad;
    const keep = bad && Uint32Array.from(parsed.keys()).filter((i) => !bad.has(parsed[i]!));
    const rows = pending.rows.subarray(start, pending.done);
    return { ...this.#rows(pending.batch, rows, answers.batch, Uint32Array.from(parsed)), selection: keep };
  }

  /** Carried and parsed columns side by side. `undefined` rows are all rows in place. */
  #rows(
    input: RecordBatch,
    inputRows: Uint32Array | undefined,
    parsed: RecordBatch | undefined,
    parsedRows: Uint32Array | undefined,
  ): RecordBatch {
    const { schema } = this.#plan;
    const columns = this.#places.map((place): Column => {
      if (place < 0) {
        const column = input.columns[-1 - place]!;
        return inputRows === undefined ? column : pick(column, inputRows);
      }
      if (parsed === undefined) return pick({ kind: 'any', values: [] }, parsedRows!);
      const column = parsed.columns[place]!;
      return parsedRows === undefined ? column : pick(column, parsedRows);
    });
    return { schema, length: inputRows?.length ?? input.length, columns };
  }

  #without({ bad }: Answers, rows: RecordBatch, from: number, n: number): RecordBatch {
    if (bad === undefined) return rows;
    return { ...rows, selection: rowRange(0, n).filter((i) => !bad.has(from + i)) };
  }

  #bad(batch: RecordBatch): ReadonlySet<number> | undefined {
    if (this.#badLines.size === 0) return undefined;
    const lines = batch.columns.at(-1)!;
    const bad = new Set<number>();
    for (const row of rowsOf(batch)) if (this.#badLines.has(Number(cell(lines, 'INTEGER', row)))) bad.add(row);
    return bad;
  }
}

/** @param row the first that nothing was sent for. */
export function tooMany(plan: Shell, sent: number, batch: RecordBatch, row: number): RunError {
  const shown = batch.schema
    .filter((field) => field.name !== LINE)
    .map((field, c) => String(cell(batch.columns[c]!, field.type, row)));
  return brokenPromise(
    plan,
    'emits',
    `${emitsOf(plan)}, but of ${counted(sent)} that went in more than that came out`,
    shown.length === 0 ? [] : [`the first row too many: ${shown.join(', ').slice(0, 200)}`],
  );
}
