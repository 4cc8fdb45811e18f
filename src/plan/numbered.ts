import type { Node, Plan } from './plan.ts';

/** Rows with their number, from 1, in the order in which they come: columns of the input, then the INTEGER `name`. */
export interface Numbered extends Node<'numbered'> {
  readonly input: Plan;
  readonly name: string;
}
