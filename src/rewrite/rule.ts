import type { Contract } from '../contract/contract.ts';
import type { Edge } from '../plan/edge.ts';
import type { Plan, Shell } from '../plan/plan.ts';

/**
 * An equation between plans, used from left to right. A value: EXPLAIN, the documentation and the tests all read this one.
 * Needs follow algebra.md of the design; each has an example on which the rule goes wrong without it (cockroach's prose
 * and Materialize's `where`, made executable).
 *
 * No rule makes a fault: where the left side gives rows, the right side gives these rows. But faults in work that nobody
 * wants may vanish: a command that is shown fewer rows cannot fail on the others.
 */
export interface Rule<M = unknown> {
  /** Short name, as EXPLAIN prints it: `F1`. */
  readonly id: string;
  readonly law: string;
  readonly why: string;
  /** What is saved where it applies, for EXPLAIN; absent for rules that only bring others about. */
  readonly gain?: string;
  /** How much that is here, as a guess. */
  readonly estimate?: (found: M) => string;
  /** What it rests on that it is of use here, for EXPLAIN. */
  readonly basis?: (found: M) => string;
  /** The shape on the left, with its parts; judges nothing. @param edge above it; a law keeps the list unless it says. */
  readonly match: (plan: Plan, edge: Edge) => M | undefined;
  readonly needs: readonly Need<M>[];
  readonly apply: (found: M) => Plan;
  /** The command that the law is about; none for rules that only bring other operators to where a law applies. */
  readonly command?: (found: M) => Shell;
  /**
   * The command is not run at all, so that nothing holds it to these promises while the query runs: EXPLAIN says that the
   * rows rest on them. A promise that is true makes no difference; `ssql verify` tries to find one that is not.
   */
  readonly dropsOn?: readonly (keyof Contract)[];
  /** The rule that this one only makes ready for: without that one it is not tried. */
  readonly prepares?: string;
}

/** A side condition. */
export interface Need<M = unknown> {
  /** What must hold, in words. */
  readonly name: string;
  /** The clause that the user could declare to meet it; absent where no declaration helps. */
  readonly word?: string;
  readonly holds: (found: M) => boolean;
  /** What is the matter where it does not hold, if that says more than the name. */
  readonly says?: (found: M) => string;
  readonly brokenBy: Example;
}
/** A plan over `lines` on which the rule goes wrong if one need, and only that one, is ignored. */
export interface Example {
  readonly plan: Plan;
  readonly lines: readonly string[];
  /** Of the plan; a list if absent. */
  readonly edge?: Edge;
}

export const rule = <M>(r: Rule<M>): Rule => r as unknown as Rule;
