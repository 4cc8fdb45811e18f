import { RunError } from '../../base/errors.ts';
import type { DecodeRequest } from './format.ts';
import { RecordDecoder, type Cut } from './record-decoder.ts';

/** A record's fields as text, and where the next record begins. */
export interface HeaderRecord {
  readonly fields: readonly string[];
  readonly end: number;
}

/** What csv and tsv share: fields go by position, unless a header says otherwise. */
export abstract class SeparatedDecoder extends RecordDecoder {
  /** Slot for each field of a record, -1 where it is not demanded. */
  protected slotOf: Int32Array;
  /** Text that stands for NULL. */
  protected readonly nullText: Uint8Array | undefined;
  #header: boolean;

  constructor(request: DecodeRequest) {
    super(request);
    this.#header = request.options['header'] === true && this.consumed === 0;
    const nullText = request.options['null'];
    this.nullText = typeof nullText === 'string' ? Buffer.from(nullText) : undefined;
    this.slotOf = this.#slotsBy(request.columns);
  }

  /** The record at `start`; undefined while it is torn. */
  protected abstract headerRecord(start: number, limit: number): HeaderRecord | undefined;
  protected abstract records(start: number, soft: number, limit: number): Cut;

  protected cut(start: number, soft: number, limit: number): Cut {
    if (!this.#header) return this.records(start, soft, limit);
    const record = this.headerRecord(start, limit);
    if (record === undefined) return { rows: 0, end: start, lines: 0 };
    this.#header = false;
    const named = this.slots.every(({ name }) => record.fields.includes(name));
    if (named) this.slotOf = this.#slotsBy(record.fields);
    let lines = 0;
    for (let i = start; i < record.end; i++) if (this.bytes[i] === 10) lines++;
    return { rows: 0, end: record.end, lines };
  }

  #slotsBy(columns: readonly string[]): Int32Array {
    const slotOf = new Int32Array(columns.length).fill(-1);
    this.slots.forEach(({ name }, s) => {
      const at = columns.indexOf(name);
      if (at < 0) throw new RunError({ code: 'E0702', message: `there is no column ${name} in the input` });
      slotOf[at] = s;
    });
    return slotOf;
  }

  /** Whether a field is the text for NULL. */
  protected isNullText(start: number, end: number): boolean {
    const { nullText, bytes } = this;
    if (nullText === undefined || nullText.length !== end - start) return false;
    for (let i = 0; i < nullText.length; i++) if (bytes[start + i] !== nullText[i]) return false;
    return true;
  }

  /** A record with another number of fields than there are columns: what is missing is NULL, or the row is left out. */
  protected ragged(row: number, found: number): void {
    for (let f = found; f < this.slotOf.length; f++) {
      const slot = this.slotOf[f]!;
      if (slot >= 0) this.slots[slot]!.views.setNull(row);
    }
    const expected = this.slotOf.length;
    this.faults.add(row, { message: `expected ${expected} field${expected === 1 ? '' : 's'}, found ${found}` });
  }
}
