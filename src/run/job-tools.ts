import type { Tools } from '../connect/connector.ts';
import { inputs } from '../plan/ops.ts';
import type { Plan } from '../plan/plan.ts';
import { toolsOf } from '../process/tools.ts';

/** The programs that the commands of a plan run: path and SHA-256 of each, by the name that the commands call it. */
export function toolsIn(plan: Plan): Tools {
  const found: Record<string, string> = {};
  const visit = (node: Plan): void => {
    if (node.op === 'shell')
      for (const { name, path = 'not found', sha256 } of toolsOf(node))
        found[name] = sha256 === undefined ? path : `${path} ${sha256}`;
    inputs(node).forEach(visit);
  };
  visit(plan);
  return found;
}

/** A line for each program that is not the one that the job ran before: what it gives may differ now. */
export function changedTools(job: string, before: Tools, now: Tools): readonly string[] {
  return Object.entries(now).flatMap(([name, tool]) => {
    const known = before[name];
    if (known === undefined || known === tool) return [];
    return [
      `job ${job}: ${name} is another program than before (${shown(known)}, now ${shown(tool)}): its output may differ`,
    ];
  });
}

const shown = (tool: string): string => tool.replace(/ ([0-9a-f]{12})[0-9a-f]{52}$/, ', sha256 $1');
