import { bounded } from '../plan/facts.ts';
import { inputs } from '../plan/ops.ts';
import type { Job } from '../plan/job.ts';
import type { Plan } from '../plan/plan.ts';

/**
 * How an operator wants its inputs.
 *
 * - together: rows of all come as they are there;
 * - otherwise one after the other: each is complete before the first row of the next comes.
 */
export type InputOrder = 'together' | 'right first' | 'left first' | 'in turn';

export function inputOrder(plan: Plan): InputOrder {
  switch (plan.op) {
    case 'union':
      return plan.inputs.every(bounded) ? 'in turn' : 'together';
    case 'setop':
    case 'asof':
      return bounded(plan.right) ? 'right first' : 'together';
    case 'join':
      if (plan.domain !== undefined) return 'left first';
      return plan.retention === undefined && bounded(plan.right) ? 'right first' : 'together';
    default:
      return 'together';
  }
}

/** The ports of an operator in the order in which they are driven. */
export function portsInOrder(order: InputOrder, ports: number): readonly number[] {
  const all = Array.from({ length: ports }, (_, port) => port);
  return order === 'right first' ? all.reverse() : all;
}

/** The ports that must have ended before rows of one port may come. */
export function portsBefore(order: InputOrder, ports: number, port: number): readonly number[] {
  if (order === 'together') return [];
  const all = portsInOrder(order, ports);
  return all.slice(0, all.indexOf(port));
}

/**
 * Operators of a job whose inputs cannot be driven one after the other, though they want it: a shared sub-plan starts
 * when all its readers are there, and one input would have to end first that only ends when the other has begun. Such
 * an operator gets its inputs at once, and keeps the rows that come too early.
 */
export function heldBack({ plans, shared }: Job): ReadonlySet<Plan> {
  const before = new Precedence();
  for (const [id, plan] of Object.entries(shared)) {
    before.add(start(id), end(id));
    for (const inner of sharedIn(plan)) {
      before.add(start(id), start(inner));
      before.add(end(inner), end(id));
    }
  }
  const found = new Set<Plan>();
  const visit = (plan: Plan): void => {
    const below = inputs(plan);
    const order = inputOrder(plan);
    if (below.length > 1 && order !== 'together') {
      const read = portsInOrder(order, below.length).map((port) => sharedIn(below[port]!));
      const pairs = read.flatMap((later, i) => {
        const earlier = read.slice(0, i).flatMap((ids) => [...ids]);
        return earlier.flatMap((e) => [...later].map((l) => [end(e), start(l)] as const));
      });
      if (pairs.some(([ended, started]) => before.has(started, ended))) found.add(plan);
      else for (const [ended, started] of pairs) before.add(ended, started);
    }
    below.forEach(visit);
  };
  for (const plan of [...plans, ...Object.values(shared)]) visit(plan);
  return found;
}

/** Ids of the shared sub-plans that a plan reads itself. */
export function sharedIn(plan: Plan, found = new Set<string>()): ReadonlySet<string> {
  if (plan.op === 'shared') found.add(plan.id);
  for (const input of inputs(plan)) sharedIn(input, found);
  return found;
}

const start = (id: string): string => `start ${id}`;
const end = (id: string): string => `end ${id}`;

/** What has to happen before what. */
class Precedence {
  readonly #after = new Map<string, Set<string>>();

  add(first: string, then: string): void {
    const after = this.#after.get(first) ?? new Set();
    this.#after.set(first, after.add(then));
  }

  /** Whether `first` comes before `then`, by whatever way. */
  has(first: string, then: string, seen = new Set<string>()): boolean {
    for (const next of this.#after.get(first) ?? []) {
      if (next === then) return true;
      if (!seen.has(next) && this.has(next, then, seen.add(next))) return true;
    }
    return false;
  }
}
