import { alignmentOf, isPerRecord } from '../contract/aligned.ts';
import type { Contract } from '../contract/contract.ts';
import { bounded } from '../plan/facts.ts';
import type { Job } from '../plan/job.ts';
import { inputs, mapInputs } from '../plan/ops.ts';
import type { Plan, Shell } from '../plan/plan.ts';

/**
 * The job with its commands watched, see `guard` of a Shell: where their rows are shown as they come, they are held back
 * until it is certain whose they are.
 */
export function withGuards({ plans, shared }: Job): Job {
  const shown = new Set<string>();
  const visit = (plan: Plan, isShown: boolean): Plan => {
    if (plan.op === 'shared' && isShown) shown.add(plan.id);
    const below = mapInputs(plan, (input) => visit(input, isShown && !waits(plan)));
    if (below.op !== 'shell' || !isWatched(below)) return below;
    // Where no column goes around it, a row may be missing, but none is a wrong one.
    const isCarrying = below.carried.length > 0 || below.call !== undefined;
    if (isShown && isCarrying) return { ...below, guard: 'hold' };
    // To find the row to blame it is run again.
    return contractsOf(below).every(isPerRecord) ? { ...below, guard: 'watch' } : below;
  };
  const roots = plans.map((plan) => visit(plan, showsAtOnce(plan)));
  // Readers come before what they read.
  const subPlans = Object.entries(shared).map(([id, plan]) => [id, visit(plan, shown.has(id))] as const);
  return { plans: roots, shared: Object.fromEntries(subPlans) };
}

/** Rows that are asked for, printed or given to a command; and rows without end, which are committed as they come. */
const showsAtOnce = (plan: Plan): boolean => plan.op !== 'sink' || plan.connector === 'stdout' || !bounded(plan);

/** Nothing comes out of it before all has gone in. */
const waits = (plan: Plan): boolean =>
  bounded(plan) &&
  inputs(plan).length === 1 &&
  (plan.op === 'sort' || (plan.op === 'aggregate' && plan.closing === undefined && plan.changes === undefined));

/** The commands of a Shell, as far as their counts tell something while it runs. */
function isWatched(shell: Shell): boolean {
  const { input, mode, groups, time, copies, retries, protocol, onError = 'fail' } = shell;
  if (input === undefined || onError !== 'fail') return false;
  if ([mode, groups, time, copies, retries, protocol].some((way) => way !== undefined)) return false;
  const contracts = contractsOf(shell);
  // One process for rows without end never says that these were all.
  if (!contracts.every(isPerRecord)) return bounded(input) && contracts.every((c) => alignmentOf(c) === 'one');
  return contracts.every(isCounted);
}

const contractsOf = ({ contract, fused = [] }: Shell): readonly Contract[] => [
  contract,
  ...fused.map((stage) => stage.contract),
];

/** How many rows come out is known, or that they are not too many, or too few. */
const isCounted = (contract: Contract): boolean =>
  alignmentOf(contract) === 'one' ||
  (alignmentOf(contract) === undefined && ['0..1', '1..n'].includes(contract.emits?.value ?? 'any'));
