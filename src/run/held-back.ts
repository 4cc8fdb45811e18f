import { Bug } from '../base/errors.ts';
import type { Job } from '../plan/job.ts';
import { inputs } from '../plan/ops.ts';
import type { Plan } from '../plan/plan.ts';
import { inputOrder, portsInOrder } from './input-order.ts';

/** A moment of a run, as a number: the driver comes to a node of a plan, or all rows of the node have been handed on. */
type Moment = number;
interface Span {
  readonly begin: Moment;
  readonly end: Moment;
}

/** An operator that wants its inputs one after the other: what they span, in the order in which it wants them. */
interface Wish {
  readonly plan: Plan;
  readonly inputs: readonly Span[];
}

/**
 * Operators of a job whose inputs cannot be driven one after the other, though they want it: a shared sub-plan starts
 * when all its readers are there, and one input would have to end first that only ends when the other has begun. Such
 * an operator gets its inputs at once, and keeps the rows that come too early.
 *
 * No job waits for itself: what must come before what has no circle as long as no wish is granted (beginnings follow
 * the plans downwards, ends follow them upwards, and a domain follows the left side that it does not stand in), and a
 * wish is only granted if it makes none.
 */
export function heldBack({ plans, shared }: Job): ReadonlySet<Plan> {
  const found = new Set<Plan>();
  const ids = Object.keys(shared);
  if (ids.length === 0) return found;
  const before = new Precedence();
  const subPlans = new Map(ids.map((id) => [id, before.span()]));
  const wishes: Wish[] = [];

  const visit = (plan: Plan, lefts: ReadonlyMap<number, Moment>): Span => {
    const own = before.span();
    if (plan.op === 'shared') {
      const subPlan = subPlans.get(plan.id);
      if (subPlan === undefined) throw new Bug(`no shared sub-plan ${plan.id}`);
      before.inside(own, subPlan);
    }
    if (plan.op === 'domain') {
      const left = lefts.get(plan.id);
      if (left === undefined) throw new Bug('a domain without its join');
      before.add(left, own.end);
    }
    let seen = lefts;
    const spans = inputs(plan).map((input, port) => {
      const span = visit(input, seen);
      before.inside(own, span);
      if (plan.op === 'join' && plan.domain !== undefined && port === 0)
        seen = new Map([...lefts, [plan.domain.id, span.end]]);
      return span;
    });
    const order = inputOrder(plan);
    if (spans.length > 1 && order !== 'together')
      wishes.push({ plan, inputs: portsInOrder(order, spans.length).map((port) => spans[port]!) });
    return own;
  };

  for (const plan of plans) visit(plan, NO_LEFT_SIDES);
  for (const [id, plan] of Object.entries(shared)) before.inside(subPlans.get(id)!, visit(plan, NO_LEFT_SIDES));
  for (const { plan, inputs: spans } of wishes) {
    const inTurn = spans.slice(1).map(({ begin }, i) => [spans[i]!.end, begin] as const);
    if (!before.addUnlessCircular(inTurn)) found.add(plan);
  }
  return found;
}

const NO_LEFT_SIDES: ReadonlyMap<number, Moment> = new Map();

/** What has to happen before what. */
class Precedence {
  readonly #after: Moment[][] = [];

  span(): Span {
    const begin = this.#after.push([], []) - 2;
    this.add(begin, begin + 1);
    return { begin, end: begin + 1 };
  }

  /** One begins after the other and ends before it. */
  inside(outer: Span, inner: Span): void {
    this.add(outer.begin, inner.begin);
    this.add(inner.end, outer.end);
  }

  add(first: Moment, then: Moment): void {
    this.#after[first]!.push(then);
  }

  /** Adds all of the pairs, or none if something would have to happen before itself. */
  addUnlessCircular(pairs: readonly (readonly [Moment, Moment])[]): boolean {
    for (const [i, [first, then]] of pairs.entries()) {
      if (this.#has(then, first)) {
        for (const [added] of pairs.slice(0, i)) this.#after[added]!.pop();
        return false;
      }
      this.add(first, then);
    }
    return true;
  }

  /** Whether `first` comes before `then`, by whatever way. */
  #has(first: Moment, then: Moment): boolean {
    const seen = new Set([first]);
    for (const moment of seen) {
      if (moment === then) return true;
      for (const next of this.#after[moment]!) seen.add(next);
    }
    return false;
  }
}
