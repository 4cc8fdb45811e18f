import { alignmentOf } from '../../contract/aligned.ts';
import type { Field, Schema } from '../../data/types.ts';
import { column, type Expr } from '../../expr/expr.ts';
import { isOneForm } from '../../plan/edge.ts';
import type { Aggregate, AggregateCall, Plan, Shell } from '../../plan/plan.ts';
import { abs, anyNumbers, call, filters, promise, shell, t, twice } from '../examples.ts';
import { answersAlike } from '../alike.ts';
import { isPlainShell, isVolatile, mayFail, noEffects, within, type OverShell } from '../needs.ts';
import { rule, type Example, type Need } from '../rule.ts';
import { columnsRead } from './project.ts';

type Grouping = OverShell<Aggregate>;

const record = { unit: 'record' } as const;
const pure = { determinism: 'deterministic', effects: 'none' } as const;
const map = promise({ scope: record, emits: 'one', ...pure });
const y = { writes: [{ name: 'y', type: 'TEXT' }] } as const;
const names = (plan: Plan): readonly string[] => plan.schema.map((f) => f.name);
const isColumn = (e: Expr): e is Extract<Expr, { kind: 'column' }> => e.kind === 'column';

const argsOf = ({ args, filter, orderBy = [] }: AggregateCall): readonly Expr[] => [
  ...args,
  ...(filter ? [filter] : []),
  ...orderBy.map((k) => k.expr),
];

/** Groups of the rows of an aligned command, given once, when all rows are in; nothing in them is drawn. */
function groupsOver(p: Plan): Grouping | undefined {
  if (p.op !== 'aggregate' || p.keys.length === 0 || p.bare.length > 0) return undefined;
  if (p.closing !== undefined || p.changes !== undefined || !isPlainShell(p.input)) return undefined;
  if (alignmentOf(p.input.contract) === undefined || p.input.readsAll) return undefined;
  const drawn = [...p.keys.map((k) => k.expr), ...p.aggregates.flatMap(argsOf)].some(isVolatile);
  return drawn ? undefined : { outer: p, inner: p.input };
}

/** GROUP BY columns, as they are. */
function by(keys: readonly string[], input: Plan, counted: Partial<AggregateCall> = {}): Aggregate {
  const n: AggregateCall = { name: 'n', fn: 'count', args: [], distinct: false, type: 'INTEGER', ...counted };
  const fields = keys.map((name): Field => input.schema.find((f) => f.name === name) ?? { name, type: 'TEXT' });
  return {
    op: 'aggregate',
    input,
    keys: fields.map(({ name, type }) => ({ name, expr: column(name, type) })),
    aggregates: [n],
    bare: [],
    schema: [...fields, { name: n.name, type: n.type }],
  };
}

const argumentsGoAround = (brokenBy: Example): Need<Grouping> => ({
  name: 'what is summed up goes around the command',
  holds: ({ outer, inner }) => within(columnsRead(outer.aggregates.flatMap(argsOf)), inner.carried),
  brokenBy,
});

/** Aggregate functions that have a result whatever they are given; a sum may be too large. */
const neverFail: ReadonlySet<string> = new Set(['count', 'min', 'max', 'avg', 'total']);
const dropsNoFailure = (brokenBy: Example): Need<Grouping> => ({
  name: 'what is summed up cannot fail on rows that the command drops',
  holds: ({ outer: { aggregates }, inner }) =>
    inner.contract.emits?.value === 'one' ||
    (aggregates.every((a) => neverFail.has(a.fn)) && !aggregates.flatMap(argsOf).some(mayFail)),
  brokenBy,
});

const fieldsOf = (plan: Plan, wanted: Iterable<string>): Schema => {
  const set = new Set(wanted);
  return plan.schema.filter((f) => set.has(f.name));
};
const haveOneForm = (wanted: (found: Grouping) => Iterable<string>, brokenBy: Example): Need<Grouping> => ({
  name: 'equal cells of the columns that make the new groups are the same',
  holds: (found) => fieldsOf(found.inner.input!, wanted(found)).every(isOneForm),
  brokenBy,
});

/** The least INTEGER has no absolute value. */
const least = '-9223372036854775808';

/** The key columns that the command carries. */
const carriedKeys = ({ outer, inner }: Grouping): readonly string[] => [
  ...columnsRead(outer.keys.map((k) => k.expr).filter((e) => isColumn(e) && inner.carried.includes(e.name))),
];

/** Needs of G2 and G3. @param over groups by some columns and by what a command makes of x; it looks for a letter. */
const groupNeeds = (
  over: (keys: readonly string[], letter: string, input: Plan) => Plan,
): readonly Need<Grouping>[] => [
  {
    name: 'the command reads only columns that the rows are grouped by',
    holds: (found) => within(found.inner.reads, carriedKeys(found)),
    brokenBy: { plan: over(['k'], 'a', twice(t)), lines: ['a', 'b'] },
  },
  haveOneForm(({ inner }) => inner.reads, { plan: over(['x'], '[.]', anyNumbers(t)), lines: ['1', '1.0'] }),
];

/** As it was before, from what the command gives now. */
function groupedBelow({ outer, inner }: Grouping): Plan {
  const input = inner.input!;
  const keys = fieldsOf(input, carriedKeys({ outer, inner }));
  const written = inner.writes.map((w) => w.name);
  const taken = new Set([...keys.map((f) => f.name), ...written]);
  const renamed = outer.aggregates.map((a): AggregateCall => ({ ...a, name: fresh(a.name, taken) }));
  const grouped: Aggregate = {
    ...outer,
    input,
    keys: keys.map(({ name, type }) => ({ name, expr: column(name, type) })),
    aggregates: renamed,
    schema: [...keys, ...renamed.map(({ name, type }) => ({ name, type }))],
  };
  const given = onTop(inner, grouped);
  const exprs = outer.schema.map(({ name, type }) => {
    const key = outer.keys.find((k) => k.name === name);
    return key?.expr ?? column(renamed[outer.aggregates.findIndex((a) => a.name === name)]!.name, type);
  });
  return { op: 'project', input: given, exprs, schema: outer.schema };
}

/** The command over other rows, around which all their columns go. */
function onTop(inner: Shell, input: Plan): Shell {
  const written = inner.writes.map((w) => w.name);
  const carried = names(input).filter((name) => !written.includes(name));
  return { ...inner, input, carried, schema: [...fieldsOf(input, carried), ...inner.writes] };
}

/** A name that is not taken; taken from now on. */
export function fresh(name: string, taken: Set<string>): string {
  let found = name;
  while (taken.has(found)) found += '_';
  taken.add(found);
  return found;
}

/** Whether its keys are columns, of which the command carries some. */
const hasPlainKeys = (found: Grouping): boolean =>
  found.outer.keys.every((k) => isColumn(k.expr)) && carriedKeys(found).length > 0;

/** G2 */
export const filterCommandAboveGroups = rule<Grouping>({
  id: 'G2',
  law: 'group(K, shell(c, r)) = shell(c, group(K, r)) for a c that FILTERS and READS some of K',
  why: 'all rows of a group are equal in what c reads, so they share their fate',
  gain: 'the command sees groups in place of rows, and a database may do the grouping',
  command: ({ inner }) => inner,
  match: (p) => {
    const found = groupsOver(p);
    return found !== undefined && found.inner.contract.filters !== undefined && hasPlainKeys(found) ? found : undefined;
  },
  needs: [
    ...groupNeeds((keys, letter, input) => by(keys, shell(`grep '${letter}'`, filters, input))),
    noEffects({ plan: by(['x'], shell('tee -a seen', promise({ scope: record, emits: '0..1', filters: true, determinism: 'deterministic' }), t)), lines: ['a', 'a'] }), // prettier-ignore
    dropsNoFailure({
      plan: by(['x'], shell('grep -v 9223', filters, t), { fn: 'max', args: [abs(column('x', 'TEXT'))] }),
      lines: [least, '7'],
    }),
  ],
  apply: groupedBelow,
});

/** G3 */
export const commandAboveGroups = rule<Grouping>({
  id: 'G3',
  law: 'group(K, shell(c, r)) = shell(c, group(K - WRITES, r)) for a c that READS some of K',
  why: 'all rows of a group are equal in what c reads, so they get the same answer, which parts no group and joins none',
  gain: 'the command sees groups in place of rows, and a database may do the grouping',
  command: ({ inner }) => inner,
  match: (p) => {
    const found = groupsOver(p);
    return found !== undefined && found.inner.contract.emits?.value === 'one' && hasPlainKeys(found)
      ? found
      : undefined;
  },
  needs: [
    ...groupNeeds((keys, letter, input) => by([...keys, 'y'], shell(`sed 's/${letter}/_/'`, map, input, y))),
    ...answersAlike((command, contract) => by(['x', 'y'], shell(command, contract, t, y)), ['a', 'a']),
    argumentsGoAround({
      plan: by(['k'], shell('rev', map, twice(t), { reads: ['k'], writes: t.schema }), { fn: 'max', args: [column('x', 'TEXT')], type: 'TEXT' }), // prettier-ignore
      lines: ['ab'],
    }),
  ],
  apply: groupedBelow,
});

/** What makes the parts of a count, a min or a max one. */
const whole: Readonly<Record<string, string>> = { count: 'sum', min: 'min', max: 'max' };
const ofParts = ({ fn, distinct, args, orderBy }: AggregateCall): boolean =>
  orderBy === undefined && (fn === 'count' ? !distinct : fn in whole && args[0]?.type === 'INTEGER');

const newKeys = ({ outer, inner }: Grouping): readonly string[] => {
  const keys = columnsRead(outer.keys.map((k) => k.expr));
  return [...inner.reads, ...inner.carried.filter((name) => keys.has(name) && !inner.reads.includes(name))];
};

/** G1: eager aggregation through a command. */
export const commandAboveEagerGroups = rule<Grouping>({
  id: 'G1',
  law: 'group(K, shell(c, r)) = group(K, shell(c, group(READS + (K - WRITES), r)))',
  why: 'rows that are equal in what c reads get the same answer, and counts, least and greatest can be made of those of parts',
  gain: 'the command sees groups in place of rows, and fewer rows go around it',
  command: ({ inner }) => inner,
  match: (p) => {
    const found = groupsOver(p);
    // What has been grouped is not grouped once more.
    return found === undefined || found.inner.input!.op === 'aggregate' ? undefined : found;
  },
  needs: [
    ...answersAlike((command, contract) => by(['y'], shell(command, contract, t, y)), ['a', 'a']),
    {
      name: 'the groups ask for count, or min and max of integers: these can be made of parts',
      holds: ({ outer }) => outer.aggregates.length > 0 && outer.aggregates.every(ofParts),
      // The mean of means is not the mean.
      brokenBy: {
        plan: by(['y'], shell('sed s/[0-9]/-/', map, t, y), {
          fn: 'avg',
          type: 'REAL',
          args: [{ kind: 'cast', to: 'INTEGER', type: 'INTEGER', arg: column('x', 'TEXT') }],
        }),
        lines: ['1', '1', '4'],
      },
    },
    argumentsGoAround({
      plan: by(['k'], shell('sed s/$/!/', map, twice(t)), { fn: 'max', args: [{ ...call('length', column('x', 'TEXT')), type: 'INTEGER' }] }), // prettier-ignore
      lines: ['ab'],
    }),
    dropsNoFailure({
      plan: by(['k'], shell('grep -v 9223', filters, twice(t)), { fn: 'max', args: [{ ...abs(column('x', 'TEXT')), type: 'INTEGER' }] }), // prettier-ignore
      lines: [least, '7'],
    }),
    haveOneForm(newKeys, { plan: by(['y'], shell(`sed 's/[.]/_/'`, map, anyNumbers(t), y)), lines: ['1', '1.0'] }),
  ],
  apply: (found) => {
    const { outer, inner } = found;
    const keys = fieldsOf(inner.input!, newKeys(found));
    const taken = new Set([...keys.map((f) => f.name), ...inner.writes.map((w) => w.name)]);
    const parts = outer.aggregates.map((a): AggregateCall => ({ ...a, name: fresh(a.name, taken) }));
    const grouped: Aggregate = {
      ...outer,
      input: inner.input!,
      keys: keys.map(({ name, type }) => ({ name, expr: column(name, type) })),
      aggregates: parts,
      partial: true,
      schema: [...keys, ...parts.map(({ name, type }) => ({ name, type }))],
    };
    const aggregates = outer.aggregates.map((a, i): AggregateCall => ({
      name: a.name,
      fn: whole[a.fn] ?? a.fn,
      args: [column(parts[i]!.name, a.type)],
      distinct: false,
      type: a.type,
    }));
    return { ...outer, input: onTop(inner, grouped), aggregates };
  },
});
