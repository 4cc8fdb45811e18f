import type { Column } from '../column.ts';
import { RecordDecoder, type Cut } from './record-decoder.ts';
import type { Views } from './views.ts';

/** Each line is one field, with all its bytes but the newline (a carriage return stays). */
export class LinesDecoder extends RecordDecoder {
  protected override readonly skipsByteOrderMark = false;
  protected override readonly terminator: number = 10;

  protected cut(start: number, soft: number): Cut {
    const { bytes, recordAt, linesBefore, terminator } = this;
    const { batchRows, maxRecord } = this.request;
    const ends = this.slots[0]?.views.ends ?? new Uint32Array(batchRows);
    let rows = 0;
    let at = start;
    while (rows < batchRows && at < soft) {
      const end = bytes.indexOf(terminator, at);
      if (end - at > maxRecord) this.tooLong(this.line + rows);
      recordAt[rows] = at;
      linesBefore[rows] = rows;
      ends[rows++] = end;
      at = end + 1;
    }
    const nullText = this.request.options['null'];
    this.slots.forEach(({ views }) => {
      views.starts.set(recordAt.subarray(0, rows));
      if (views.ends !== ends) views.ends.set(ends.subarray(0, rows));
      if (typeof nullText === 'string') markNulls(views, bytes, rows, Buffer.from(nullText));
    });
    return { rows, end: at, lines: rows };
  }

  protected override column(s: number, rows: number): Column {
    const column = super.column(s, rows);
    return column.kind === 'utf8' && this.terminator === 10 ? { ...column, oneLine: true } : column;
  }
}

/** Records that end with a NUL byte, as `find -print0` and `sort -z` write them; newlines are content. */
export class NulDecoder extends LinesDecoder {
  protected override readonly terminator = 0;
}

function markNulls(views: Views, bytes: Buffer, rows: number, nullText: Buffer): void {
  const { starts, ends } = views;
  for (let row = 0; row < rows; row++) {
    if (ends[row]! - starts[row]! !== nullText.length) continue;
    if (bytes.compare(nullText, 0, nullText.length, starts[row], ends[row]) === 0) views.setNull(row);
  }
}
