// Law G1 as it runs: rows are grouped some at a time, as long as that makes fewer of them.
import { expect, test } from 'vitest';
import type { Value } from '../src/data/value.ts';
import { column } from '../src/expr/expr.ts';
import type { Aggregate } from '../src/plan/plan.ts';
import { operatorOf } from '../src/run/operators/catalog.ts';
import { drive, harness, schemaOf } from './support/shell-plans.ts';
import { runStatements } from './support/statements.ts';

const input = schemaOf('k', 'n INTEGER');
const plan = (count: 'rows' | 'values'): Aggregate => ({
  op: 'aggregate',
  partial: true,
  input: { op: 'values', schema: input, rows: [] },
  keys: [{ name: 'k', expr: column('k', 'TEXT') }],
  aggregates: [
    {
      name: 'c',
      fn: 'count',
      args: count === 'rows' ? [] : [column('n', 'INTEGER')],
      distinct: false,
      type: 'INTEGER',
    },
    { name: 'm', fn: 'max', args: [column('n', 'INTEGER')], distinct: false, type: 'INTEGER' },
  ],
  bare: [],
  schema: schemaOf('k', 'c INTEGER', 'm INTEGER'),
});

/** The parts that are given of rows whose k is one of `values`, as they are and grouped once more. */
async function grouped(values: number, rows: number, count: 'rows' | 'values' = 'rows') {
  const h = harness();
  const given = Array.from({ length: rows }, (_, i): readonly Value[] => [`v${i % values}`, BigInt(i)]);
  await drive(operatorOf(plan(count), h.context), h, input, given, { size: 4096 });
  const whole = new Map<string, readonly [bigint, bigint]>();
  for (const [k, c, m] of h.rows as [string, bigint, bigint][]) {
    const [n, most] = whole.get(k) ?? [0n, m];
    whole.set(k, [n + c, m > most ? m : most]);
  }
  return { parts: h.rows.length, whole };
}

test('few groups are given once for each stretch of rows', async () => {
  const { parts, whole } = await grouped(10, 300_000);
  expect(parts).toBeLessThanOrEqual(60);
  expect([...whole].map(([k, [c, m]]) => [k, c, m])).toEqual(
    Array.from({ length: 10 }, (_, i) => [`v${i}`, 30_000n, 299_990n + BigInt(i)]),
  );
});

test.each(['rows', 'values'] as const)('groups of one row are handed on as they are: count of %s', async (count) => {
  const { parts, whole } = await grouped(300_000, 300_000, count);
  expect(parts).toBe(300_000);
  expect(whole.size).toBe(300_000);
  expect(whole.get('v7')).toEqual([1n, 7n]);
  expect(whole.get('v299999')).toEqual([1n, 299_999n]);
});

test('a query gives the same, however many values there are', async () => {
  for (const values of [7, 400_000]) {
    const query = (most: string) => `FROM generate(rows => 400000) |> SELECT 'v' || (n % ${values}) AS x, n
      |> SHELL 'cut -c1-3' READS (x) WRITES (y TEXT) AS MAP |> AGGREGATE count(*) AS c, ${most} AS m GROUP BY y |> ORDER BY y`;
    const { lines } = await runStatements(`EXPLAIN ${query('max(n)')}`);
    expect(lines.join('\n')).toContain('by x in parts');
    const [eager, plain] = await Promise.all([query('max(n)'), query('max(n + random() * 0)')].map(runStatements));
    expect(eager!.rows.map(([y, c]) => [y, c])).toEqual(plain!.rows.map(([y, c]) => [y, c]));
    expect(eager!.rows.length).toBeGreaterThan(5);
  }
});
