import type { Op, PlanOf } from '../../plan/plan.ts';
import type { RunContext } from '../context.ts';
import type { Operator } from '../operator.ts';
import { aggregateOperator } from './aggregate.ts';
import { distinctOperator } from './distinct.ts';
import { filterOperator } from './filter.ts';
import { joinOperator } from './join.ts';
import { limitOperator } from './limit.ts';
import { projectOperator } from './project.ts';
import { setOperator } from './setop.ts';
import { shellOperator } from './shell.ts';
import { sortOperator } from './sort.ts';
import { unionOperator } from './union.ts';

/** Operators that take rows. Sources and roots are driven by the runner itself. */
type Inner = Exclude<Op, 'values' | 'scan' | 'output' | 'sink'>;

/** How each plan node runs; the mapped type makes the table complete. */
export const operators: { readonly [K in Inner]: (plan: PlanOf<K>, context: RunContext) => Operator } = {
  filter: filterOperator,
  project: projectOperator,
  shell: shellOperator,
  aggregate: aggregateOperator,
  sort: sortOperator,
  limit: limitOperator,
  distinct: distinctOperator,
  union: unionOperator,
  setop: setOperator,
  join: joinOperator,
};
