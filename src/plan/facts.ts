import { createHash } from 'node:crypto';
import { isPerRecord } from '../contract/aligned.ts';
import { inputs } from './ops.ts';
import type { Plan, Sink } from './plan.ts';

/** Whether the rows of a plan end by themselves. */
export const bounded = (plan: Plan): boolean =>
  plan.op === 'limit' && plan.count !== undefined
    ? true
    : plan.op === 'scan' || plan.op === 'shared'
      ? plan.bounded
      : plan.op === 'shell' && plan.input === undefined
        ? plan.unbounded !== true
        : inputs(plan).every(bounded);

/** The most rows that a plan can give, as far as that shows in it; `Infinity` where it does not. */
export function atMost(plan: Plan): number {
  switch (plan.op) {
    case 'values':
      return plan.rows.length;
    case 'limit':
      return Math.min(plan.count ?? Infinity, atMost(plan.input));
    case 'sort':
      return Math.min(plan.limit ?? Infinity, atMost(plan.input));
    case 'filter':
    case 'project':
    case 'over':
    case 'limitby':
    case 'distinct':
    case 'watermark':
    case 'timesort':
    case 'delay':
    case 'numbered':
    case 'tap':
    case 'canary':
      return atMost(plan.input);
    case 'shell':
      return plan.input !== undefined && ['one', '0..1'].includes(plan.contract.emits?.value ?? 'any')
        ? atMost(plan.input)
        : Infinity;
    default:
      return Infinity;
  }
}

/**
 * Whether a `--job` over this plan can commit in epochs: one scan, and above it nothing that remembers rows. Then the
 * offset of the scan is all the state there is. Everything else commits once, at the end.
 */
export function checkpointable(plan: Plan): boolean {
  switch (plan.op) {
    case 'scan':
      return plan.limit === undefined && plan.query === undefined && plan.options['epochs'] !== false;
    case 'filter':
    case 'project':
    case 'expand':
    case 'tap':
    case 'canary':
    case 'sink':
      return checkpointable(plan.input);
    case 'watermark':
      // Nobody above looks at it. After a new start other rows would be late, which only shows where late rows go elsewhere.
      return plan.into === undefined && checkpointable(plan.input);
    case 'shell':
      return plan.input !== undefined && isPerRecord(plan.contract) && checkpointable(plan.input);
    default:
      return false;
  }
}

/** What EXPLAIN calls the way rows reach a sink. @param inEpochs whether a `--job` commits them as they come. */
export function deliveryOf(sink: Sink, inEpochs: boolean): string {
  if (sink.connector !== 'sqlite') return 'at least once';
  const all = bounded(sink) ? 'all or nothing' : 'as they come';
  if (inEpochs) return `${all}; with --job: exactly once, in epochs`;
  return bounded(sink)
    ? `${all}; with --job: exactly once, at the end`
    : `${all}; a --job cannot go on once it has ended`;
}

/** Stable sha256 of a plan, without where in the text its parts stand. */
export function fingerprint(plan: Plan): string {
  const canonical = JSON.stringify(plan, (key, value: unknown) => {
    if (key === 'origin') return undefined;
    if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
    // Which files a followed pattern matches at the moment is no part of the query.
    const entries = Object.entries(value).filter(([name]) => name !== 'files' || !('patterns' in value));
    return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
  });
  return createHash('sha256').update(canonical).digest('hex');
}
