import type { Job } from '../plan/job.ts';
import { inputs, label } from '../plan/ops.ts';
import type { Plan } from '../plan/plan.ts';
import type { OperatorStats } from './operator.ts';

export const newStats = (id: number, name: string): OperatorStats => ({
  id,
  label: name,
  rowsIn: 0,
  rowsOut: 0,
  batchesIn: 0,
  batchesOut: 0,
  bytesIn: 0,
  bytesOut: 0,
  bytesSpilled: 0,
  busy: 0,
  blocked: 0,
  handed: 0,
});

/** The operators of a job, as EXPLAIN prints them: each root first, shared sub-plans behind. */
const operatorsOf = ({ plans, shared }: Job): readonly Plan[] => {
  const withInputs = (plan: Plan): readonly Plan[] => [plan, ...inputs(plan).flatMap(withInputs)];
  return [...plans, ...Object.values(shared)].flatMap(withInputs);
};

/** The counters of a job's operators. */
export class JobStats {
  readonly #byPlan = new Map<Plan, OperatorStats>();

  /** @param rows gets one row for each operator, in the order of EXPLAIN. */
  constructor(job: Job, rows: OperatorStats[]) {
    for (const plan of operatorsOf(job)) {
      const stats = newStats(rows.length, label(plan));
      rows.push(job.plans.includes(plan) ? { ...stats, isRoot: true } : stats);
      this.#byPlan.set(plan, rows.at(-1)!);
    }
  }

  of(plan: Plan): OperatorStats {
    return this.#byPlan.get(plan)!;
  }
}

/** The counters that a run of the job has left. @param rows of the run, or a run of which it was the first job. */
export function countersOf(job: Job, rows: readonly OperatorStats[]): (plan: Plan) => OperatorStats {
  const byPlan = new Map(operatorsOf(job).map((plan, i) => [plan, rows[i]!]));
  return (plan) => byPlan.get(plan)!;
}
