import type { Lock } from './contract/certificate.ts';
import type { Contract } from './contract/contract.ts';
import type { Job } from './plan/job.ts';
import type { Plan } from './plan/plan.ts';
import type { Step } from './plan/step.ts';
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
  readonly variants?: Variants;
  readonly again?: (lock: Lock) => Step;
}

/** Another way to plan a step: over so many rows of each source, without some laws, or with more promises of a command. */
export interface Variant {
  /** Absent: all rows. */
  readonly sample?: number;
  readonly except?: readonly string[];
  /** @see shellName */
  readonly assume?: { readonly command: string; readonly contract: Contract };
}
export type Variants = (variant: Variant) => { readonly job: Job; readonly trace: readonly RewriteStep[] };
