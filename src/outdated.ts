import { keyOf, type Lock, type Locked } from './contract/certificate.ts';
import { toolsIn } from './lock.ts';
import type { Job } from './plan/job.ts';
import { inputs } from './plan/ops.ts';
import type { FusedStage, Plan } from './plan/plan.ts';

/**
 * Why what ssql.lock knows of the commands of a job does not count: they were tried with other programs, or with other
 * variables. A line for each command, for EXPLAIN.
 */
export function outdated(lock: Lock, { plans, shared }: Job): readonly string[] {
  if (Object.keys(lock.commands).length === 0) return [];
  const lines = [...plans, ...Object.values(shared)].flatMap(stagesIn).flatMap((stage) => {
    const { command, env, label } = stage;
    const tools = toolsIn(stage);
    if (lock.commands[keyOf(command, env, tools)] !== undefined) return [];
    const then = Object.values(lock.commands).findLast((locked) => locked.command === command);
    return then === undefined
      ? []
      : [`ssql.lock: the certificates of '${label}' do not count, ${reason(then, env, tools)}`];
  });
  return [...new Set(lines)];
}

function stagesIn(plan: Plan): readonly FusedStage[] {
  const below = inputs(plan).flatMap(stagesIn);
  return plan.op === 'shell' ? [...below, plan, ...(plan.fused ?? [])] : below;
}

function reason(then: Locked, env: FusedStage['env'], now: Locked['tools']): string {
  const again = '; ssql verify tries it again';
  for (const [name, old] of Object.entries(then.tools)) {
    const tool = now[name];
    if (tool?.path === undefined) return `${name} is not there any more`;
    const version = old.version === undefined ? '' : ` It was ${old.version}.`;
    if (tool.path !== old.path) return `${name} was ${old.path}, and is ${tool.path} now${again}.${version}`;
    if (tool.sha256 !== old.sha256) {
      const [before, after] = [old, tool].map(({ sha256 }) => sha256.slice(0, 12));
      return `${name} is not the one that it was tried with: its sha256 was ${before}, and is ${after} now${again}.${version}`;
    }
  }
  const isSame = JSON.stringify(Object.entries(then.env ?? {}).sort()) === JSON.stringify(Object.entries(env).sort());
  return `${isSame ? 'it needs other programs now' : 'it was tried with other variables'}${again}.`;
}
