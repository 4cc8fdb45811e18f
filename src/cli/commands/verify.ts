import type { Source } from '../../base/span.ts';
import type { Engine } from '../../engine.ts';
import { verifyScript, type Verification } from '../../verify.ts';
import { verifyReport } from '../../verify-report.ts';
import type { Arguments } from '../arguments.ts';
import { exit } from '../exit.ts';

/** Verifies scripts, prints what was found, and gives the exit code: 4 where a promise is false. */
export async function verify(engine: Engine, sources: readonly Source[], given: Arguments): Promise<number> {
  const all: Verification[] = [];
  for (const source of sources) all.push(...(await verifyScript(engine, source, given.verify)));
  process.stdout.write(given.format === 'json' ? `${JSON.stringify(all, null, 2)}\n` : verifyReport(all));
  const isViolated = all.some(({ verdicts }) => verdicts.some(({ witness }) => witness !== undefined));
  return isViolated ? exit.refuted : exit.ok;
}
