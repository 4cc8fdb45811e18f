import type { RewriteStep } from './rewrite.ts';

/** What EXPLAIN says of the rewriter: what was applied, and with `whyNot` what was refused and the missing word. */
export function describeSteps(steps: readonly RewriteStep[], whyNot: boolean): readonly string[] {
  const fired = steps.filter((s) => s.refused === undefined);
  const refused = steps.filter((s) => s.refused !== undefined && (s.command !== undefined || s.gain !== undefined));
  const lines = [`Rewrites: ${fired.length} applied, ${refused.length} refused`];
  for (const { rule, at, command, dropped, basis } of fired) {
    const rest = dropped === undefined ? '' : `: Shell ${command!} is not run, on the strength of ${dropped}`;
    lines.push(`  applied ${rule} for ${at}${rest}${basis === undefined ? '' : `: ${basis}`}`);
  }
  if (!whyNot) return lines;
  const said = new Set<string>();
  for (const step of refused) {
    lines.push(`  refused ${step.rule} for ${step.at}: ${reason(step)}`);
    if (step.gain !== undefined) lines.push(`    it would gain: ${step.gain}`);
    // One line tries what several laws lack.
    if (step.tryOut !== undefined && !said.has(step.tryOut)) lines.push(`    to try it: ${step.tryOut}`);
    said.add(step.tryOut ?? '');
  }
  return lines;
}

function reason({ command, refused, missing, profile }: RewriteStep): string {
  if (missing === undefined) return refused!;
  const hint = profile === undefined ? '' : ` (AS ${profile} says ${missing.length === 1 ? 'it' : 'them all'})`;
  return `Shell ${command!} is not declared ${missing.join(', ')}${hint}`;
}
