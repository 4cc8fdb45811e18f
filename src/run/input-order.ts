import { bounded } from '../plan/facts.ts';
import type { Plan } from '../plan/plan.ts';

/**
 * How an operator wants its inputs.
 *
 * - together: rows of all come as they are there;
 * - otherwise one after the other: each is complete before the first row of the next comes.
 */
export type InputOrder = 'together' | 'right first' | 'left first' | 'in turn';

export function inputOrder(plan: Plan): InputOrder {
  switch (plan.op) {
    case 'union':
      return plan.inputs.every(bounded) ? 'in turn' : 'together';
    case 'setop':
    case 'asof':
      return bounded(plan.right) ? 'right first' : 'together';
    case 'join':
      if (plan.domain !== undefined) return 'left first';
      return plan.retention === undefined && bounded(plan.right) ? 'right first' : 'together';
    default:
      return 'together';
  }
}

/** The ports of an operator in the order in which they are driven. */
export function portsInOrder(order: InputOrder, ports: number): readonly number[] {
  const all = Array.from({ length: ports }, (_, port) => port);
  return order === 'right first' ? all.reverse() : all;
}

/** The ports that must have ended before rows of one port may come. */
export function portsBefore(order: InputOrder, ports: number, port: number): readonly number[] {
  if (order === 'together') return [];
  const all = portsInOrder(order, ports);
  return all.slice(0, all.indexOf(port));
}
