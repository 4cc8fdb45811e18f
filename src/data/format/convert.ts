import { bufferOf } from '../cell.ts';
import { isNull, newNulls, setNull, type Column, type Utf8Column } from '../column.ts';
import { parseInteger, parseReal } from '../number.ts';
import { parseInZone, parseTimestamp } from '../timestamp.ts';
import type { Type } from '../types.ts';
import type { Value } from '../value.ts';
import type { Zone } from '../zone.ts';
import { numericCell } from './numeric.ts';

export interface Conversion {
  /** An empty field of a column that is not TEXT is NULL rather than a fault. */
  readonly emptyIsNull: boolean;
  /** Told of each row whose field is no value of the type; the cell is NULL then. */
  readonly bad: (row: number) => void;
  /** Of times without an offset. Default: UTC. */
  readonly zone?: Zone;
}

/**
 * The first `rows` fields, given as views, as a column of a type. A field must wholly be a value of it: nothing is
 * trimmed or guessed. ANY takes NUMERIC affinity, BLOB the bytes.
 */
export function convert(type: Type, fields: Utf8Column, rows: number, how: Conversion): Column {
  switch (type) {
    case 'TEXT':
    case 'JSON':
      return fields;
    case 'INTEGER':
      return integers(fields, rows, how);
    case 'REAL':
      return numbers(fields, rows, how, parseReal);
    case 'TIMESTAMP':
      return numbers(fields, rows, how, how.zone === undefined ? parseTimestamp : parseInZone(how.zone));
    case 'BOOLEAN': {
      const { values, nulls } = numbers(fields, rows, how, parseBoolean);
      return { kind: 'bool', values: Uint8Array.from(values), nulls };
    }
    case 'BLOB':
      return boxed(fields, rows, (bytes, start, end) => Uint8Array.from(bytes.subarray(start, end)));
    case 'ANY':
      return boxed(fields, rows, numericCell);
    case 'NULL':
      return boxed(fields, rows, () => null);
  }
}

function integers(fields: Utf8Column, rows: number, how: Conversion): Column {
  const { bytes, starts, ends } = fields;
  const values = new Float64Array(rows);
  let nulls = fields.nulls;
  let own = false;
  for (let row = 0; row < rows; row++) {
    if (isNull(nulls, row)) continue;
    const start = starts[row]!;
    const end = ends[row]!;
    const value = parseInteger(bytes, start, end);
    if (typeof value === 'number') values[row] = value;
    else if (typeof value === 'bigint') return bigIntegers(fields, rows, how, row);
    else {
      if (!own) nulls = copied(nulls, rows);
      own = true;
      setNull(nulls!, row);
      if (start < end || !how.emptyIsNull) how.bad(row);
    }
  }
  return { kind: 'f64', values, nulls };
}

/** The whole column again, now that row `met` has a value beyond 2^53 - 1; faults before it have been told. */
function bigIntegers(fields: Utf8Column, rows: number, how: Conversion, met: number): Column {
  const { bytes, starts, ends } = fields;
  const values = new BigInt64Array(rows);
  const nulls = copied(fields.nulls, rows);
  for (let row = 0; row < rows; row++) {
    if (isNull(nulls, row)) continue;
    const value = parseInteger(bytes, starts[row]!, ends[row]!);
    if (value !== undefined) values[row] = BigInt(value);
    else {
      setNull(nulls, row);
      if (row > met && (starts[row]! < ends[row]! || !how.emptyIsNull)) how.bad(row);
    }
  }
  return { kind: 'i64', values, nulls };
}

type Parse = (bytes: Uint8Array, start: number, end: number) => number;

function numbers(fields: Utf8Column, rows: number, how: Conversion, parse: Parse) {
  const { bytes, starts, ends } = fields;
  const values = new Float64Array(rows);
  let nulls = fields.nulls;
  let own = false;
  for (let row = 0; row < rows; row++) {
    if (isNull(nulls, row)) continue;
    const start = starts[row]!;
    const end = ends[row]!;
    const value = parse(bytes, start, end);
    if (value === value) values[row] = value;
    else {
      if (!own) nulls = copied(nulls, rows);
      own = true;
      setNull(nulls!, row);
      if (start < end || !how.emptyIsNull) how.bad(row);
    }
  }
  return { kind: 'f64' as const, values, nulls };
}

const words: ReadonlyMap<string, number> = new Map([
  ...['1', 't', 'true'].map((word) => [word, 1] as const),
  ...['0', 'f', 'false'].map((word) => [word, 0] as const),
]);

function parseBoolean(bytes: Uint8Array, start: number, end: number): number {
  if (end - start > 5) return NaN;
  return words.get(bufferOf(bytes).toString('latin1', start, end).toLowerCase()) ?? NaN;
}

function boxed(
  fields: Utf8Column,
  rows: number,
  value: (bytes: Uint8Array, start: number, end: number) => Value,
): Column {
  const values: Value[] = new Array<Value>(rows);
  const { bytes, starts, ends, nulls } = fields;
  for (let row = 0; row < rows; row++) {
    values[row] = isNull(nulls, row) ? null : value(bytes, starts[row]!, ends[row]!);
  }
  return { kind: 'any', values };
}

function copied(nulls: Uint8Array | undefined, rows: number): Uint8Array {
  const own = newNulls(rows);
  if (nulls !== undefined) own.set(nulls.subarray(0, own.length));
  return own;
}
