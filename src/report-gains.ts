import type { CompiledStep } from './compiled.ts';
import type { RunOptions } from './engine.ts';
import { bounded } from './plan/facts.ts';
import type { Job } from './plan/job.ts';
import type { Analyze } from './plan/step.ts';

const nobody = { start: () => undefined, batch: () => undefined, end: () => undefined };

/** Behind EXPLAIN ANALYZE REWRITES: what each law gains. @param analyze where it is asked for from outside of the script. */
export async function reportGains(
  { step, trace, variants }: CompiledStep,
  analyze: Analyze | undefined,
  { text, signal }: RunOptions,
  run: (job: Job, options: RunOptions) => Promise<void>,
): Promise<void> {
  if (step.kind !== 'run' || variants === undefined) return;
  const { notes = [], format } = step.analyze ?? analyze ?? {};
  if (notes.length === 0 || format === 'json') return;
  if (!step.plans.every(bounded)) return text('gains', ['Gains are not measured: the rows do not end']);
  const { measuredGains } = await import('./gains.ts');
  const quiet = (stop?: AbortSignal): RunOptions => {
    const both = [signal, stop].filter((s) => s !== undefined);
    return { taker: nobody, text: () => undefined, ...(both.length > 0 && { signal: AbortSignal.any(both) }) };
  };
  await text('gains', await measuredGains(trace, variants, (job, stop) => run(job, quiet(stop))));
}
