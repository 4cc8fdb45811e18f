import { QueryError } from '../base/errors.ts';
import { faultInJob } from './check.ts';
import type { PlanFile } from './step.ts';

/**
 * Reads a plan file. The schema is loaded only here: queries given as text never pay for it.
 *
 * @throws QueryError E0801 that names the place: `$.steps[0].plan.input: ..`.
 */
export async function readPlanFile(text: string, name: string): Promise<PlanFile> {
  const refuse = (message: string, help?: string): never => {
    throw new QueryError({
      code: 'E0801',
      message: `${name}: ${message}`,
      ...(help !== undefined && { help: [help] }),
    });
  };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return refuse(`this is not JSON: ${(error as Error).message}`);
  }
  const { format, version } = (value ?? {}) as { format?: unknown; version?: unknown };
  if (format !== 'ssql-plan')
    return refuse('this is no plan file: $.format is not "ssql-plan"', 'make one with `ssql compile q.ssql`');
  if (version !== 1)
    return refuse(`plan version ${String(version)} cannot be read here`, 'compile the query again with this ssql');
  const { planFile } = await import('./schema.ts');
  const parsed = planFile.safeParse(value);
  if (parsed.success) {
    const file = value as PlanFile;
    for (const [i, step] of file.steps.entries()) {
      const fault = step.kind === 'run' ? faultInJob(step) : undefined;
      if (fault !== undefined) return refuse(`$.steps[${i}]${fault}`);
    }
    return file;
  }
  const issue = parsed.error.issues[0]!;
  const path = issue.path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('');
  return refuse(`$${path}: ${issue.message}`);
}
