import { compareValues } from '../../src/data/compare.ts';
import type { Value } from '../../src/data/value.ts';
import { truthOf } from '../../src/expr/compare.ts';
import type { Expr, SortKey } from '../../src/expr/expr.ts';
import { aggregateFunctions } from '../../src/expr/functions/catalog.ts';
import type { FrameBound, Over, OverCall } from '../../src/plan/over.ts';
import type { Row } from './naive-shell.ts';

type ValueOf = (e: Expr, row: Row) => Value;

/** Window functions by their definition: for each row its partition, of that its frame, over that the function. */
export function naiveOver(p: Over, rows: readonly Row[], value: ValueOf): readonly Row[] {
  const compare = (keys: readonly SortKey[], a: Row, b: Row): number => {
    for (const { expr, descending, nullsFirst, collation } of keys) {
      const [x, y] = [value(expr, a), value(expr, b)];
      if ((x === null) !== (y === null)) return (x === null) === nullsFirst ? -1 : 1;
      const order = compareValues(x, y, collation);
      if (order !== 0) return descending ? -order : order;
    }
    return 0;
  };
  return rows.map((row) => {
    const partition = rows.filter((other) => compare(p.partitionBy, other, row) === 0);
    const order = (other: Row) => compare(p.orderBy, other, row);
    const made = p.calls.map((call) => [call.name, naiveCall(call, row, partition, order, value)] as const);
    return new Map([...row, ...made]);
  });
}

function naiveCall(
  call: OverCall,
  row: Row,
  partition: readonly Row[],
  order: (other: Row) => number,
  value: ValueOf,
): Value {
  const at = partition.indexOf(row);
  const before = partition.filter((other) => order(other) < 0);
  switch (call.fn) {
    case 'row_number':
      return BigInt(at + 1);
    case 'rank':
      return BigInt(before.length + 1);
    case 'lag':
      return at === 0 ? null : value(call.args[0]!, partition[at - 1]!);
    case 'lead':
      return at + 1 === partition.length ? null : value(call.args[0]!, partition[at + 1]!);
  }
  const seen = frameOf(call, at, partition, order).filter(
    (other) => call.filter === undefined || truthOf(value(call.filter, other)) === true,
  );
  if (call.fn === 'first_value') return seen.length === 0 ? null : value(call.args[0]!, seen[0]!);
  if (call.fn === 'last_value') return seen.length === 0 ? null : value(call.args[0]!, seen.at(-1)!);
  const known = aggregateFunctions.get(call.fn);
  if (known === undefined) throw new Error(`the obvious executor knows no ${call.fn}`);
  const state = known.create('BINARY');
  for (const other of seen) state.add(call.args.map((arg) => value(arg, other)));
  return state.result();
}

function frameOf(
  { frame }: OverCall,
  at: number,
  partition: readonly Row[],
  order: (other: Row) => number,
): readonly Row[] {
  if (frame.unit !== 'rows' && (frame.start.offset ?? frame.end.offset) !== undefined)
    throw new Error(`the obvious executor knows no distances of ${frame.unit}`);
  const peers = partition.flatMap((other, i) => (order(other) === 0 ? [i] : []));
  const place = ({ kind, offset }: FrameBound, side: 'start' | 'end'): number => {
    if (kind === 'unbounded preceding') return 0;
    if (kind === 'unbounded following') return partition.length - 1;
    if (kind === 'current row' && frame.unit !== 'rows') return side === 'start' ? peers[0]! : peers.at(-1)!;
    return at + Number(offset?.value ?? 0) * (kind === 'preceding' ? -1 : 1);
  };
  const [from, to] = [place(frame.start, 'start'), place(frame.end, 'end')];
  return partition.filter((_, i) => {
    if (i < from || i > to) return false;
    if (frame.exclude === 'current row') return i !== at;
    if (frame.exclude === 'group') return !peers.includes(i);
    return frame.exclude !== 'ties' || i === at || !peers.includes(i);
  });
}
