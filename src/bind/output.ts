import type { Output } from '../plan/plan.ts';
import { lengthsAsText } from './interval.ts';
import { materialize } from './plans.ts';
import type { Relation } from './scope.ts';

/** The root of a query whose rows go to whoever asked. */
export function outputOf(relation: Relation): Output {
  const { plan, columns } = materialize(lengthsAsText(relation));
  return { op: 'output', schema: plan.schema, input: plan, labels: columns.map((c) => c.label) };
}
