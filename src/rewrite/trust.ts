import { trusted } from '../contract/certificate.ts';
import type { Contract, Provenance } from '../contract/contract.ts';
import { mapJob, type Job } from '../plan/job.ts';
import { mapInputs } from '../plan/ops.ts';
import type { FusedStage, Plan } from '../plan/plan.ts';

/** Whether the rewriter may rely on what comes from there. */
export type Trusts = (by: Provenance) => boolean;

/** Axes that say how rows are sent and parsed, or only what things cost: no law makes anything of them alone. */
const ALWAYS: readonly (keyof Contract)[] = [
  'exitOk',
  'nulls',
  'encoding',
  'time',
  'needs',
  'hints',
  'marker',
  'filters',
];

/** The part of a contract that the rewriter may see. */
export const visible = (contract: Contract, trusts: Trusts): Contract =>
  trusted(contract, (axis, by) => ALWAYS.includes(axis) || trusts(by));

/**
 * Hides what is not trusted from whoever works on the plans in between: the laws see less, and the commands still run,
 * and are held to, what they were declared.
 */
export function trusting(job: Job, trusts: Trusts, work: (job: Job) => Job): Job {
  const whole = new WeakMap<Contract, Contract>();
  const hidden = (contract: Contract): Contract => {
    const part = visible(contract, trusts);
    if (Object.keys(part).length === Object.keys(contract).length) return contract;
    whole.set(part, contract);
    return part;
  };
  const shown = (contract: Contract): Contract => whole.get(contract) ?? contract;
  return mapped(work(mapped(job, hidden)), shown);
}

function mapped(job: Job, change: (contract: Contract) => Contract): Job {
  const stage = (s: FusedStage): FusedStage => ({ ...s, contract: change(s.contract) });
  const visit = (plan: Plan): Plan => {
    const below = mapInputs(plan, visit);
    if (below.op !== 'shell') return below;
    const { contract, fused, groups } = below;
    return {
      ...below,
      contract: change(contract),
      ...(fused && { fused: fused.map(stage) }),
      ...(groups?.each && { groups: { ...groups, each: change(groups.each) } }),
    };
  };
  return mapJob(job, visit);
}
