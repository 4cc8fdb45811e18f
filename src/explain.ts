import type { Source } from './base/span.ts';
import type { BoundStep, Params } from './bind/bind.ts';
import type { CompiledStep } from './compiled.ts';
import { jobText } from './controlled.ts';
import type { Engine } from './engine.ts';
import { cannotWait } from './parts.ts';
import type { Explanation } from './index.ts';
import { diffOf } from './plan/diff.ts';
import { dotOf } from './plan/dot.ts';
import { explainJob, explainPlan } from './plan/explain.ts';
import type { Optimized } from './optimize.ts';
import type { Analyze, PlanFile, Step } from './plan/step.ts';
import type { RewriteStep } from './rewrite/rewrite.ts';
import { describeSteps } from './rewrite/why-not.ts';

export interface ExplainOptions {
  readonly whyNot: boolean;
  readonly trace: boolean;
  readonly format: 'text' | 'json';
}

/** What `ssql explain` prints. Statements that only define something are not shown. */
export async function explainScript(engine: Engine, source: Source, options: ExplainOptions): Promise<string> {
  if (options.format === 'json') return `${JSON.stringify(await engine.planFile(source), null, 2)}\n`;
  const lines: string[] = [];
  for await (const part of engine.rehearse(source, cannotWait))
    for (const step of part) lines.push(...explainCompiled(step, options), '');
  return `${lines.join('\n').trimEnd()}\n`;
}

/** What is different in the plans of two scripts. */
export async function explainChanges(before: Source, after: Source, engine: () => Engine): Promise<string> {
  const planOf = async (source: Source): Promise<readonly string[]> => {
    const lines: string[] = [];
    for await (const part of engine().rehearse(source, cannotWait))
      for (const { step } of part) lines.push(...(step.kind === 'run' ? explainJob(step) : textOf(step)));
    return lines;
  };
  return `${diffOf(await planOf(before), await planOf(after)).join('\n')}\n`;
}

/** A step that has no plan. */
function textOf(step: Exclude<Step, { kind: 'run' }>): readonly string[] {
  return step.kind === 'job' ? [jobText(step)] : step.kind === 'sqlite' ? [step.sql] : step.lines;
}

function explainCompiled({ step, trace, notes = [] }: CompiledStep, options: ExplainOptions): readonly string[] {
  switch (step.kind) {
    case 'run':
      return [
        ...(options.trace ? tracedSteps(trace) : []),
        ...explainJob(step),
        ...describeSteps(trace, options.whyNot),
        ...notes,
      ];
    case 'sqlite':
      return [`Statement for SQLite (${step.database}): ${step.sql}`];
    case 'job':
    case 'text':
      return textOf(step);
  }
}

function tracedSteps(trace: readonly RewriteStep[]): readonly string[] {
  return trace.flatMap(({ rule, at, law, after }) =>
    after === undefined ? [] : [`-- ${rule} at ${at}`, `--   ${law}`, ...explainPlan(after), ''],
  );
}

/** What EXPLAIN ANALYZE asks for; undefined for EXPLAIN alone. */
export function analyzeOf(
  { words }: Extract<BoundStep, { kind: 'explain' }>,
  trace: readonly RewriteStep[],
): Analyze | undefined {
  if (!words.includes('ANALYZE')) return undefined;
  return analyzed(trace, words.includes('REWRITES'), words.includes('JSON') ? 'json' : 'text');
}

export const analyzed = (trace: readonly RewriteStep[], whyNot: boolean, format: 'text' | 'json'): Analyze => ({
  format,
  notes: whyNot ? describeSteps(trace, true) : [],
});

/** EXPLAIN as a statement. */
export function explainStep(bound: Extract<BoundStep, { kind: 'explain' }>, rewritten: Optimized): Step {
  const has = (word: string) => bound.words.includes(word);
  const job = has('LOGICAL') ? bound.job : rewritten.job;
  const isPlain = job.plans.length === 1 && Object.keys(job.shared).length === 0;
  const text = (): readonly string[] => {
    const plans = explainJob(job);
    const placed = has('DISTRIBUTED') ? ['Fragment 1: one process', ...plans.map((line) => `  ${line}`)] : plans;
    return [...placed, ...(has('LOGICAL') ? [] : describeSteps(rewritten.trace, has('REWRITES'))), ...rewritten.notes];
  };
  const lines = has('JSON')
    ? JSON.stringify(isPlain ? job.plans[0] : job, null, 2).split('\n')
    : has('DOT')
      ? dotOf(job)
      : text();
  return { kind: 'text', title: 'plan', lines };
}

/** What the library's `explain` gives. */
export async function explainSteps(engine: Engine, source: Source, params: Params | undefined): Promise<Explanation> {
  const steps: Step[] = [];
  const trace: Explanation['trace'][number][] = [];
  const text: string[] = [];
  for await (const part of engine.rehearse(source, cannotWait, params)) {
    for (const compiled of part) {
      steps.push(compiled.step);
      text.push(...explainCompiled(compiled, { whyNot: true, trace: false, format: 'text' }));
      for (const { rule, at, refused, word } of compiled.trace) {
        trace.push({ rule, at, ...(refused !== undefined && { refused }), ...(word !== undefined && { word }) });
      }
    }
  }
  const plan: PlanFile = {
    format: 'ssql-plan',
    version: 1,
    databases: engine.databases,
    settings: engine.settings,
    steps,
  };
  return { plan, text: text.join('\n'), trace };
}
