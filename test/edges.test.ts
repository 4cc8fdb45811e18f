// What of the order of rows is looked at, from the root of a plan down.
import { describe, expect, test } from 'vitest';
import { column, text } from '../src/expr/expr.ts';
import { both, isFreeAcross, type Edge } from '../src/plan/edge.ts';
import { edgesOf } from '../src/plan/edges.ts';
import { inputs } from '../src/plan/ops.ts';
import type { Aggregate, Join, Plan } from '../src/plan/plan.ts';
import { distinct, limit, promise, random, shell, sort, t, twice, union } from '../src/rewrite/examples.ts';

const rows = twice(t);
const keyed = { perKey: ['x'] };
const pure = { determinism: 'deterministic', effects: 'none' } as const;
const map = promise({ ...pure, scope: { unit: 'record' }, emits: 'one' });
const grouped: Aggregate = {
  op: 'aggregate',
  input: rows,
  keys: [{ name: 'x', expr: column('x', 'TEXT') }],
  aggregates: [{ name: 'k', fn: 'group_concat', args: [column('k', 'TEXT')], distinct: false, type: 'TEXT' }],
  bare: [],
  schema: rows.schema,
};
const counted: Aggregate = {
  ...grouped,
  aggregates: [{ name: 'k', fn: 'count', args: [], distinct: false, type: 'INTEGER' }],
};
const joined: Join = {
  op: 'join',
  kind: 'inner',
  left: { ...t },
  right: { ...rows, schema: [{ name: 'j', type: 'TEXT' }, rows.schema[1]!] },
  equal: [],
  schema: [...t.schema, { name: 'j', type: 'TEXT' }, rows.schema[1]!],
};

/** Nobody looks at the order of the rows of this. */
const unseen = (plan: Plan): Plan => ({
  op: 'aggregate',
  input: plan,
  keys: [],
  aggregates: [{ name: 'n', fn: 'count', args: [], distinct: false, type: 'INTEGER' }],
  bare: [],
  schema: [{ name: 'n', type: 'INTEGER' }],
});
/** Nor at that of rows with another x. */
const perX = (plan: Plan): Plan => sort('x', plan);

/** The edge above what the operator stands on. */
function edgeBelow(root: Plan, at: Plan, port = 0): Edge | undefined {
  return edgesOf(root).get(inputs(at)[port]!);
}

describe('the order below', () => {
  const list = limit(2, rows);
  const first = { ...distinct(rows), on: ['x'] };
  const limitby: Plan = { op: 'limitby', input: rows, by: ['x'], count: 1, offset: 0, schema: rows.schema };
  const renamed: Plan = { op: 'project', input: rows, exprs: [column('k', 'TEXT'), text('-')], schema: rows.schema };
  const drawn: Plan = { ...renamed, exprs: [column('k', 'TEXT'), random] };
  const each = shell('nl', promise({ ...pure, emits: 'one' }), rows, { groups: { keys: ['x'] }, writes: [] });
  const one = shell('sed s/a/b/', map, rows, { reads: ['k'], writes: [rows.schema[1]!] });
  const written = shell('sed s/a/b/', map, rows);
  const volatile = shell('cat', promise({ scope: { unit: 'record' }, emits: 'one' }), rows);
  const free = shell('sort', promise({ ...pure, orderFree: true }), rows);
  const both = union(rows, { ...rows });
  test.each<[what: string, root: Plan, at: Plan, edge: Edge]>([
    ['a limit', unseen(list), list, 'list'],
    ['a sort', sort('x', rows), sort('x', rows), keyed],
    ['a sort by all columns', sort('x', t), sort('x', t), 'bag'],
    ['a sort that nobody sees', unseen(sort('x', rows)), sort('x', rows), 'bag'],
    ['the first rows of a sort', { ...sort('x', rows), limit: 2 }, sort('x', rows), keyed],
    ['groups in some order', grouped, grouped, 'list'],
    ['groups in no order', unseen(grouped), grouped, keyed],
    ['groups in the order of their keys', perX(grouped), grouped, keyed],
    ['counts in no order', unseen(counted), counted, 'bag'],
    ['counts in the order of their keys', perX(counted), counted, 'bag'],
    ['first rows with a key', unseen(first), first, keyed],
    ['first rows with a key, in order', first, first, 'list'],
    ['a limit for each key', unseen(limitby), limitby, keyed],
    ['a process for each group', unseen(each), each, keyed],
    ['a process for each group, the groups in order', each, each, 'list'],
    ['columns under other names', perX(renamed), renamed, { perKey: ['k'] }],
    ['a column that is drawn', perX(drawn), drawn, 'list'],
    ['a command around which the key goes', perX(one), one, keyed],
    ['a command that writes the key', perX(written), written, 'list'],
    ['a command that draws', unseen(volatile), volatile, 'list'],
    ['a command that does not care', free, free, 'bag'],
    ['an input of a union', perX(both), both, keyed],
    ['the left side of a join', perX(joined), joined, keyed],
  ])('%s', (_what, root, at, edge) => {
    const found = [...edgesOf(root).keys()].find((p) => JSON.stringify(p) === JSON.stringify(at)) ?? at;
    expect(edgeBelow(root, found)).toEqual(edge);
  });

  test('the other side of a join, of whose columns none is the key', () => {
    expect(edgeBelow(perX(joined), joined, 1)).toBe('list');
  });

  test('who reads the same rows twice looks at what either looks at', () => {
    const [one, other] = [sort('x', rows), sort('k', rows)];
    expect(edgesOf(union(one, other)).get(rows)).toBe('list');
    expect(edgesOf(union(one, unseen(rows))).get(rows)).toEqual(keyed);
  });
});

test.each<[a: Edge, b: Edge, all: Edge]>([
  ['bag', 'bag', 'bag'],
  ['bag', keyed, keyed],
  ['list', 'bag', 'list'],
  [{ perKey: ['x', 'k'] }, keyed, keyed],
  [{ perKey: ['k'] }, keyed, 'list'],
])('%j and %j ask for %j', (a, b, all) => {
  expect([both(a, b, rows.schema), both(b, a, rows.schema)]).toEqual([all, all]);
});

test.each<[edge: Edge, columns: readonly string[], free: boolean]>([
  ['bag', ['x'], true],
  ['list', ['x'], false],
  ['list', [], false],
  [keyed, ['x'], true],
  [{ perKey: ['x', 'k'] }, ['x'], true],
  [keyed, ['x', 'k'], false],
])('under %j rows may change places that differ in %j: %s', (edge, columns, free) => {
  expect(isFreeAcross(edge, columns)).toBe(free);
});
