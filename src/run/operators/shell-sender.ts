import { rowCount, rowsOf, type RecordBatch } from '../../data/batch.ts';
import { columnBuilder } from '../../data/builder.ts';
import { isNullAt, mayHoldNull, type Column } from '../../data/column.ts';
import { encoder } from '../../data/format/catalog.ts';
import { EncodeError, type Encoder } from '../../data/format/format.ts';
import { cellFrames, recordFrames } from '../../data/format/frames.ts';
import type { Field, Schema } from '../../data/types.ts';
import type { Shell } from '../../plan/plan.ts';
import { unsendable } from './shell-faults.ts';

/** Rows on their way to a command. */
export interface Sent {
  /** All rows that came, with all their columns. */
  readonly batch: RecordBatch;
  /** Those of them that were sent; the others had a NULL under NULLS SKIP. Absent: all. */
  readonly selection?: Uint32Array;
  readonly bytes: Uint8Array;
}

/** How many rows are answered. */
export const rowsSent = ({ batch, selection }: Sent): number => (selection ?? batch.selection)?.length ?? batch.length;

/** Turns rows into what a command reads: the columns that it READS, and nothing else. */
export class Sender {
  /** What comes before the first row that a process gets. */
  readonly start: Uint8Array;
  readonly #plan: Shell;
  readonly #places: readonly number[];
  readonly #schema: Schema;
  readonly #encoder: Encoder;
  #rows = 0;

  /** @param input columns of the rows that will come. */
  constructor(plan: Shell, input: Schema) {
    this.#plan = plan;
    this.#places = plan.reads.map((name) => input.findIndex((field) => field.name === name));
    this.#schema = this.#places.map((place) => input[place]!);
    this.#encoder = encoderFor(plan, this.#schema);
    this.start = this.#encoder.start;
  }

  /** @throws RunError E0504 for a cell that the format cannot hold. */
  encode(batch: RecordBatch): Sent {
    const policy = this.#plan.contract.nulls?.value;
    let columns: readonly Column[] = this.#places.map((place) => batch.columns[place]!);
    let schema = this.#schema;
    let selection: Uint32Array | undefined;
    if (columns.some(mayHoldNull)) {
      if (policy?.policy === 'skip') selection = withoutNulls(batch, columns);
      else if (policy?.policy === 'as') {
        columns = columns.map((column, c) =>
          mayHoldNull(column) ? filled(column, schema[c]!, batch, policy.text) : column,
        );
        schema = schema.map((field) => ({ ...field, type: field.type === 'TEXT' ? 'TEXT' : 'ANY' }));
      } else if (policy !== undefined || this.#plan.inputFormat.name === 'lines') this.#refuseNull(batch, columns);
    }
    const rows = { schema, length: batch.length, columns, selection: selection ?? batch.selection };
    const bytes = this.#encode(rows);
    this.#rows += rowCount(batch);
    return { batch, bytes, ...(selection !== undefined && { selection }) };
  }

  #encode(rows: RecordBatch): Uint8Array {
    try {
      const bytes = this.#encoder.encode(rows);
      if (this.#plan.contract.encoding?.value === 'text' && bytes.includes(0)) this.#refuseNul(rows, bytes);
      return bytes;
    } catch (error) {
      if (!(error instanceof EncodeError)) throw error;
      const help = [
        'send it in a format that can hold it: FORMAT jsonl or FORMAT tsv',
        'or replace it in the query first',
      ];
      throw unsendable(this.#plan, this.#rows + error.row + 1, error.column, error.message, help);
    }
  }

  /** @throws RunError: the first row with a NUL byte. */
  #refuseNul({ length }: RecordBatch, bytes: Uint8Array): never {
    const before = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.indexOf(0)).toString('latin1');
    const row = this.#rows + Math.min(length, before.split('\n').length);
    const help = ['grep -a reads them as text; or SET trust = declared, and the command gets what there is'];
    const message = 'it holds a NUL byte, and the command is known only for text';
    throw unsendable(this.#plan, row, this.#schema.map((field) => field.name).join(', '), message, help);
  }

  #refuseNull(batch: RecordBatch, columns: readonly Column[]): void {
    let nth = this.#rows;
    for (const row of rowsOf(batch)) {
      nth++;
      const c = columns.findIndex((column) => isNullAt(column, row));
      if (c < 0) continue;
      const help = ["declare NULLS AS 'text' or NULLS SKIP, or leave such rows out first: WHERE .. IS NOT NULL"];
      throw unsendable(this.#plan, nth, this.#schema[c]!.name, 'it is NULL', help);
    }
  }
}

function encoderFor({ inputFormat: { name, options }, protocol }: Shell, schema: Schema): Encoder {
  if (protocol === undefined || protocol === 'counted') return encoder(name, schema, options);
  return name === 'lines' ? cellFrames(protocol, schema) : recordFrames(protocol, encoder(name, schema, options));
}

/** Existing rows none of whose cells is NULL; undefined if that is all of them. */
function withoutNulls(batch: RecordBatch, columns: readonly Column[]): Uint32Array | undefined {
  const rows: number[] = [];
  for (const row of rowsOf(batch)) if (!columns.some((column) => isNullAt(column, row))) rows.push(row);
  return rows.length === rowCount(batch) ? undefined : Uint32Array.from(rows);
}

/** The column with `text` in place of NULL. */
function filled(column: Column, field: Field, batch: RecordBatch, text: string): Column {
  const builder = columnBuilder(field.type === 'TEXT' ? 'TEXT' : 'ANY', batch.length);
  for (let row = 0; row < batch.length; row++) {
    if (isNullAt(column, row)) builder.append(text);
    else builder.appendFrom(column, field.type, row);
  }
  return builder.finish();
}
