import { canChoose, canPush, canReplay, canRun } from './connect/catalog.ts';
import type { Lock } from './contract/certificate.ts';
import { inferred, withInference } from './inference.ts';
import { certifiedShell, withCertificatesOf } from './lock.ts';
import { inlined, type Job } from './plan/job.ts';
import type { Shell } from './plan/plan.ts';
import { withLive } from './plan/live.ts';
import { isOfSystem } from './process/genuine.ts';
import { withCanary } from './rewrite/canary.ts';
import { rewriteJob } from './rewrite/job.ts';
import type { RewriteStep } from './rewrite/rewrite.ts';
import { outdated } from './outdated.ts';
import { trusting, visible, type Trusts } from './rewrite/trust.ts';

export interface Optimized {
  readonly job: Job;
  readonly trace: readonly RewriteStep[];
  /** Why certificates do not count. */
  readonly notes: readonly string[];
}

/**
 * The job as it will run: with what is known of its commands, and rewritten as far as the settings allow.
 *
 * @param lock certificates of the script. @param except laws that are not applied.
 */
export function optimized(
  job: Job,
  settings: Readonly<Record<string, string>>,
  lock: Lock,
  except: readonly string[] = [],
): Optimized {
  const trust = settings['trust'] ?? 'inferred';
  const known = withCertificatesOf(lock, trust === 'declared' ? job : withInference(job));
  const notes = outdated(lock, known);
  if (settings['optimizer'] === 'off') return { job: withLive(known), trace: [], notes };
  const pushdown = settings['pushdown'] !== 'off';
  let trace: readonly RewriteStep[] = [];
  const trusts: Trusts = (by) => by === 'verified' || (trust !== 'verified' && by !== 'quarantined');
  const knows = (shell: Shell) => {
    const contract = trust === 'declared' ? shell.contract : inferred(shell);
    return visible(certifiedShell(lock, { ...shell, contract }).contract, trusts);
  };
  // What is known of common commands is all that this rests on.
  const isNative = trust === 'inferred' && settings['native'] !== 'off';
  const share = Number(settings['canary'] ?? 0);
  const options = {
    pushdown,
    canPush,
    canRun,
    canChoose,
    canReplay,
    knows,
    // What is to be held against what was written stands in the plan that it was written in.
    except: share === 0 ? except : [...except, 'C1'],
    ...(isNative && { isKnown: isOfSystem }),
  };
  const rewritten = trusting(known, trusts, (hidden) => {
    const { job: result, steps } = rewriteJob(hidden, options);
    trace = steps;
    return result;
  });
  if (share === 0) return { job: withLive(rewritten), trace, notes };
  const written = known.plans.map((plan) => inlined(plan, known.shared));
  return { job: withLive(withCanary(written, rewritten, share)), trace, notes };
}
