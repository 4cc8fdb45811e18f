import { cell } from '../../data/cell.ts';
import { isNull } from '../../data/column.ts';
import { compareValues } from '../../data/compare.ts';
import { rowComparator, type SortColumn } from '../../data/order.ts';
import { timestampOf } from '../../data/timestamp.ts';
import type { Value } from '../../data/value.ts';
import { literalValue } from '../../expr/evaluate.ts';
import { isInt64 } from '../../expr/number.ts';
import type { FrameBound } from '../../plan/over.ts';

/**
 * Bounds of RANGE with a distance, for the rows `from .. to` of one partition. The distance counts between numbers; rows
 * whose key is NULL, TEXT or BLOB are as far as their equals only. It is always added to the row that comes first, as
 * SQLite does it: with REALs `a + 0.1 >= b` is not `a >= b - 0.1`.
 */
export function rangeBounds(
  { kind, offset }: FrameBound,
  side: 'start' | 'end',
  key: SortColumn,
  from: number,
  to: number,
  out: Uint32Array,
): void {
  const order = distanceOrder(key, literalValue(offset!));
  // An INTEGER that becomes a REAL as it is moved may be rounded back behind where it was.
  const plain = key.column.kind === 'f64' ? undefined : rowComparator([key]);
  const reaches = (moved: number, other: number): boolean =>
    (plain !== undefined && plain(moved, other) >= 0) || order(moved, other) >= 0;
  let at = from;
  for (let row = from; row < to; row++) {
    if (side === 'start') {
      if (kind === 'preceding') while (at < to && !reaches(at, row)) at++;
      else while (at < to && order(row, at) > 0) at++;
    } else if (kind === 'preceding') while (at < to && order(at, row) <= 0) at++;
    else while (at < to && reaches(row, at)) at++;
    out[row] = at;
  }
}

/** Compares the key of a row, moved on by the distance in the direction of the order, with that of another row. */
function distanceOrder(key: SortColumn, offset: Value): (moved: number, other: number) => number {
  const { column, type, descending, nullsFirst, collation } = key;
  const sign = descending ? -1 : 1;
  const first = nullsFirst ? -1 : 1;
  if (column.kind === 'f64') {
    const { values, nulls } = column;
    const by = sign * Number(offset);
    return (moved, other) => {
      if (nulls !== undefined) {
        const none = isNull(nulls, moved);
        if (none || isNull(nulls, other)) return none === isNull(nulls, other) ? 0 : none ? first : -first;
      }
      return sign * compareNumbers(values[moved]! + by, values[other]!);
    };
  }
  const valueOf = (row: number): Value => {
    const value = cell(column, type, row);
    if (type !== 'TIMESTAMP' || typeof value !== 'string') return value;
    const time = timestampOf(value);
    return time === undefined ? value : BigInt(time);
  };
  return (moved, other) => {
    const a = valueOf(moved);
    const b = valueOf(other);
    if (a === null || b === null) return a === b ? 0 : a === null ? first : -first;
    return sign * compareValues(plus(a, offset, sign), b, collation);
  };
}

const compareNumbers = (a: number, b: number): number => (a < b ? -1 : a > b ? 1 : 0);

/** Numbers are moved; as `+` of SQLite, which goes on with a REAL where INTEGERs overflow. */
function plus(a: NonNullable<Value>, offset: Value, sign: number): Value {
  if (typeof a === 'bigint' && typeof offset === 'bigint') {
    const sum = a + BigInt(sign) * offset;
    return isInt64(sum) ? sum : Number(a) + sign * Number(offset);
  }
  return typeof a === 'bigint' || typeof a === 'number' ? Number(a) + sign * Number(offset) : a;
}
