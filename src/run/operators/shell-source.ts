import type { RecordBatch } from '../../data/batch.ts';
import type { Shell } from '../../plan/plan.ts';
import type { RunContext } from '../context.ts';
import { restarted } from './shell-restart.ts';
import { ShellRun } from './shell-run.ts';

/** The rows of a command that needs none. Leaving the iteration early stops it. */
export async function* shellSource(plan: Shell, context: RunContext): AsyncGenerator<RecordBatch, void, undefined> {
  yield* plan.restart === undefined ? new ShellRun(plan, context, 'none').batches() : restarted(plan, context);
}

export { handOver } from './shell-file.ts';
