import { column } from '../expr/expr.ts';
import { inputs, mapInputs } from './ops.ts';
import type { Node, Plan } from './plan.ts';

/** Reads a sub-plan that several parts of a job share: it runs once, and each reader gets all its rows. */
export interface Shared extends Node<'shared'> {
  /** `#1`: no number, for objects put those before all other keys, and sub-plans are kept in an order. */
  readonly id: string;
  /** The name of the stream, if it has one. */
  readonly label?: string;
  /** Whether the rows of the sub-plan end by themselves. */
  readonly bounded: boolean;
}

/** What runs at once: roots (`output` or `sink`), and the sub-plans that `shared` leaves read, by id. */
export interface Job {
  readonly plans: readonly Plan[];
  /** The schema of a leaf is some or all columns of its sub-plan, by name. Sub-plans may read others; not in a circle. */
  readonly shared: Readonly<Record<string, Plan>>;
}

export const jobOf = (plan: Plan): Job => ({ plans: [plan], shared: {} });

/** The job with each root and each sub-plan changed by itself. */
export const mapJob = ({ plans, shared }: Job, change: (plan: Plan) => Plan): Job => ({
  plans: plans.map(change),
  shared: Object.fromEntries(Object.entries(shared).map(([id, plan]) => [id, change(plan)])),
});

/** The `shared` leaves in a plan itself. */
export const leavesOf = (plan: Plan): readonly Shared[] =>
  plan.op === 'shared' ? [plan] : inputs(plan).flatMap(leavesOf);

/** The job of some roots only: with the sub-plans that they read, directly or by others, readers before what they read. */
export function jobOver(plans: readonly Plan[], shared: Job['shared']): Job {
  const seen = new Set<string>();
  const found: [string, Plan][] = [];
  const visit = (plan: Plan): void => {
    for (const { id } of leavesOf(plan)) {
      if (seen.has(id)) continue;
      seen.add(id);
      visit(shared[id]!);
      found.push([id, shared[id]!]);
    }
  };
  plans.forEach(visit);
  return { plans, shared: Object.fromEntries(found.reverse()) };
}

/** How many leaves read each sub-plan. */
export function readersOf({ plans, shared }: Job): ReadonlyMap<string, number> {
  const readers = new Map<string, number>();
  for (const plan of [...plans, ...Object.values(shared)])
    for (const { id } of leavesOf(plan)) readers.set(id, (readers.get(id) ?? 0) + 1);
  return readers;
}

/** The plan with sub-plans in the place of leaves that read them: of all, or of those that `which` says. */
export function inlined(plan: Plan, shared: Job['shared'], which: (id: string) => boolean = () => true): Plan {
  const visit = (node: Plan): Plan => {
    if (node.op !== 'shared' || !which(node.id)) return mapInputs(node, visit);
    return narrowedTo(node, visit(shared[node.id]!));
  };
  return visit(plan);
}

/** The columns that a leaf reads of its sub-plan, as a plan. */
function narrowedTo({ schema }: Shared, plan: Plan): Plan {
  const isSame = schema.length === plan.schema.length && schema.every(({ name }, i) => name === plan.schema[i]!.name);
  if (isSame) return plan;
  return { op: 'project', schema, input: plan, exprs: schema.map(({ name, type }) => column(name, type)) };
}

/** Roots that hang together by what they share, each group in the order of its first root. */
export function components({ plans, shared }: Job): readonly Job[] {
  const groups: { plans: Plan[]; ids: Set<string> }[] = [];
  for (const plan of plans) {
    const ids = new Set(Object.keys(jobOver([plan], shared).shared));
    const joined = groups.filter((group) => [...group.ids].some((id) => ids.has(id)));
    const [first, ...others] = joined;
    if (first === undefined) {
      groups.push({ plans: [plan], ids });
      continue;
    }
    for (const other of [...others, { plans: [plan], ids }]) {
      first.plans.push(...other.plans);
      for (const id of other.ids) first.ids.add(id);
    }
    for (const other of others) groups.splice(groups.indexOf(other), 1);
  }
  return groups.map((group) => {
    const inOrder = plans.filter((plan) => group.plans.includes(plan));
    return jobOver(inOrder, shared);
  });
}
