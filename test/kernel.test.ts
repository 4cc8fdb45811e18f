import { describe, expect, test } from 'vitest';
import { rowsOf, type RecordBatch } from '../src/data/batch.ts';
import { batchOf } from '../src/data/builder.ts';
import { cell } from '../src/data/cell.ts';
import type { Schema } from '../src/data/types.ts';
import type { Value } from '../src/data/value.ts';
import { column, conjoin, integer, nullLiteral, text, type Expr } from '../src/expr/expr.ts';
import { compileExpr, compilePredicate } from '../src/expr/kernel/compile.ts';
import { attempt, call, context, expression, randomBatch, reference, schema, types } from './support/random-expr.ts';
import { random, seeds } from './support/random.ts';

describe('compiled = interpreted', () => {
  test.each(seeds(30))('seed %i', (seed) => {
    const r = random(seed);
    for (let round = 0; round < 100; round++) {
      const e = expression(r, r.of(types), 1 + r.below(4));
      const kernel = compileExpr(e, schema, context);
      const predicate = compilePredicate(e, schema, context);
      for (let turn = 0; turn < 3; turn++) {
        const batch = randomBatch(r);
        const wanted = reference(e, batch);
        const about = `seed ${seed} round ${round}: ${JSON.stringify(e)}`;
        const found = attempt(() => {
          const result = kernel(batch);
          return { values: Array.from(rowsOf(batch), (row) => cell(result, e.type, row)) };
        });
        expect(found, about).toEqual(wanted);
        const truths = reference(call('not', [call('not', [e])]), batch);
        const selected = attempt(() => predicate(batch));
        if ('error' in truths) expect(selected, about).toEqual(truths);
        else
          expect([...(selected as Uint32Array)], about).toEqual(
            [...rowsOf(batch)].filter((_, k) => truths.values[k] === 1n),
          );
      }
    }
  });
});

describe('single cases', () => {
  const t: Schema = [{ name: 'x', type: 'INTEGER' }];
  const one = (value: Value): RecordBatch => batchOf(t, [[value]]);
  const x = column('x', 'INTEGER');
  test.each<[string, Expr, Value, Value]>([
    ['-1 % 1 is no -0', { kind: 'cast', arg: call('%', [x, integer(1)]), to: 'REAL', type: 'REAL' }, -1n, 0],
    ['0 * -1 is no -0', { kind: 'cast', arg: call('*', [x, integer(-1)]), to: 'REAL', type: 'REAL' }, 0n, 0],
    ['-1 / 2 is no -0', { kind: 'cast', arg: call('/', [x, integer(2)]), to: 'REAL', type: 'REAL' }, -1n, 0],
    ['safe + 1 goes on exactly', call('+', [x, integer(1)]), 9007199254740991n, 9007199254740992n],
    ['a product beyond 2^53', call('*', [x, x]), 3037000499n, 9223372030926249001n],
    ['x + NULL', call('+', [x, nullLiteral]), 1n, null],
    ['no conjuncts', conjoin([]), 1n, 1n],
  ])('%s', (_, e, value, wanted) => {
    const kernel = compileExpr(e, t);
    // Often enough that a loop that keeps giving up is not tried any more.
    for (let turn = 0; turn < 5; turn++) expect(cell(kernel(one(value)), e.type, 0)).toBe(wanted);
  });

  test('what a guard keeps away does not fail', () => {
    const overflow = call('>', [call('*', [x, integer(4)]), integer(0)]);
    const guarded = call('and', [call('<', [x, integer(10)]), overflow]);
    const batch = batchOf(t, [[1n], [9223372036854775807n], [2n]]);
    expect([...compilePredicate(guarded, t)(batch)]).toEqual([0, 2]);
    expect(attempt(() => compilePredicate(overflow, t)(batch))).toEqual({ error: 'integer overflow', row: 1 });
  });

  test('a volatile function is called for each use', () => {
    const random = call('random', []);
    expect(cell(compileExpr(call('=', [random, random]), t)(one(1n)), 'BOOLEAN', 0)).toBe(0n);
  });

  test('constants and names never become source text', () => {
    const evil = "'); throw new Error('spliced'); ('`${1}\\";
    const names: Schema = [{ name: evil, type: 'TEXT' }];
    const e = call('||', [column(evil, 'TEXT'), text(evil)]);
    expect(cell(compileExpr(e, names)(batchOf(names, [['a']])), 'TEXT', 0)).toBe(`a${evil}`);
  });

  test('a piece of a text is a view of its bytes', () => {
    const names: Schema = [{ name: 't', type: 'TEXT' }];
    const batch = batchOf(names, [['a b'], ['c']]);
    const result = compileExpr(call('split_part', [column('t', 'TEXT'), text(' '), integer(2)]), names)(batch);
    const [source] = batch.columns;
    expect(result.kind === 'utf8' && source?.kind === 'utf8' && result.bytes === source.bytes).toBe(true);
  });
});
