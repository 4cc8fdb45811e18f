import { describe, expect, test } from 'vitest';
import { rowsOf, type RecordBatch } from '../src/data/batch.ts';
import { cell } from '../src/data/cell.ts';
import { compareValues, equalValues } from '../src/data/compare.ts';
import type { Collation } from '../src/data/types.ts';
import type { Value } from '../src/data/value.ts';
import { evaluate } from '../src/expr/evaluate.ts';
import { column, type Expr } from '../src/expr/expr.ts';
import { aggregateFunctions, typeOfCall } from '../src/expr/functions/catalog.ts';
import { compileAggregate, type AggregateExpr } from '../src/expr/kernel/aggregate.ts';
import { attempt, context, randomBatch, rowOf, schema } from './support/random-expr.ts';
import { random, seeds } from './support/random.ts';

/** The aggregate of each group, by the reference and lists. */
function modelOf(
  call: AggregateExpr,
  rows: readonly { group: number; batch: RecordBatch; row: number }[],
  groups: number,
): Value[] {
  const collation = (e: Expr | undefined): Collation =>
    (e?.kind === 'column' && schema.find((field) => field.name === e.name)?.collation) || 'BINARY';
  const of = (e: Expr, at: { batch: RecordBatch; row: number }): Value => evaluate(e, rowOf(at.batch, at.row), context);
  return Array.from({ length: groups }, (_, group) => {
    let mine = rows.filter((row) => row.group === group && (!call.filter || of(call.filter, row) === 1n));
    if (call.distinct) {
      const same = (a: (typeof mine)[0], b: (typeof mine)[0]): boolean =>
        call.args.every((arg) => equalValues(of(arg, a), of(arg, b), collation(arg)));
      mine = mine.filter((row, i) => !mine.slice(0, i).some((before) => same(before, row)));
    }
    for (const { expr, descending } of call.orderBy ?? []) {
      mine = mine.toSorted((a, b) => compareValues(of(expr, a), of(expr, b)) * (descending ? -1 : 1));
    }
    const state = aggregateFunctions.get(call.fn)!.create(collation(call.args[0]));
    for (const row of mine) state.add(call.args.map((arg) => of(arg, row)));
    return state.result();
  });
}

describe('vectorised aggregates = one state per group, cell by cell', () => {
  const fns = ['count', 'sum', 'total', 'avg', 'min', 'max', 'group_concat', 'first', 'arg_max', 'stddev'];
  test.each(seeds(60))('seed %i', (seed) => {
    const r = random(seed);
    for (let round = 0; round < 10; round++) {
      const fn = r.of(fns);
      const field = r.of(schema);
      const arg = column(field.name, field.type);
      const args = fn === 'count' && r.chance(0.4) ? [] : fn === 'arg_max' ? [arg, column('r', 'REAL')] : [arg];
      const orderBy = [{ expr: column('j', 'INTEGER'), descending: r.chance(0.5), nullsFirst: false }];
      const call: AggregateExpr = {
        fn,
        args,
        distinct: args.length === 1 && r.chance(0.3),
        type: typeOfCall(fn, args.map((e) => e.type)), // prettier-ignore
        ...(r.chance(0.3)
          ? { filter: { kind: 'call', fn: 'notnull', args: [column('b', 'BOOLEAN')], type: 'BOOLEAN' } }
          : {}),
        ...(r.chance(0.3) ? { orderBy: orderBy.map((key) => ({ ...key, nullsFirst: !key.descending })) } : {}),
      };
      const aggregate = compileAggregate(call, schema, context);
      const rows: { group: number; batch: RecordBatch; row: number }[] = [];
      let groups = 1;
      for (let turn = 0; turn < 4; turn++) {
        const batch = randomBatch(r);
        if (turn > 0) groups = r.chance(0.6) ? groups : groups + r.below(30);
        const ids = Uint32Array.from({ length: batch.length }, () => r.below(groups));
        aggregate.grow(groups);
        aggregate.update(batch, ids);
        for (const row of rowsOf(batch)) rows.push({ group: ids[row]!, batch, row });
      }
      const wanted = attempt(() => modelOf(call, rows, groups));
      const found = attempt(() => {
        const result = aggregate.finish(groups);
        return Array.from({ length: groups }, (_, group) => cell(result, call.type, group));
      });
      expect(found, `seed ${seed} round ${round}: ${JSON.stringify(call)}`).toEqual(wanted);
    }
  });
});
