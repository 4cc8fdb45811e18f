import { alignmentOf } from '../../src/contract/aligned.ts';
import { closeContract } from '../../src/contract/closure.ts';
import type { Contract } from '../../src/contract/contract.ts';
import type { Field, Schema } from '../../src/data/types.ts';
import { boolean, column, conjoin, integer, text, type Expr } from '../../src/expr/expr.ts';
import type { Aggregate, Join, Plan, Scan, Shell } from '../../src/plan/plan.ts';
import { filter, union } from '../../src/rewrite/examples.ts';
import { commands, type KnownCommand } from './commands.ts';

/** `t(x, k, n)`: x is never NULL, k and n may be. Its rows are the lines of a test, cut at tabs. */
export const table: Scan = {
  op: 'scan',
  connector: 'example',
  options: { columns: ['x', 'k', 'n'] },
  label: 't',
  bounded: true,
  schema: [
    { name: 'x', type: 'TEXT' },
    { name: 'k', type: 'TEXT' },
    { name: 'n', type: 'INTEGER' },
  ],
};

/** Rows of the table `r(k, v)` that lookups read; several have one key. */
export const looked: readonly (readonly [k: string, v: string])[] = [
  ['a', '1'],
  ['b', 'b'],
  ['a', '2'],
  ['abc', 'x'],
  ['', 'none'],
  ['A', '3'],
];

/** One operator to put on top of a plan: numbers that choose among what the plan at hand makes possible. */
export interface Step {
  readonly kind:
    | 'shell'
    | 'sieve'
    | 'again'
    | 'sorted'
    | 'enrich'
    | 'combine'
    | 'keyed'
    | 'each'
    | 'grouped'
    | 'several'
    | 'known'
    | 'firsts'
    | 'computed'
    | 'top'
    | 'commuting'
    | 'paned'
    | 'few'
    | 'hopped'
    | 'over'
    | 'limitby'
    | 'setop'
    | 'filter'
    | 'project'
    | 'sort'
    | 'limit'
    | 'distinct'
    | 'count'
    | 'tally'
    | 'union'
    | 'summed'
    | 'sifted'
    | 'join'
    | 'nearest'
    | 'looked';
  readonly a: number;
  readonly b: number;
  readonly c: number;
}

export const build = (steps: readonly Step[]): Plan =>
  rooted(steps.reduce<Plan>((plan, step) => builders[step.kind](plan, step), table));

const rooted = (input: Plan): Plan => ({
  op: 'output',
  input,
  schema: input.schema,
  labels: input.schema.map((f) => f.name),
});

const pick = <T>(from: readonly T[], n: number): T => from[n % from.length]!;
const texts = (plan: Plan): readonly Field[] => plan.schema.filter((f) => f.type === 'TEXT');
const call = (fn: string, ...args: readonly Expr[]): Expr => ({ kind: 'call', fn, args, type: 'BOOLEAN' });
const ref = (field: Field): Expr => column(field.name, field.type);
/** A name that no column has. */
function unused({ schema }: Plan, first: string): string {
  let n = schema.length;
  while (schema.some(({ name }) => name === `${first}${n}`)) n++;
  return `${first}${n}`;
}
const kept = (plan: Plan): { schema: Schema; input: Plan } => ({ schema: plan.schema, input: plan });

const builders: { readonly [K in Step['kind']]: (plan: Plan, step: Step) => Plan } = {
  shell: (plan, { a, b, c }) => {
    const readable = texts(plan);
    return readable.length === 0 ? plan : shellOver(plan, pick(readable, b), pick(commands, a), c);
  },
  sieve: (plan, { a, b, c }) => {
    const readable = texts(plan);
    return readable.length === 0 ? plan : shellOver(plan, pick(readable, b), pick(sieves, a), c);
  },
  /** A sort above a command that sorts. */
  sorted: (plan, { a, b }) => {
    const readable = texts(plan);
    if (readable.length === 0) return plan;
    const field = pick(readable, b);
    const input = shellOver(plan, field, pick(sorters, a), 4);
    const keys = [{ expr: column(field.name, 'TEXT'), descending: false, nullsFirst: true }];
    return { op: 'sort', ...kept(input), keys };
  },
  /** A command over what a left join gives, which reads a column of the left side. */
  enrich: (plan, { a, b }) => {
    const readable = texts(plan);
    if (readable.length === 0) return plan;
    return shellOver(builders.join(plan, { kind: 'join', a, b, c: 1 }), pick(readable, b), pick(mappers, a), 1);
  },
  /** The same command once more. */
  again: (plan, { a, b }) => {
    const readable = texts(plan);
    if (readable.length === 0) return plan;
    const field = pick(readable, b);
    const once = shellOver(plan, field, pick(repeatable, a), 4);
    return shellOver(
      once,
      once.schema.find((f) => f.name === field.name)!,
      pick(repeatable, a),
      4,
    );
  },
  /** Copies of a command that can be put together. */
  combine: (plan, { a, b }) => {
    const readable = texts(plan);
    return readable.length === 0
      ? plan
      : { ...shellOver(plan, pick(readable, b), pick(combining, a), 8), parallel: 2 + (b % 2) };
  },
  /** A process for each group of a command that keeps them apart by itself, below a sort by all columns or by the group. */
  keyed: (plan, { a, b, c }) => {
    const readable = texts(plan);
    if (readable.length === 0) return plan;
    const field = pick(readable, b);
    const shell = shellOver(plan, field, pick(keyed, a), 4);
    const written: Field = { name: field.name === 'y' ? 'w' : 'y', type: 'TEXT' };
    const input: Plan = {
      ...shell,
      groups: { keys: [field.name] },
      writes: [written],
      carried: c % 3 === 0 ? [field.name] : [],
      schema: c % 3 === 0 ? [field, written] : [written],
      ...(c % 2 === 0 && { parallel: 2 }),
    };
    const by = c % 3 === 0 && b % 2 === 0 ? [field] : input.schema;
    const keys = by.map((f) => ({ expr: ref(f), descending: false, nullsFirst: true }));
    const sorted: Plan = { op: 'sort', ...kept(input), keys };
    if (c % 7 === 0) return shellOver(sorted, by[0]!, pick(sieves, a), 4);
    return c % 5 === 0 ? filter(predicate(by[0]!, a), sorted) : sorted;
  },
  /** The same command over both inputs of a union. */
  each: (plan, { a, b, c }) => {
    const readable = texts(plan);
    if (readable.length === 0) return plan;
    const one = (input: Plan) => shellOver(input, pick(readable, b), pick(commands, a), c);
    return union(one(plan), one(filter(predicate(pick(plan.schema, a), b), plan)));
  },
  /** Groups of what a command gives. */
  grouped: (plan, { a, b, c }) => {
    const readable = texts(plan);
    if (readable.length === 0) return plan;
    const input = shellOver(plan, pick(readable, b), pick(aligned, a), c);
    const of = (n: number): Field => pick(input.schema, n);
    const keys = [...new Set([of(a), of(b), ...(c % 2 === 0 ? [of(c)] : [])])];
    const aggregates = [
      { name: 'c0', fn: 'count', args: [], distinct: false, type: 'INTEGER' },
      { name: 'c1', fn: pick(['count', 'min', 'max'], c), args: [ref(of(c + 1))], distinct: false, type: of(c + 1).type }, // prettier-ignore
    ] as const;
    const calls = aggregates.map((call) => ({ ...call, type: call.fn === 'count' ? ('INTEGER' as const) : call.type }));
    return {
      op: 'aggregate',
      input,
      keys: keys.map((key) => ({ name: `g_${key.name}`, expr: ref(key) })),
      aggregates: calls.slice(0, 1 + (b % 2)),
      bare: [],
      schema: [
        ...keys.map((key) => ({ ...key, name: `g_${key.name}` })),
        ...calls.slice(0, 1 + (b % 2)).map(({ name, type }) => ({ name, type })),
      ],
    };
  },
  /** Of the lines that a command keeps, the first with each value of what it reads. */
  firsts: (plan, { a, b }) => {
    const readable = texts(plan);
    if (readable.length === 0) return plan;
    const field = pick(readable, b);
    const input = shellOver(plan, field, pick(sieves, a), 8);
    return { op: 'distinct', ...kept(input), on: [field.name, pick(plan.schema, a).name] };
  },
  /** The distinct lines of a command that gives several for each. */
  several: (plan, { a, b }) => {
    const readable = texts(plan);
    return readable.length === 0
      ? plan
      : builders.distinct(shellOver(plan, pick(readable, b), pick(flat, a), 8), { kind: 'distinct', a, b: 0, c: 0 });
  },
  /** The first lines of a command that gives several for each, or the distinct ones of one that keeps some. */
  few: (plan, { a, b, c }) => {
    const readable = texts(plan);
    if (readable.length === 0) return plan;
    const over = (from: readonly KnownCommand[]) => shellOver(plan, pick(readable, b), pick(from, a), 4);
    return c % 2 === 0
      ? builders.limit(over(multiplying), { kind: 'limit', a, b, c })
      : builders.distinct(over(sieves), { kind: 'distinct', a, b: 0, c });
  },
  /** A command that keeps rows, of which a column was computed. */
  computed: (plan, { a, b, c }) => {
    const readable = texts(plan);
    if (readable.length === 0) return plan;
    const input = builders.project(plan, { kind: 'project', a: b, b: c, c: 0 });
    const field = input.schema.find((f) => f.type === 'TEXT' && readable.some((r) => r.name === f.name));
    return field === undefined ? input : shellOver(input, field, pick(sieves, a), 4);
  },
  /** The first rows of what a command gives, by a column that goes around it or one that it writes. */
  top: (plan, { a, b, c }) => {
    const readable = texts(plan);
    if (readable.length === 0) return plan;
    const input = shellOver(plan, pick(readable, b), pick(mappers, a), c % 5 === 0 ? 4 : 1);
    const sorted = builders.sort(input, { kind: 'sort', a: b, b: c, c: 0 });
    return builders.limit(sorted, { kind: 'limit', a: 1 + (a % 3), b: c, c: 0 });
  },
  /** A command that makes other lines below one that keeps lines, in whatever order they stand. */
  commuting: (plan, { a, b }) => {
    const readable = texts(plan);
    if (readable.length === 0) return plan;
    const field = pick(readable, b);
    const by = pick(commuters, a);
    const inner = mappers.find(({ command }) => command === pick(by.truth.commutesWith!.value, b));
    return shellOver(shellOver(plan, field, inner!, 4), { ...field, type: 'TEXT' }, by, 4);
  },
  /** A command over rows that are in two windows each; of these only that they repeat rows is left. */
  hopped: (plan, { a, b, c }) => {
    const readable = texts(plan);
    if (readable.length === 0) return plan;
    const field = pick(readable, b);
    const given = shellOver(windowsOver(plan, field), field, pick(aligned, a), c % 5 === 0 ? 4 : c);
    const schema = given.schema.filter((f) => f.type !== 'TIMESTAMP');
    return { op: 'project', input: given, schema, exprs: schema.map(ref) };
  },
  /** A process for each window of a command whose outputs can be put together. */
  paned: (plan, { a, b }) => {
    const readable = texts(plan);
    if (readable.length === 0) return plan;
    const field = pick(readable, b);
    const windows = windowsOver(plan, field);
    const bounds = windows.schema.slice(-2);
    const one = shellOver(windows, field, pick(windowed, a), 4);
    const { combine, orderFree, sortedBy, ...contract } = one.contract;
    const input: Plan = {
      ...one,
      groups: {
        keys: bounds.map((f) => f.name),
        windowEnd: bounds[1]!.name,
        each: { ...(combine && { combine }), ...(orderFree && { orderFree }), ...(sortedBy && { sortedBy }) },
      },
      contract,
      carried: bounds.map((f) => f.name),
      schema: [...bounds, ...one.writes],
    };
    const given: Plan = { op: 'project', input, schema: one.writes, exprs: one.writes.map(ref) };
    const keys = one.writes.map((f) => ({ expr: ref(f), descending: false, nullsFirst: true }));
    return { op: 'sort', ...kept(given), keys };
  },
  /** A row with how many rows there are of its kind so far; below, the sort that this needs. */
  over: (plan, { a, b }) => {
    const by = { expr: ref(pick(plan.schema, a)), descending: false, nullsFirst: true };
    const name = unused(plan, 'o');
    const frame = {
      unit: 'rows',
      start: { kind: 'unbounded preceding' },
      end: { kind: b % 2 === 0 ? 'current row' : 'unbounded following' },
    } as const;
    return {
      op: 'over',
      input: { op: 'sort', ...kept(plan), keys: [by] },
      partitionBy: [by],
      orderBy: [],
      calls: [{ name, fn: 'count', args: [], frame, type: 'INTEGER' }],
      schema: [...plan.schema, { name, type: 'INTEGER' }],
    };
  },
  /** Of what a command gives, the rows with a match elsewhere. */
  known: (plan, { a, b }) => {
    const readable = texts(plan);
    if (readable.length === 0) return plan;
    const input = shellOver(plan, pick(readable, b), pick(aligned, a), 8);
    return builders.join(input, { kind: 'join', a: b, b: a, c: 2 + (a % 2) });
  },
  limitby: (plan, { a, b }) => ({
    op: 'limitby',
    ...kept(plan),
    by: [pick(plan.schema, a).name],
    count: 1 + (b % 2),
    offset: 0,
  }),
  setop: (plan, { a, b, c }) => ({
    op: 'setop',
    kind: c % 2 === 0 ? 'intersect' : 'except',
    left: plan,
    right: filter(predicate(pick(plan.schema, a), b), plan),
    schema: plan.schema,
  }),
  filter: (plan, { a, b, c }) => {
    const one = predicate(pick(plan.schema, a), b);
    return filter(c % 3 === 0 ? conjoin([one, predicate(pick(plan.schema, a + 1 + (c % 2)), c)]) : one, plan);
  },
  project: (plan, { a, b }) => {
    const from = pick(plan.schema, a);
    const kinds: readonly (readonly [Field, Expr])[] = [
      [
        { name: 'z', type: 'TEXT' },
        { ...call('||', ref(from), text('-')), type: 'TEXT' },
      ],
      [
        { name: 'm', type: 'INTEGER' },
        { ...call('length', ref(from)), type: 'INTEGER' },
      ],
      [
        { name: 'n', type: 'ANY' },
        { ...call('+', ref(from), integer(1)), type: 'ANY' },
      ],
    ];
    const [field, expr] = pick(kinds, b);
    const others = plan.schema.filter((f, i) => f.name !== field.name && (b < 4 || i !== a % plan.schema.length));
    return { op: 'project', input: plan, schema: [...others, field], exprs: [...others.map(ref), expr] };
  },
  sort: (plan, { a, b }) => ({
    op: 'sort',
    ...kept(plan),
    keys: [{ expr: ref(pick(plan.schema, a)), descending: b % 2 === 1, nullsFirst: b % 2 === 0 }],
  }),
  limit: (plan, { a, b }) => ({ op: 'limit', ...kept(plan), count: a % 4, offset: b % 3 === 0 ? 1 : 0 }),
  distinct: (plan, { a, b }) => ({
    op: 'distinct',
    ...kept(plan),
    ...(b % 3 === 1 && { on: [pick(plan.schema, a).name] }),
  }),
  count: (plan, { a, b }): Aggregate => {
    const by = pick(plan.schema, a);
    const n: Field = { name: by.name === 'n' ? 'm' : 'n', type: 'INTEGER' };
    const keys = b % 3 === 0 ? [] : [{ name: by.name, expr: ref(by) }];
    const aggregates = [{ name: n.name, fn: 'count', args: [], distinct: false, type: n.type }];
    return { op: 'aggregate', input: plan, keys, aggregates, bare: [], schema: keys.length > 0 ? [by, n] : [n] };
  },
  tally: (plan, step) => {
    const readable = texts(plan);
    if (readable.length === 0) return plan;
    const grep = pick(greps, step.a);
    return builders.count(shellOver(plan, pick(readable, step.b), grep, step.c), { ...step, b: 0 });
  },
  union: (plan, { a, b }) => union(plan, filter(predicate(pick(plan.schema, a), b), plan)),
  /** Groups of the lines and of what a command makes of some of them. */
  summed: (plan, { a, b, c }) => {
    const readable = texts(plan);
    if (readable.length === 0) return plan;
    const one = shellOver(filter(predicate(pick(plan.schema, a), b), plan), pick(readable, b), pick(aligned, a), 8);
    const own = plan.schema.map(({ name }) => one.schema.find((f) => f.name === name)!);
    if (!own.every(({ type }, i) => type === plan.schema[i]!.type)) return plan;
    const isAsIs = c % 4 === 0 && own.every(({ name }, i) => name === one.schema[i]!.name);
    const more: Plan = isAsIs ? one : { op: 'project', input: one, schema: own, exprs: own.map(ref) };
    const input = union(plan, c % 3 === 0 ? union(more, plan) : more);
    const of = (n: number): Field => pick(input.schema, n);
    const numbers = input.schema.filter((f) => f.type === 'INTEGER');
    const keys = c % 5 === 0 ? [] : [...new Set([of(a), ...(b % 2 === 0 ? [of(b)] : [])])];
    const calls = ['count', 'sum', 'avg', 'min', 'max'].flatMap((fn, i): Aggregate['aggregates'] => {
      const arg = (fn === 'sum' || fn === 'avg') && numbers.length > 0 ? pick(numbers, c) : of(c + i);
      const type = fn === 'count' ? 'INTEGER' : fn === 'avg' ? 'REAL' : arg.type;
      const some = (a + i) % 3 === 0 && { filter: call('<>', ref(of(b)), text('a')) };
      return (b >> i) % 2 === 0 && (i > 0 || keys.length > 0)
        ? []
        : [{ name: `s${i}`, fn, args: [ref(arg)], distinct: false, type, ...some }];
    });
    return {
      op: 'aggregate',
      input,
      keys: keys.map((key) => ({ name: `g_${key.name}`, expr: ref(key) })),
      aggregates: calls,
      bare: [],
      schema: [
        ...keys.map((key) => ({ ...key, name: `g_${key.name}` })),
        ...calls.map(({ name, type }) => ({ name, type })),
      ],
    };
  },
  /** Rows that have a match, or none, among those that a command keeps of the lines twice. */
  sifted: (plan, { a, b, c }) => {
    const readable = texts(plan);
    if (readable.length === 0) return plan;
    const twice = union(table, filter(predicate(pick(table.schema, a), b), table));
    const kept = shellOver(twice, pick(texts(table), b), pick(sieves, a), c % 4 === 0 ? c : 8);
    if (kept.schema.length < table.schema.length) return plan;
    const right = { ...others(plan), input: kept } as Plan;
    const equal = [{ left: ref(pick(readable, c)), right: ref(right.schema[b % 2]!) }];
    return { op: 'join', kind: c % 3 === 0 ? 'anti' : 'semi', left: plan, right, equal, schema: plan.schema };
  },
  /** The nearest of the lines, among those whose k is the same or all of them. */
  nearest: (plan, { a, b, c }) => {
    const readable = texts(plan);
    if (readable.length === 0) return plan;
    const right = others(plan);
    const [near, key] = right.schema;
    return {
      op: 'asof',
      kind: c % 2 === 0 ? 'inner' : 'left',
      left: plan,
      right,
      equal: b % 3 === 0 ? [] : [{ left: ref(pick(readable, b)), right: ref(key!) }],
      nearest: {
        left: ref(pick(readable, a)),
        right: ref(near!),
        compare: pick(['<', '<=', '>', '>='] as const, a + c),
      },
      schema: [...plan.schema, ...right.schema],
    };
  },
  looked: (plan, { a, c }) => {
    const readable = texts(plan);
    if (readable.length === 0) return plan;
    const fields = ['j', 'i'].map((first): Field => ({ name: unused(plan, first), type: 'TEXT', affinity: 'TEXT' }));
    const kind = pick(['inner', 'left', 'semi', 'anti'] as const, c);
    return {
      op: 'lookup',
      kind,
      input: plan,
      file: 'looked.db',
      table: 'r',
      label: 'r',
      columns: fields.map((field, i) => ({ column: 'kv'[i]!, field })),
      equal: [{ left: ref(pick(readable, a)), right: ref(fields[0]!) }],
      schema: kind === 'semi' || kind === 'anti' ? plan.schema : [...plan.schema, ...fields],
    };
  },
  join: (plan, { a, b, c }): Join => {
    const right = others(plan);
    const kind = pick(['inner', 'left', 'semi', 'anti', 'right'] as const, c);
    const half = kind === 'semi' || kind === 'anti';
    return {
      op: 'join',
      kind,
      left: plan,
      right,
      equal: [{ left: ref(pick(plan.schema, a)), right: ref(pick(right.schema, b)) }],
      schema: half ? plan.schema : [...plan.schema, ...right.schema],
    };
  },
};

/** The lines once more, as j and i, by names that the plan does not have. */
const others = (plan: Plan): Plan => ({
  op: 'project',
  input: table,
  schema: [
    { name: unused(plan, 'j'), type: 'TEXT' },
    { name: unused(plan, 'i'), type: 'TEXT' },
  ],
  exprs: [column('x', 'TEXT'), column('k', 'TEXT')],
});

/** The rows, each in two windows; the time is how long a text is. */
function windowsOver(plan: Plan, field: Field): Plan {
  const names = [`tm${plan.schema.length}`, `ws${plan.schema.length}`, `we${plan.schema.length}`] as const;
  const [time, start, end] = names.map((name): Field => ({ name, type: 'TIMESTAMP' }));
  const seconds: Expr = { ...call('length', ref(field)), type: 'INTEGER' };
  const timed: Plan = {
    op: 'project',
    input: plan,
    schema: [...plan.schema, time!],
    exprs: [...plan.schema.map(ref), { kind: 'call', fn: 'to_timestamp', args: [seconds], type: 'TIMESTAMP' }],
  };
  return {
    op: 'window',
    input: timed,
    name: 'HOP',
    frame: { kind: 'hop', size: 2e6, slide: 1e6, offset: 0 },
    time: ref(time!),
    by: [],
    start: names[1],
    end: names[2],
    schema: [...timed.schema, start!, end!],
  };
}

const sieves = commands.filter(({ truth }) => alignmentOf(truth) === 'filters');
const sorters = commands.filter(({ sorts }) => sorts);
const mappers = commands.filter(({ truth }) => truth.scope?.value.unit === 'record' && truth.emits?.value === 'one');
const repeatable = commands.filter(({ truth }) => truth.idempotent !== undefined);
const aligned = commands.filter(
  ({ truth }) => alignmentOf(truth) !== undefined && truth.scope?.value.unit === 'record',
);
const flat = commands.filter(({ truth }) => truth.scope?.value.unit === 'record' && alignmentOf(truth) === undefined);
const multiplying = flat.filter(({ truth }) => truth.emits?.value === '1..n');
const windowed = commands.filter(
  ({ truth }) =>
    truth.combine !== undefined && truth.combine.value.partial === undefined && truth.orderFree !== undefined,
);
const combining = commands.filter(({ truth }) => truth.combine !== undefined);
const commuters = commands.filter(({ truth }) => truth.commutesWith !== undefined);
const keyed = commands.filter((command) => command.keyed);
const greps = commands.filter(({ command }) => command.startsWith('grep'));

/** A condition on one column; some draw on other operators' errors: abs() fails on the least INTEGER. */
function predicate(field: Field, n: number): Expr {
  const x = ref(field);
  const kinds: readonly Expr[] = [
    call('=', x, text('a')),
    call('<>', x, text('ab')),
    call('like', text('%b%'), x),
    call('>', x, integer(1)),
    call('isnull', x),
    call('notnull', x),
    call('>', call('abs', x), integer(1)),
    call('<', call('abs', x), integer(3)),
    call('in', x, text('a'), text('b'), integer(2)),
    boolean(n % 2 === 0),
  ];
  return pick(kinds, n);
}

/** Axes that a user may leave undeclared, bit by bit. */
const optional: readonly (keyof Contract)[] = [
  'scope',
  'emits',
  'determinism',
  'effects',
  'total',
  'online',
  'orderFree',
];

/** As the binder makes it: what is carried follows from what is declared, which is some of what is true. */
export function shellOver(
  input: Plan,
  field: Field,
  { command, truth, gives, sorts, keyed: isKeyed }: KnownCommand,
  choice: number,
): Shell {
  const forgotten = choice % 3 === 0 ? optional[((choice / 3) % optional.length) | 0] : undefined;
  const said = Object.fromEntries(Object.entries(truth).filter(([axis]) => axis !== forgotten)) as Contract;
  const nulls: Contract = { nulls: { value: { policy: 'as', text: '~' }, by: 'declared' } };
  const name = choice % 2 === 0 ? field.name : 'y';
  const sortedBy: Contract = sorts === undefined ? {} : { sortedBy: { value: [name], by: 'declared' } };
  const scope: Contract = isKeyed ? { scope: { value: { unit: 'key', columns: [field.name] }, by: 'declared' } } : {};
  const { contract } = closeContract({ ...said, ...nulls, ...sortedBy, ...scope }, { reads: [field.name], writes: [] });
  const alignment = alignmentOf(contract);
  const all = choice % 5 === 0 && (alignment !== undefined || contract.filters === undefined);
  const skips = choice % 7 === 0 && contract.filters === undefined;
  const written: Field = { name: contract.filters ? field.name : name, type: skips ? 'INTEGER' : (gives ?? 'TEXT') };
  const writes = alignment === 'filters' ? [] : [written];
  const carried = alignment === undefined ? [] : input.schema.filter((f) => !writes.some((w) => w.name === f.name));
  return {
    op: 'shell',
    input,
    command,
    label: command,
    reads: all ? input.schema.map((f) => f.name) : [field.name],
    readsAll: all || input.schema.length === 1,
    writes,
    carried: carried.map((f) => f.name),
    schema: alignment === 'filters' ? input.schema : [...carried, ...writes],
    inputFormat: { name: all && input.schema.length > 1 ? 'tsv' : 'lines', options: {} },
    outputFormat: { name: 'lines', options: {} },
    contract,
    env: {},
    ...(skips && { onError: 'skip' }),
    ...(choice % 4 === 1 && { parallel: 2 }),
  };
}
