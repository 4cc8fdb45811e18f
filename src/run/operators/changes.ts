import { rowCount, rowsOf, type RecordBatch } from '../../data/batch.ts';
import { columnBuilder } from '../../data/builder.ts';
import { cell } from '../../data/cell.ts';
import { isNull } from '../../data/column.ts';
import { compareValues } from '../../data/compare.ts';
import { gather, gatherBatch } from '../../data/gather.ts';
import { KeyTable } from '../../data/hash.ts';
import { diffField, type Changes } from '../../plan/changes.ts';
import type { Operator } from '../operator.ts';
import { diffOf, withDiff, withoutDiff } from './diff.ts';
import { LatestRows } from './latest-rows.ts';
import { positionsOf } from './positions.ts';

/** A row of the output: what happened, and the row of the input that it is. */
interface Change {
  readonly what: '+I' | '-U' | '+U' | '-D';
  readonly row: number;
}

/** Tells what the changes of each batch come to, key by key, in the order in which the keys come in it. */
export function changesOperator(plan: Changes): Operator {
  const latest = plan.latest && new LatestRows(plan);
  return {
    ...(latest && {
      held: {
        get bytes() {
          return latest.bytes;
        },
        what: 'the state of a result that changes',
        help: 'group by windows of time, so that rows are forgotten',
      },
    }),
    onBatch(given, _port, out) {
      const batch = latest === undefined ? given : latest.changes(given);
      if (rowCount(batch) === 0) return undefined;
      const all = changesIn(plan, batch);
      if (all.length === 0) return undefined;
      return out.emit(plan.form === 'log' ? logged(plan, batch, all) : upserted(plan, batch, all));
    },
  };
}

function changesIn({ keys }: Changes, batch: RecordBatch): readonly Change[] {
  const diff = diffOf(batch);
  const isGone = (row: number): boolean => diff !== undefined && diff[row]! < 0;
  const isSame = comparing(withoutDiff(batch));
  if (keys === undefined) {
    const moot = new Set(diff === undefined ? [] : pairsOf(batch, diff, isSame).flat());
    const rows = Array.from(rowsOf(batch)).filter((row) => !moot.has(row));
    return rows.map((row) => ({ what: isGone(row) ? '-D' : '+I', row }));
  }
  const ids = keyIds(keys, batch);
  const [old, now]: [(number | undefined)[], (number | undefined)[]] = [[], []];
  let count = 0;
  for (const row of rowsOf(batch)) {
    const id = ids[row]!;
    count = Math.max(count, id + 1);
    if (isGone(row)) old[id] ??= row;
    else now[id] = row;
  }
  return Array.from({ length: count }, (_, id) => changeOf(old[id], now[id], isSame)).flat();
}

type Same = (a: number, b: number) => boolean;

const comparing =
  ({ columns, schema }: RecordBatch): Same =>
  (a, b) =>
    schema.every(({ type }, c) => {
      const [x, y] = [cell(columns[c]!, type, a), cell(columns[c]!, type, b)];
      return typeof x === typeof y && compareValues(x, y) === 0;
    });

/** Rows that go and rows like them that come: together they change nothing. */
function pairsOf(batch: RecordBatch, diff: Float64Array, isSame: Same): readonly (readonly [number, number])[] {
  const names = batch.schema.map((f) => f.name).filter((name) => name !== diffField.name);
  const ids = keyIds(names, batch);
  const gone = new Map<number, number[]>();
  for (const row of rowsOf(batch)) {
    if (diff[row]! >= 0) continue;
    const same = gone.get(ids[row]!);
    if (same === undefined) gone.set(ids[row]!, [row]);
    else same.push(row);
  }
  if (gone.size === 0) return [];
  const pairs: [number, number][] = [];
  for (const row of rowsOf(batch)) {
    const waiting = diff[row]! > 0 ? gone.get(ids[row]!) : undefined;
    const at = waiting?.findLastIndex((other) => isSame(other, row)) ?? -1;
    if (at >= 0) pairs.push([waiting!.splice(at, 1)[0]!, row]);
  }
  return pairs;
}

function keyIds(keys: readonly string[], batch: RecordBatch): Uint32Array {
  if (keys.length === 0) return new Uint32Array(batch.length);
  const at = positionsOf(keys, batch.schema);
  return new KeyTable(at.map((c) => batch.schema[c]!)).groupIds(
    at.map((c) => batch.columns[c]!),
    batch,
  );
}

function changeOf(old: number | undefined, now: number | undefined, isSame: Same): readonly Change[] {
  if (old === undefined) return now === undefined ? [] : [{ what: '+I', row: now }];
  if (now === undefined) return [{ what: '-D', row: old }];
  if (isSame(old, now)) return [];
  return [
    { what: '-U', row: old },
    { what: '+U', row: now },
  ];
}

function logged({ schema }: Changes, batch: RecordBatch, all: readonly Change[]): RecordBatch {
  const rows = Uint32Array.from(all, ({ row }) => row);
  const words = columnBuilder('TEXT', all.length);
  for (const { what } of all) words.append(what);
  const columns = withoutDiff(batch).columns.map((column) => gather(column, rows));
  return { schema, length: rows.length, columns: [words.finish(), ...columns] };
}

/**
 * To a table a NULL in a key is like no other: nothing would be updated. So the row that is there goes first.
 */
function upserted({ keys = [] }: Changes, batch: RecordBatch, all: readonly Change[]): RecordBatch {
  const columns = positionsOf(keys, batch.schema).map((at) => batch.columns[at]!);
  const hasNull = (row: number): boolean =>
    columns.some((c) => (c.kind === 'any' ? (c.values[row] ?? null) === null : isNull(c.nulls, row)));
  const come = all.filter(({ what }) => what[0] === '+').map(({ row }) => row);
  const gone = [...all.filter(({ what }) => what === '-D').map(({ row }) => row), ...come.filter(hasNull)];
  return withDiff(gatherBatch(withoutDiff(batch), Uint32Array.from([...gone, ...come])), gone.length);
}
