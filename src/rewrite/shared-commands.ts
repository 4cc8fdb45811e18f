import type { Schema } from '../data/types.ts';
import { isVolatile } from '../expr/may-fail.ts';
import { bounded } from '../plan/facts.ts';
import { jobOver, type Job, type Shared } from '../plan/job.ts';
import { inputs, mapInputs } from '../plan/ops.ts';
import type { Plan, Shell } from '../plan/plan.ts';
import { described, type RewriteStep } from './rewrite.ts';
import { oneCommandForPlans } from './rules/share.ts';
import type { Rule } from './rule.ts';

/** The same command over the same rows, wherever it stands in the plans of a job. */
interface Group {
  readonly shells: Shell[];
  readonly owners: Set<number>;
}

/**
 * Law C1: a command that several plans of a job have over the same shared rows becomes a sub-plan that they share, with
 * all columns that any of them carries around it. A plan that has it twice shares only one of them: two inputs of a join at
 * the same time would mean to keep one of them.
 */
export function withSharedCommands(
  job: Job,
  law: Rule = oneCommandForPlans,
): { readonly job: Job; readonly steps: readonly RewriteStep[] } {
  const fired: RewriteStep[] = [];
  for (let current = job; ;) {
    const found = groupsIn(current, law).map(({ shells }) => ({
      shells,
      step: described(law, shells[0]!, law.match(shells[0]!, 'list')),
    }));
    const next = found.find(({ step }) => step.refused === undefined);
    if (next === undefined) return { job: current, steps: [...fired, ...found.map(({ step }) => step)] };
    fired.push(next.step);
    current = sharing(current, next.shells, `command ${fired.length}`);
  }
}

/** Those that more than one plan has, the topmost first. */
function groupsIn({ plans, shared }: Job, law: Rule): readonly Group[] {
  const groups = new Map<string, Group>();
  [...plans, ...Object.values(shared)].forEach((plan, owner) => {
    const visit = (node: Plan): void => {
      const key = law.match(node, 'list') === undefined ? undefined : keyOf(node);
      if (key !== undefined && node.op === 'shell') {
        const group = groups.get(key) ?? { shells: [], owners: new Set<number>() };
        groups.set(key, group);
        if (!group.owners.has(owner)) group.shells.push(node);
        group.owners.add(owner);
      }
      inputs(node).forEach(visit);
    };
    visit(plan);
  });
  return [...groups.values()].filter(({ owners }) => owners.size > 1);
}

/** The same for plans that have the same rows, whatever columns they have of them; undefined where that is not known. */
function keyOf(plan: Plan): string | undefined {
  switch (plan.op) {
    case 'shared':
      return plan.id;
    case 'filter': {
      const below = isVolatile(plan.predicate) ? undefined : keyOf(plan.input);
      return below === undefined ? undefined : JSON.stringify([plan.predicate, below]);
    }
    case 'project':
      return plan.exprs.every((e, i) => e.kind === 'column' && e.name === plan.schema[i]!.name)
        ? keyOf(plan.input)
        : undefined;
    case 'shell': {
      const below = plan.input && keyOf(plan.input);
      return below === undefined ? undefined : JSON.stringify([essence(plan), below]);
    }
    default:
      return undefined;
  }
}

/** All that makes a command what it is, but for what is carried around it, and laws that only say how it is run. */
function essence({
  input: _,
  origin: __,
  schema: ___,
  carried: ____,
  readsAll: _____,
  native: ______,
  ...shell
}: Shell): unknown {
  const { call, ...rest } = shell;
  const entries = Object.entries({ ...rest, ...(isAsked(shell) && call && { call }) });
  return entries.sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Not what law K1 says: that is how a command runs, and no part of the query. */
const isAsked = ({ call, reads, writes }: Pick<Shell, 'call' | 'reads' | 'writes'>): boolean =>
  call?.distinct === undefined ||
  call.when !== undefined ||
  JSON.stringify(call.names) !== JSON.stringify(reads) ||
  call.result !== (writes[0]?.name ?? '');

function sharing(job: Job, shells: readonly Shell[], id: string): Job {
  // One that is done natively, or asked once for equal rows, if there is one.
  const [first] = shells.toSorted((a, b) => Object.keys(b).length - Object.keys(a).length) as [Shell];
  const carried = new Map(
    shells.flatMap((s) => s.schema.filter((f) => s.carried.includes(f.name)).map((f) => [f.name, f])),
  );
  const subPlan = widened(first, [...carried.values()]);
  const leafOf = ({ schema, label }: Shell): Shared => ({ op: 'shared', schema, id, label, bounded: bounded(first) });
  const leaves = new Map<Plan, Shared>(shells.map((shell) => [shell, leafOf(shell)]));
  const replaced = (plan: Plan): Plan => leaves.get(plan) ?? mapInputs(plan, replaced);
  const rest = Object.entries(job.shared).map(([name, plan]) => [name, replaced(plan)] as const);
  return jobOver(job.plans.map(replaced), { ...Object.fromEntries(rest), [id]: subPlan });
}

/** The plan with these columns, too: they come from the rows that it shares, around its commands. */
function widened<P extends Plan>(plan: P, fields: Schema): P {
  const more = fields.filter((field) => !plan.schema.some((f) => f.name === field.name));
  if (more.length === 0) return plan;
  const schema = [...plan.schema, ...more];
  if (plan.op === 'shared') return { ...plan, schema };
  const below = mapInputs(plan, (input) => widened(input, more));
  if (below.op === 'shell')
    return { ...below, schema, carried: [...below.carried, ...more.map((f) => f.name)], readsAll: false } as Plan as P;
  if (below.op !== 'project') return { ...below, schema } as Plan as P;
  const exprs = [...below.exprs, ...more.map(({ name, type }) => ({ kind: 'column' as const, name, type }))];
  return { ...below, schema, exprs } as Plan as P;
}
