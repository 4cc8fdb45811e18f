import { resolve } from 'node:path';
import { bounded } from '../plan/facts.ts';
import { inputs } from '../plan/ops.ts';
import type { Plan } from '../plan/plan.ts';
import type { LateSink } from '../plan/watermark.ts';
import type { BoundStep } from './bind.ts';

/** A statement reads files that statements before it make: it cannot be bound until they have been run. */
export class ReadsMadeFiles extends Error {}

/** Paths, and patterns of paths, of the files that a step makes. Rows that never end leave none that is whole. */
export function filesMade(step: BoundStep): readonly string[] {
  if (step.kind !== 'run' || !step.job.plans.every(bounded)) return [];
  const { plans, shared } = step.job;
  return [...plans, ...Object.values(shared)]
    .flatMap(targets)
    .flatMap(({ connector, options: { path } }) => (connector === 'file' && typeof path === 'string' ? [path] : []));
}

type Target = Pick<LateSink, 'connector' | 'options'>;

/** Where the rows of a plan go, those too that are late, or that could not be read or processed. */
function targets(plan: Plan): readonly Target[] {
  const below = inputs(plan).flatMap(targets);
  switch (plan.op) {
    case 'sink':
      return [plan, ...below];
    case 'watermark':
      return plan.into === undefined ? below : [plan.into, ...below];
    case 'shell':
      return plan.deadLetter === undefined ? below : [plan.deadLetter, ...below];
    case 'scan': {
      const rejects = plan.options['rejects'] as unknown as LateSink | undefined;
      return rejects === undefined ? below : [rejects];
    }
    default:
      return below;
  }
}

/** Whether a path to read, which may be a pattern, may be that of a file which has been made. */
export const mayBeMade = (path: unknown, made: readonly string[]): boolean =>
  typeof path === 'string' && made.some((file) => mayBeSame(plainPart(file, '%'), plainPart(path, '*?[{')));

interface PlainPart {
  readonly text: string;
  readonly isWhole: boolean;
}

/** A path up to the first sign that stands for something else. */
function plainPart(path: string, signs: string): PlainPart {
  const end = [...path].findIndex((c) => signs.includes(c));
  return end < 0 ? { text: resolve(path), isWhole: true } : { text: resolve(path.slice(0, end)), isWhole: false };
}

function mayBeSame(a: PlainPart, b: PlainPart): boolean {
  if (a.isWhole && b.isWhole) return a.text === b.text;
  if (a.isWhole) return a.text.startsWith(b.text);
  return b.isWhole ? b.text.startsWith(a.text) : a.text.startsWith(b.text) || b.text.startsWith(a.text);
}
