import { Bug } from '../base/errors.ts';
import type { Field } from '../data/types.ts';
import type { Edge } from './edge.ts';
import type { Node, Plan } from './plan.ts';

/** The number of a row among those that went into a tap, from 1. Users cannot name it. */
export const rowField: Field = { name: '$row', type: 'INTEGER', notNull: true };

/**
 * SET canary: a share of the batches is also run as the query was written, and what comes of it is held against what came
 * of them as rewritten. Gives the rows of `input` unchanged, without `$row`.
 */
export interface Canary extends Node<'canary'> {
  /** As rewritten, over a tap. */
  readonly input: Plan;
  /** Of the batches, from 0 to 1. */
  readonly share: number;
  /** As written: operators over a leaf `values`, which stands for the rows of a batch. */
  readonly plain: Plan;
  /** What of the rows must agree. */
  readonly order: Edge;
}

/**
 * Where a canary gets its batches: rows pass, with `$row` as their last column. Or, with a `trial`, it looks at them by
 * itself: rows pass as they are, those of such a batch once they have stood the trial.
 */
export interface Tap extends Node<'tap'> {
  readonly input: Plan;
  readonly share: number;
  readonly trial?: Trial;
}

/** What must give the same of a batch that is all there is: plans over a leaf `values`, which stands for its rows. */
export interface Trial {
  readonly written: Plan;
  readonly rewritten: Plan;
  /** What of the rows must agree. */
  readonly order: Edge;
}

/** The tap that feeds a canary. @throws Bug where there is none. */
export function tapOf({ input }: Canary): Tap {
  let plan: Plan | undefined = input;
  while (plan?.op === 'filter' || plan?.op === 'project' || plan?.op === 'shell') plan = plan.input;
  if (plan?.op !== 'tap') throw new Bug('a canary without a tap');
  return plan;
}
