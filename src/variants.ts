import type { Lock } from './contract/certificate.ts';
import type { Variant, Variants } from './compiled.ts';
import { optimized } from './optimize.ts';
import { mapJob, type Job } from './plan/job.ts';
import { mapInputs, shellName } from './plan/ops.ts';
import type { Plan } from './plan/plan.ts';

/** Plans a job again: over a part of its rows, without some laws, or as if more were promised of a command. */
export function variantsOf(job: Job, settings: Readonly<Record<string, string>>, lock: Lock): Variants {
  return (variant) => optimized(changed(job, variant), { ...settings, canary: '0' }, lock, variant.except);
}

function changed(job: Job, { sample, assume }: Variant): Job {
  const visit = (plan: Plan): Plan => {
    const below = mapInputs(plan, visit);
    if (below.op === 'scan' && sample !== undefined)
      return { op: 'limit', input: below, schema: below.schema, count: sample, offset: 0 };
    if (below.op !== 'shell' || assume === undefined || shellName(below) !== assume.command) return below;
    return { ...below, contract: { ...below.contract, ...assume.contract } };
  };
  return mapJob(job, visit);
}
