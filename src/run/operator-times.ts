import { performance } from 'node:perf_hooks';
import type { OperatorStats } from './operator.ts';

/** Time spent below the call that is being measured, so that each operator is charged for its own work only. */
let nested = 0;

/**
 * Calls an operator and charges it for the time that this takes: all of it but for the time in which it hands rows on.
 * So what an operator waits for that is its own (a command, a database) counts as its work.
 */
export function charged(stats: OperatorStats, work: () => void | Promise<void>): void | Promise<void> {
  const outer = nested;
  nested = 0;
  const start = performance.now();
  let pending: void | Promise<void>;
  try {
    pending = work();
  } finally {
    const elapsed = performance.now() - start;
    stats.busy += elapsed - nested;
    nested = outer + elapsed;
  }
  return pending === undefined ? undefined : chargedFor(stats, pending);
}

/** Charges an operator for the time until `pending` settles. Such times of one operator must not overlap. */
export async function chargedFor<T>(stats: OperatorStats, pending: Promise<T>): Promise<T> {
  stats.call = { since: performance.now(), handed: stats.handed };
  try {
    return await pending;
  } finally {
    stats.busy = timesOf(stats).busy;
    stats.call = undefined;
  }
}

/** Rows were handed on, from `start` until now. */
export function handedOn(stats: OperatorStats, start: number): void {
  if (stats.call !== undefined) stats.handed += performance.now() - Math.max(start, stats.call.since);
}

/** Waits until there is room for rows that were handed on at `start`. */
export async function blockedBy(stats: OperatorStats, start: number, pending: Promise<void>): Promise<void> {
  const since = performance.now();
  stats.handing = since;
  try {
    await pending;
  } finally {
    stats.handing = undefined;
    stats.blocked += performance.now() - since;
    handedOn(stats, start);
  }
}

/** ms that an operator has worked, and has waited for room downstream, until now. */
export function timesOf(stats: OperatorStats, now: number = performance.now()): { busy: number; blocked: number } {
  const { busy, blocked, handed, call, handing } = stats;
  const waiting = handing === undefined ? 0 : now - handing;
  if (call === undefined) return { busy, blocked: blocked + waiting };
  const elapsed = now - call.since;
  const elsewhere = handed - call.handed + Math.min(waiting, elapsed);
  return { busy: busy + Math.max(0, elapsed - elsewhere), blocked: blocked + waiting };
}
