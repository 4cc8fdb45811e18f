import { isHidden, markField, timeField } from '../data/event-time.ts';
import { columnsOf } from '../expr/expr.ts';
import { rowField } from './canary.ts';
import { diffField } from './changes.ts';
import { leavesOf, type Job, type Shared } from './job.ts';
import { exprsOf, inputs, label } from './ops.ts';
import { match, type Aggregate, type Plan } from './plan.ts';
import type { Window } from './windows.ts';
import { alsoRead } from './shell-ways.ts';

/**
 * What is wrong with how the operators of a plan fit together: a column that is read and not there, a schema that is not
 * what the operator gives. Undefined for a sound plan. It is asked after each step of the rewriter and of plan files.
 */
export function faultIn(plan: Plan): string | undefined {
  if (sound.has(plan)) return undefined;
  for (const input of inputs(plan)) {
    const fault = faultIn(input);
    if (fault !== undefined) return fault;
  }
  const fault = ownFault(plan);
  if (fault !== undefined) return `${label(plan)}: ${fault}`;
  sound.add(plan);
  return undefined;
}

/** Plans that were looked at, which never change: a step of the rewriter leaves most of a large plan as it was. */
const sound = new WeakSet<Plan>();

/** The same for all plans of a job and for how they share; the path to the plan stands in front: `.plans[0]: ..`. */
export function faultInJob({ plans, shared }: Job): string | undefined {
  const all: readonly (readonly [path: string, plan: Plan])[] = [
    ...plans.map((plan, i) => [`.plans[${i}]`, plan] as const),
    ...Object.entries(shared).map(([id, plan]) => [`.shared.${id}`, plan] as const),
  ];
  for (const [path, plan] of all) {
    const fault =
      faultIn(plan) ??
      leavesOf(plan)
        .map((leaf) => faultInLeaf(leaf, shared))
        .find(Boolean);
    if (fault !== undefined) return `${path}: ${fault}`;
  }
  const circular = Object.keys(shared).find((id) => reads(id, id, shared));
  return circular === undefined ? undefined : `.shared.${circular}: it reads itself`;
}

function faultInLeaf(leaf: Shared, shared: Job['shared']): string | undefined {
  const plan = shared[leaf.id];
  if (plan === undefined) return `there is no shared plan ${leaf.id}`;
  const lost = names(leaf).find((name) => !names(plan).includes(name));
  return lost === undefined ? undefined : `shared plan ${leaf.id} has no column ${lost}`;
}

/** Whether sub-plan `id` reads sub-plan `target`, by whatever way. */
function reads(id: string, target: string, shared: Job['shared'], seen = new Set<string>()): boolean {
  return leavesOf(shared[id]!).some(
    (leaf) => leaf.id === target || (!seen.has(leaf.id) && reads(leaf.id, target, shared, seen.add(leaf.id))),
  );
}

const names = (plan: Plan): readonly string[] => plan.schema.map((f) => f.name);

function ownFault(plan: Plan): string | undefined {
  const own = new Set<string>();
  for (const name of names(plan)) {
    if (own.has(name)) return `two columns are called ${name}`;
    own.add(name);
  }
  const there = new Set(inputs(plan).flatMap(names));
  const read = new Set<string>();
  for (const e of exprsOf(plan)) columnsOf(e, read);
  const missing = [...read].find((name) => !there.has(name));
  if (missing !== undefined) return `it reads column ${missing}, which is not there`;
  const expected = columnsGiven(plan);
  if (expected === undefined || expected.join() === names(plan).join()) return undefined;
  return `its columns are (${names(plan).join(', ')}), not (${expected.join(', ')})`;
}

/** The columns that an operator gives, from what it is made of; undefined where its own schema is all there is to know. */
const columnsGiven = (plan: Plan): readonly string[] | undefined =>
  match<readonly string[] | undefined>(plan, {
    values: (p) => (p.rows.every((row) => row.length === p.schema.length) ? undefined : ['as many as each row has']),
    scan: () => undefined,
    filter: (p) => names(p.input),
    project: (p) => (p.exprs.length === p.schema.length ? undefined : ['one for each expression']),
    shell: (p) => {
      const stamps = p.time === undefined ? [] : [timeField.name, markField.name];
      const made = new Set([...p.carried, ...p.writes.map((f) => f.name), ...stamps]);
      const sent = p.input === undefined ? [] : names(p.input);
      const lost = [...p.reads, ...p.carried, ...alsoRead(p)].find((name) => !sent.includes(name));
      if (lost !== undefined) return [`${lost} of its input`];
      return [...names(p).filter((name) => made.has(name)), ...[...made].filter((name) => !names(p).includes(name))];
    },
    aggregate: (p) => {
      const made = new Set(
        [...p.keys, ...p.aggregates, ...p.bare, ...timesOf(p), ...(p.changes ? [diffField] : [])].map((x) => x.name),
      );
      return [...names(p).filter((name) => made.has(name)), ...[...made].filter((name) => !names(p).includes(name))];
    },
    over: (p) => [...names(p.input), ...p.calls.map((call) => call.name)],
    sort: (p) => names(p.input),
    limit: (p) => names(p.input),
    limitby: (p) => {
      const lost = p.by.find((name) => !names(p.input).includes(name));
      return lost === undefined ? names(p.input) : [`${lost} of its input`];
    },
    distinct: (p) => names(p.input),
    union: (p) =>
      p.inputs.every((input) => input.schema.length === p.schema.length) ? undefined : ['as many as each input has'],
    setop: (p) => (p.left.schema.length === p.right.schema.length ? undefined : ['as many as each side has']),
    join: (p) => {
      if (p.kind === 'semi' || p.kind === 'anti') return names(p.left);
      return p.kind === 'mark' ? [...names(p.left), names(p).at(-1)!] : [...names(p.left), ...names(p.right)];
    },
    asof: (p) => [...names(p.left), ...names(p.right)],
    lookup: (p) => {
      const looked = p.columns.map((c) => c.field.name);
      const lost = p.equal.find((e) => e.right.kind !== 'column' || !looked.includes(e.right.name));
      if (lost !== undefined) return ['the key of the table, too'];
      return p.kind === 'semi' || p.kind === 'anti' ? names(p.input) : [...names(p.input), ...looked];
    },
    expand: (p) => [...names(p.input), ...p.columns.map((c) => c.field.name)],
    shared: () => undefined,
    domain: () => undefined,
    watermark: (p) => [
      ...names(p.input).filter((name) => name !== p.partitions?.column),
      ...[timeField.name, markField.name],
    ],
    tap: ({ input, trial }) => {
      if (trial === undefined) return [...names(input), rowField.name];
      const fault = faultIn(trial.written) ?? faultIn(trial.rewritten);
      return fault === undefined ? names(input) : [`what is sound: ${fault}`];
    },
    canary: (p) => {
      const fault = faultIn(p.plain);
      return fault === undefined
        ? names(p.input).filter((name) => name !== rowField.name)
        : [`what is sound: ${fault}`];
    },
    numbered: (p) => [...names(p.input), p.name],
    delay: (p) => names(p.input),
    timesort: (p) => names(p.input),
    window: (p) => {
      const made = [...names(p.input), p.start, p.end, p.stamp, ...timesOf(p).map((f) => f.name)];
      return names(p).filter((name) => made.includes(name));
    },
    refresh: (p) => {
      const diff = p.gives === 'changes' ? [diffField.name] : [];
      const fault = [p.query, ...(p.keep ? [p.keep] : [])].map(faultIn).find(Boolean);
      return fault === undefined ? [...names(p.query), ...diff] : [`what is sound: ${fault}`];
    },
    current: () => undefined,
    changes: () => undefined,
    sink: () => undefined,
    output: (p) => names(p.input),
  });

/** Event time of what windows and groups give, where anybody asks for it. */
const timesOf = (plan: Aggregate | Window): Plan['schema'] =>
  (plan.op === 'window' ? (plan.event ?? plan.numbered) : plan.closing) === undefined
    ? []
    : plan.schema.filter(isHidden);
