import type { Lock } from './contract/certificate.ts';
import type { Plan, Step } from './plan/plan.ts';
import type { RewriteStep } from './rewrite/rewrite.ts';

/** One step of a script, compiled: as bound, as rewritten, and what the rewriter did. */
export interface CompiledStep {
  readonly step: Step;
  /** For each root what the statement says, whatever is shared and rewritten. */
  readonly logical?: readonly Plan[];
  readonly trace: readonly RewriteStep[];
  /** Why certificates of its commands do not count. */
  readonly notes?: readonly string[];
  /** The step as it is with what else is known of its commands. */
  readonly again?: (lock: Lock) => Step;
}
