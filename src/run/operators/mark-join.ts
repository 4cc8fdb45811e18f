import { rowCount, rowNumbers, type RecordBatch } from '../../data/batch.ts';
import { newNulls, setNull } from '../../data/column.ts';
import { concat, gather, pick } from '../../data/gather.ts';
import { KeyTable } from '../../data/hash.ts';
import { boolean, conjoin, type Expr } from '../../expr/expr.ts';
import { compileExpr, compilePredicate } from '../../expr/kernel/compile.ts';
import type { Join, JoinPair } from '../../plan/plan.ts';
import type { RunContext } from '../context.ts';
import type { Operator } from '../operator.ts';
import { joinIndex, type JoinIndex } from './join-index.ts';
import { HeldRight } from './join-spill.ts';

/** Most pairs of rows that are put together at once. */
const PAIRS = 65_536;

/** What a left row is marked with. */
const TRUE = 1;
const UNKNOWN = 2;

/**
 * Marks each left row by whether the right side has it: `x IN (SELECT ..)` as a value. The right side is kept whole.
 *
 * What is TRUE is found by hashing. A row that is not can only be NULL because of a NULL in a compared value: of its
 * own, then any right row that is linked to it may be the one; or of a right row, and those are kept apart.
 *
 * @param context absent where the right side has to stay in memory.
 */
export function markJoin(plan: Join, context?: RunContext): Operator {
  const { equal, on, member = [], schema } = plan;
  const pairSchema = [...plan.left.schema, ...plan.right.schema];
  const holds = on && compilePredicate(on, pairSchema);
  // With several values compared, a NULL among them settles nothing if others differ.
  const maybe =
    on !== undefined || member.length > 1
      ? compilePredicate(conjoin([...(on ? [on] : []), ...member.map(isNotFalse)]), pairSchema)
      : undefined;
  const leftNull = anyNull(member.map((m) => m.left), plan.left.schema); // prettier-ignore
  const rightNull = anyNull(member.map((m) => m.right), plan.right.schema); // prettier-ignore
  const waiting: RecordBatch[] = [];
  const held = context && new HeldRight(plan, context);
  let found: Side | undefined;
  let linked: Side | undefined;
  let unknown: Side | undefined;

  const side = (rows: RecordBatch, pairs: readonly JoinPair[]): Side => ({
    rows,
    index: joinIndex({ ...plan, equal: pairs }, rows),
  });
  /** Where any linked row will do, one for each link is enough. */
  const oneEach = (rows: RecordBatch): RecordBatch => (maybe === undefined ? firstOfEach(rows, equal) : rows);

  const build = (): void => {
    const right = concat(plan.right.schema, waiting.splice(0));
    found = side(right, [...equal, ...member]);
    if (member.length === 0) return;
    linked = side(oneEach(right), equal);
    unknown = side(oneEach(taken(right, rightNull(right))), equal);
  };

  /** Gives `mark` to the rows of `left` for which a pair with that side passes. */
  const search = (left: RecordBatch, to: Side, passes: Passes | undefined, marks: Uint8Array, mark: number): void => {
    if (rowCount(left) === 0 || to.rows.length === 0) return;
    const pairs = to.index.pairs(left);
    for (;;) {
      const { lefts, rights, done } = pairs.next(PAIRS);
      if (passes === undefined) for (const l of lefts) marks[l] = mark;
      else if (lefts.length > 0) {
        const columns = [...left.columns.map((c) => pick(c, lefts)), ...to.rows.columns.map((c) => gather(c, rights))];
        for (const i of passes({ schema: pairSchema, length: lefts.length, columns })) marks[lefts[i]!] = mark;
      }
      if (done) return;
    }
  };

  return {
    wants: (_port, out) => !out.full,
    onBatch(batch, port, out) {
      const elsewhere = held?.elsewhere;
      if (elsewhere !== undefined) return port === 0 ? elsewhere.addLeft(batch, out) : elsewhere.addRight(batch);
      if (port === 1) {
        if (rowCount(batch) > 0) waiting.push(batch);
        if (held?.isTooMuch(batch)) held.divide(waiting, (inner) => markJoin(inner));
        return undefined;
      }
      const marks = new Uint8Array(batch.length);
      search(batch, found!, holds, marks, TRUE);
      if (member.length > 0) {
        const open = (row: number): boolean => marks[row] === 0;
        const own = leftNull(batch).filter(open);
        const isOwn = new Set(own);
        const others = rowNumbers(batch).filter((row) => open(row) && !isOwn.has(row));
        search({ ...batch, selection: own }, linked!, maybe, marks, UNKNOWN);
        search({ ...batch, selection: others }, unknown!, maybe, marks, UNKNOWN);
      }
      return out.emit({ ...batch, schema, columns: [...batch.columns, markColumn(marks)] });
    },
    onWatermark: (time, port, out) => (port === 1 || held?.elsewhere !== undefined ? undefined : out.watermark(time)),
    onEnd(port, out) {
      if (held?.elsewhere !== undefined) return port === 0 && !out.full ? held.elsewhere.emit(out) : undefined;
      if (port === 1) build();
      return undefined;
    },
    close: () => held?.close(),
  };
}

/** Right rows, and the pairs that they make with left rows. */
interface Side {
  readonly rows: RecordBatch;
  readonly index: JoinIndex;
}
type Passes = (pairs: RecordBatch) => Uint32Array;

function markColumn(marks: Uint8Array): RecordBatch['columns'][number] {
  const values = marks.map((mark) => (mark === TRUE ? 1 : 0));
  if (!marks.includes(UNKNOWN)) return { kind: 'bool', values, nulls: undefined };
  const nulls = newNulls(marks.length);
  marks.forEach((mark, row) => mark === UNKNOWN && setNull(nulls, row));
  return { kind: 'bool', values, nulls };
}

/** The rows in which one of the values is NULL. */
function anyNull(exprs: readonly Expr[], schema: Join['schema']): (batch: RecordBatch) => Uint32Array {
  const tests = exprs.map((e): Expr => ({ kind: 'call', fn: 'isnull', args: [e], type: 'BOOLEAN' }));
  const [first, ...rest] = tests;
  if (first === undefined) return () => new Uint32Array(0);
  const either = rest.reduce((a, b): Expr => ({ kind: 'call', fn: 'or', args: [a, b], type: 'BOOLEAN' }), first);
  return compilePredicate(either, schema);
}

const isNotFalse = ({ left, right, affinity, collation }: JoinPair): Expr => ({
  kind: 'case',
  branches: [
    {
      when: {
        kind: 'call',
        fn: '<>',
        args: [left, right],
        type: 'BOOLEAN',
        ...(affinity && { affinity }),
        ...(collation && { collation }),
      },
      then: boolean(false),
    },
  ],
  otherwise: boolean(true),
  type: 'BOOLEAN',
});

const taken = (batch: RecordBatch, rows: Uint32Array): RecordBatch => ({
  schema: batch.schema,
  length: rows.length,
  columns: batch.columns.map((c) => gather(c, rows)),
});

/** One row for each value of the links; the first of all where there are none. */
function firstOfEach(batch: RecordBatch, equal: readonly JoinPair[]): RecordBatch {
  if (equal.length === 0) return taken(batch, Uint32Array.from(batch.length > 0 ? [0] : []));
  const columns = equal.map(({ right }) => compileExpr(right, batch.schema)(batch));
  const table = new KeyTable(equal.map(({ right }) => ({ type: right.type })));
  const ids = table.groupIds(columns, batch);
  let next = 0;
  return taken(batch, rowNumbers(batch).filter((row) => ids[row] === next && ++next > 0)); // prettier-ignore
}
