import { resolve } from 'node:path';
import { bounded } from '../plan/facts.ts';
import type { BoundStep } from './bind.ts';

/** A statement reads files that statements before it make: it cannot be bound until they have been run. */
export class ReadsMadeFiles extends Error {}

/** Paths, and patterns of paths, of the files that a step makes. Rows that never end leave none that is whole. */
export function filesMade(step: BoundStep): readonly string[] {
  if (step.kind !== 'run' || !step.job.plans.every(bounded)) return [];
  return step.job.plans.flatMap((plan) =>
    plan.op === 'sink' && plan.connector === 'file' && typeof plan.options['path'] === 'string'
      ? [plan.options['path']]
      : [],
  );
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
