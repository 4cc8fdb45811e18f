import { isAscii } from 'node:buffer';
import { bufferOf } from '../../data/cell.ts';
import { isNull, type Column, type Utf8Column } from '../../data/column.ts';
import { timestampText } from '../../data/timestamp.ts';
import type { Type } from '../../data/types.ts';
import type { Value } from '../../data/value.ts';

/** How the cells of one column of a batch are bound: as what JS values, and by what SQL for the parameter. */
export interface Binding {
  /** SQL for one parameter. A JS number always binds as REAL, and making a bigint of each INTEGER costs more. */
  readonly sql: '?' | 'CAST(? AS INTEGER)' | 'CAST(? AS TEXT)';
  /** Cell `row`, in a form that better-sqlite3 takes. */
  readonly value: (row: number) => Value;
}

const REPLACEMENT = '\ufffd';

/** What a TIMESTAMP is in a table: its text, or seconds or milliseconds since 1970. */
export type TimestampFormat = 'text' | 'unix' | 'unix_ms';
const microseconds: Readonly<Record<Exclude<TimestampFormat, 'text'>, number>> = { unix: 1e6, unix_ms: 1e3 };

/** @param rows numbers of the rows that are going to be bound. */
export function bindingOf(
  column: Column,
  type: Type,
  rows: ArrayLike<number>,
  times: TimestampFormat = 'text',
): Binding {
  switch (column.kind) {
    case 'any':
      return { sql: '?', value: (row) => column.values[row] ?? null };
    case 'utf8':
      return bindTexts(column, rows);
    case 'i64':
      return { sql: '?', value: (row) => (isNull(column.nulls, row) ? null : column.values[row]!) };
    case 'bool':
      return { sql: 'CAST(? AS INTEGER)', value: (row) => (isNull(column.nulls, row) ? null : column.values[row]!) };
    case 'f64': {
      const { values, nulls } = column;
      if (type === 'TIMESTAMP' && times !== 'text') {
        const unit = microseconds[times];
        return {
          sql: 'CAST(? AS INTEGER)',
          value: (row) => (isNull(nulls, row) ? null : Math.floor(values[row]! / unit)),
        };
      }
      if (type === 'TIMESTAMP')
        return { sql: '?', value: (row) => (isNull(nulls, row) ? null : timestampText(values[row]!)) };
      return {
        sql: type === 'REAL' ? '?' : 'CAST(? AS INTEGER)',
        value: (row) => (isNull(nulls, row) ? null : values[row]!),
      };
    }
  }
}

/** Bytes that are not UTF-8 must not pass through a JS string, which would change them. */
function bindTexts({ bytes, starts, ends, nulls }: Utf8Column, rows: ArrayLike<number>): Binding {
  const buffer = bufferOf(bytes);
  let least = bytes.length;
  let most = 0;
  let used = 0;
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    if (isNull(nulls, row)) continue;
    if (starts[row]! < least) least = starts[row]!;
    if (ends[row]! > most) most = ends[row]!;
    used += ends[row]! - starts[row]!;
  }
  // Of one long string, parts are cheap; so of views that lie close together.
  if (most > least && most - least <= used * 4 && isAscii(buffer.subarray(least, most))) {
    const all = buffer.toString('latin1', least, most);
    return {
      sql: '?',
      value: (row) => (isNull(nulls, row) ? null : all.substring(starts[row]! - least, ends[row]! - least)),
    };
  }
  const text = (row: number) => buffer.toString('utf8', starts[row], ends[row]);
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    if (!isNull(nulls, row) && text(row).includes(REPLACEMENT)) {
      return { sql: 'CAST(? AS TEXT)', value: (r) => (isNull(nulls, r) ? null : buffer.subarray(starts[r], ends[r])) };
    }
  }
  return { sql: '?', value: (row) => (isNull(nulls, row) ? null : text(row)) };
}
