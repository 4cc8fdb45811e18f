import { rowCount, rowsOf, type RecordBatch } from '../../data/batch.ts';
import { isNullAt, type Column } from '../../data/column.ts';
import { NO_ROW } from '../../data/gather.ts';
import type { Schema } from '../../data/types.ts';
import { columnsOf, conjuncts, conjoin, type Call, type Expr } from '../../expr/expr.ts';
import { compileExpr } from '../../expr/kernel/compile.ts';
import { isVolatile, mayFail } from '../../expr/may-fail.ts';
import { shifted } from '../../expr/shift.ts';
import type { Join } from '../../plan/plan.ts';
import type { JoinIndex, Pairs } from './join-index.ts';
import { joinKeys } from './join-keys.ts';
import { crossOrder, firstPosition, sortedParts, type CrossOrder } from './join-sorted.ts';

/** What a join's condition says of one expression of the right side: between two of the left. */
export interface Range {
  readonly value: Expr;
  readonly low?: Bound;
  readonly high?: Bound;
  /** What of the condition has to be looked at still. */
  readonly rest: Expr | undefined;
}
/** `left + offset`; the offset is of an INTEGER or, in microseconds, of a TIMESTAMP. */
interface Bound {
  readonly left: Expr;
  readonly offset: number;
  readonly strict: boolean;
}

/**
 * The range that can be searched by order, of those that the condition gives: the first with both ends, else the first.
 * Only comparisons that convert nothing count, of expressions that cannot fail: they meet rows that pair with none.
 */
export function rangeOf({ on, kind, left, right, equal }: Join): Range | undefined {
  if (on === undefined || kind === 'mark' || equal.some((pair) => pair.nulls === 'equal')) return undefined;
  const all = conjuncts(on);
  const found = all.flatMap((condition) => boundOf(condition, left.schema, right.schema) ?? []);
  const [first] = found;
  if (first === undefined) return undefined;
  const alike = (b: Found) => found.filter((other) => JSON.stringify(other.value) === JSON.stringify(b.value));
  const chosen = found.map(alike).find((bounds) => bounds.some((b) => b.end !== bounds[0]!.end)) ?? [first];
  const low = chosen.find((b) => b.end === 'low');
  const high = chosen.find((b) => b.end === 'high');
  const settled = new Set([low, high].flatMap((b) => (b?.isWhole ? [b.condition] : [])));
  const rest = all.filter((condition) => !settled.has(condition));
  return {
    value: chosen[0]!.value,
    ...(low && { low }),
    ...(high && { high }),
    rest: rest.length === 0 ? undefined : conjoin(rest),
  };
}

interface Found extends Bound {
  readonly condition: Expr;
  readonly value: Expr;
  readonly end: 'low' | 'high';
  /** The bound says all that the condition says: it need not be evaluated. */
  readonly isWhole: boolean;
}

const ends: Readonly<Record<string, 'low' | 'high'>> = { '>': 'low', '>=': 'low', '<': 'high', '<=': 'high' };

function boundOf(condition: Expr, left: Schema, right: Schema): Found | undefined {
  if (condition.kind !== 'call' || condition.affinity !== undefined || condition.collation !== undefined)
    return undefined;
  const end = ends[condition.fn];
  if (end === undefined) return undefined;
  const [a, b] = condition.args as [Expr, Expr];
  const strict = condition.fn.length === 1;
  if (isOver(a, right) && isOver(b, left)) return bound(condition, b, a, end, strict);
  if (isOver(a, left) && isOver(b, right)) return bound(condition, a, b, end === 'low' ? 'high' : 'low', strict);
  return undefined;
}

function bound(condition: Call, left: Expr, right: Expr, end: 'low' | 'high', strict: boolean): Found | undefined {
  const [from, to] = [shifted(left), shifted(right)];
  const canMove = from.base.type === to.base.type || (from.offset === 0 && to.offset === 0);
  const [over, value] = canMove ? [from.base, to.base] : [left, right];
  if ([over, value].some((e) => mayFail(e) || isVolatile(e))) return undefined;
  const offset = canMove ? from.offset - to.offset : 0;
  // A sum beyond what the type holds is an error or NULL, which only the condition itself tells.
  const isWhole = over === left && value === right;
  return { condition, left: over, offset, strict, value, end, isWhole };
}

const isOver = (e: Expr, schema: Schema): boolean => {
  const names = columnsOf(e);
  return names.size > 0 && [...names].every((name) => schema.some((f) => f.name === name));
};

/** Indexes the right side by its keys and, for each key, by the order of the range's value. */
export function rangeIndex(plan: Join, range: Range, right: RecordBatch): JoinIndex {
  const keys = joinKeys(plan.equal, plan.left.schema, plan.right.schema);
  const value = { column: compileExpr(range.value, plan.right.schema)(right), type: range.value.type };
  const parts = sortedParts(keys, value, undefined, right);
  const compiled = (b: Bound | undefined) => b && { ...b, kernel: compileExpr(b.left, plan.left.schema) };
  const low = compiled(range.low);
  const high = compiled(range.high);

  const sideOf = (b: ReturnType<typeof compiled>, batch: RecordBatch): Side | undefined => {
    if (b === undefined) return undefined;
    const own = b.kernel(batch);
    const column = b.offset === 0 ? own : moved(own, b.offset);
    return { own, strict: b.strict, order: column && crossOrder({ column, type: b.left.type }, value, undefined) };
  };
  return {
    pairs(left) {
      const found = parts.find(left);
      const [from, to] = [sideOf(low, left), sideOf(high, left)];
      return spans(left, (row): Uint32Array => {
        const part = found[row]!;
        if (part === NO_ROW || (from && isNullAt(from.own, row)) || (to && isNullAt(to.own, row))) return nothing;
        const end = parts.starts[part + 1]!;
        const first = edge(parts.rows, parts.starts[part]!, end, from, row, from?.strict === true);
        const last = to?.order === undefined ? end : edge(parts.rows, first, end, to, row, !to.strict);
        const rows = parts.rows.subarray(first, last);
        return parts.isPlain || rows.length < 2 ? rows : rows.slice().sort();
      });
    },
  };
}

interface Side {
  /** The bound before its offset: NULL where it is NULL. */
  readonly own: Column;
  readonly strict: boolean;
  /** Absent where the column does not let itself be moved by an offset: then there is no bound. */
  readonly order: CrossOrder | undefined;
}

const nothing = new Uint32Array(0);

/** The first position whose value is not below the bound of a left row; `beyond`: is above it. */
function edge(
  rows: Uint32Array,
  from: number,
  to: number,
  side: Side | undefined,
  left: number,
  beyond: boolean,
): number {
  const order = side?.order;
  if (order === undefined) return from;
  return firstPosition(rows, from, to, beyond ? (row) => order(left, row) < 0 : (row) => order(left, row) <= 0);
}

const moved = (column: Column, by: number): Column | undefined =>
  column.kind === 'f64' ? { ...column, values: column.values.map((v) => v + by) } : undefined;

/** Pairs of each left row with the right rows that `rightsOf` gives for it. */
function spans(left: RecordBatch, rightsOf: (row: number) => Uint32Array): Pairs {
  const rows = rowsOf(left);
  let row = rows.next();
  let rights: Uint32Array | undefined;
  let at = 0;
  return {
    next(most) {
      const capacity = Math.min(most, Math.max(1024, rowCount(left) * 2));
      const [ls, rs] = [new Uint32Array(capacity), new Uint32Array(capacity)];
      let n = 0;
      while (!row.done && n < capacity) {
        rights ??= rightsOf(row.value);
        const count = Math.min(capacity - n, rights.length - at);
        rs.set(at === 0 && count === rights.length ? rights : rights.subarray(at, at + count), n);
        ls.fill(row.value, n, n + count);
        n += count;
        at += count;
        if (at < rights.length) break;
        rights = undefined;
        at = 0;
        row = rows.next();
      }
      const settled = row.done ? Infinity : row.value;
      return { lefts: ls.subarray(0, n), rights: rs.subarray(0, n), settled, done: row.done === true };
    },
  };
}
