import type { Contract } from '../contract/contract.ts';
import type { Schema } from '../data/types.ts';
import { column, integer, text, type Expr } from '../expr/expr.ts';
import type {
  Aggregate,
  Distinct,
  Filter,
  Format,
  Limit,
  Plan,
  Project,
  Scan,
  Shell,
  Sort,
  Union,
} from '../plan/plan.ts';

/** Small plans over the lines of one source `t(x)`: what the counter-examples of the laws are made of. */
const lines: Format = { name: 'lines', options: {} };
const schema: Schema = [{ name: 'x', type: 'TEXT' }];

export const t: Scan = { op: 'scan', connector: 'example', options: {}, label: 't', bounded: true, schema };

export const call = (fn: string, ...args: readonly Expr[]): Expr => ({ kind: 'call', fn, args, type: 'BOOLEAN' });
export const random: Expr = { kind: 'call', fn: 'random', args: [], type: 'INTEGER' };
/** Fails on the least INTEGER. */
export const abs = (arg: Expr): Expr => call('abs', { kind: 'cast', to: 'INTEGER', type: 'INTEGER', arg });
export const eq = (name: string, value: string): Expr => call('=', column(name, 'TEXT'), text(value));
export const filter = (predicate: Expr, input: Plan): Filter => ({
  op: 'filter',
  predicate,
  input,
  schema: input.schema,
});
export const limit = (count: number, input: Plan, offset = 0): Limit => ({
  op: 'limit',
  count,
  offset,
  input,
  schema: input.schema,
});
export const countAll = (input: Plan): Aggregate => ({
  op: 'aggregate',
  input,
  keys: [],
  aggregates: [{ name: 'n', fn: 'count', args: [], distinct: false, type: 'INTEGER' }],
  bare: [],
  schema: [{ name: 'n', type: 'INTEGER' }],
});
export const sort = (name: string, input: Plan): Sort => ({
  op: 'sort',
  keys: [{ expr: column(name, 'TEXT'), descending: false, nullsFirst: true }],
  input,
  schema: input.schema,
});
export const project = (names: readonly string[], input: Plan): Project => ({
  op: 'project',
  exprs: names.map((name) => column(name, 'TEXT')),
  input,
  schema: names.map((name) => ({ name, type: 'TEXT' })),
});
/** `x AS x, x AS k`: a second column to carry. */
export const twice = (input: Plan): Project => ({
  op: 'project',
  exprs: [column('x', 'TEXT'), column('x', 'TEXT')],
  input,
  schema: [
    { name: 'x', type: 'TEXT' },
    { name: 'k', type: 'TEXT' },
  ],
});

/** `x` is the first letter of the line, and `k` the line. */
export const initial: Project = {
  ...twice(t),
  exprs: [{ ...call('substr', column('x', 'TEXT'), integer(1), integer(1)), type: 'TEXT' }, column('x', 'TEXT')],
};

/** `random() AS name`. */
export const randomColumn = (input: Plan, name = 'y'): Project => ({
  op: 'project',
  exprs: [random],
  input,
  schema: [{ name, type: 'INTEGER' }],
});
/** `x` as the number that it says: 1, or 1.0. */
export const anyNumbers = (input: Plan): Project => ({
  op: 'project',
  exprs: [{ ...call('+', column('x', 'TEXT'), integer(0)), type: 'ANY' }],
  input,
  schema: [{ name: 'x', type: 'ANY' }],
});
export const distinct = (input: Plan): Distinct => ({ op: 'distinct', input, schema: input.schema });
export const union = (...inputs: readonly Plan[]): Union => ({ op: 'union', inputs, schema: inputs[0]!.schema });

/** A command over `x`: rows are recognised (FILTERS), or parsed into `writes`, with the other columns carried. */
export function shell(command: string, contract: Contract, input: Plan, more: Partial<Shell> = {}): Shell {
  const writes: Schema = more.writes ?? (contract.filters ? [] : schema);
  const written = writes.map((f) => f.name);
  const aligned = contract.filters !== undefined || contract.emits?.value === 'one';
  const carried = aligned ? input.schema.filter((f) => !written.includes(f.name)) : [];
  return {
    op: 'shell',
    command,
    label: command,
    reads: ['x'],
    readsAll: false,
    inputFormat: lines,
    outputFormat: lines,
    contract,
    env: {},
    input,
    ...more,
    writes,
    carried: carried.map((f) => f.name),
    schema: [...carried, ...writes],
  };
}

/** Only numbers are wanted of what a command writes. */
export const skipping = { writes: [{ name: 'x', type: 'INTEGER' }], onError: 'skip' } as const;

/** A contract from axis values, all declared. */
export const promise = (values: { readonly [K in keyof Contract]: NonNullable<Contract[K]>['value'] }): Contract =>
  Object.fromEntries(Object.entries(values).map(([axis, value]) => [axis, { value, by: 'declared' }]));

/** What AS FILTER promises. */
export const filters = promise({
  scope: { unit: 'record' },
  emits: '0..1',
  filters: true,
  exitOk: [0, 1],
  determinism: 'deterministic',
  effects: 'none',
});
