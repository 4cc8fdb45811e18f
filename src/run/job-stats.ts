import type { Job } from '../plan/job.ts';
import { inputs, label } from '../plan/ops.ts';
import type { Plan } from '../plan/plan.ts';
import type { OperatorStats } from './operator.ts';

export const newStats = (id: number, plan: Plan): OperatorStats => ({
  id,
  label: label(plan),
  rowsIn: 0,
  rowsOut: 0,
  bytesIn: 0,
  bytesOut: 0,
  busy: 0,
  blocked: 0,
});

/** The counters of a job's operators. */
export class JobStats {
  readonly #rows: OperatorStats[];
  readonly #byPlan = new Map<Plan, OperatorStats>();

  /** @param rows gets one row for each operator, as EXPLAIN prints them: each root first, shared sub-plans behind. */
  constructor({ plans, shared }: Job, rows: OperatorStats[]) {
    this.#rows = rows;
    for (const plan of plans) this.#add(plan, true);
    for (const plan of Object.values(shared)) this.#add(plan, false);
  }

  #add(plan: Plan, isRoot: boolean): void {
    const stats: OperatorStats = { ...newStats(this.#rows.length, plan), ...(isRoot && { isRoot: true }) };
    this.#rows.push(stats);
    this.#byPlan.set(plan, stats);
    for (const input of inputs(plan)) this.#add(input, false);
  }

  of(plan: Plan): OperatorStats {
    return this.#byPlan.get(plan)!;
  }
}
