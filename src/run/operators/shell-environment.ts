import type { Shell } from '../../plan/plan.ts';
import type { RunContext } from '../context.ts';

/**
 * What a process may want to know of its place, as variables: the columns that it is sent (`name TYPE, ..`), the number
 * of its operator, and which try this is (from 1) at what it does. In a job, which one, and the epoch that its rows belong
 * to; the two name what it does for good, also in another run (so they can tell the outside what was done before).
 */
export function toldTo(plan: Shell, { own, epoch, attempt = 1 }: RunContext): Readonly<Record<string, string>> {
  const { reads, input } = plan;
  const typeOf = (name: string): string => input?.schema.find((field) => field.name === name)?.type ?? 'ANY';
  return {
    SSQL_SCHEMA: reads.map((name) => `${name} ${typeOf(name)}`).join(', '),
    ...(own !== undefined && { SSQL_TASK: String(own.id) }),
    SSQL_ATTEMPT: String(attempt),
    ...(epoch !== undefined && { SSQL_QUERY: epoch.job, SSQL_EPOCH: String(epoch.number) }),
  };
}
