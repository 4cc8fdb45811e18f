import type { NativeStep } from '../../contract/native.ts';
import { FindKernel } from './find.ts';
import type { Kernel, Sieve } from './kernel.ts';
import {
  addKernel,
  bytesKernel,
  deleteKernel,
  fieldKernel,
  fieldsKernel,
  replaceKernel,
  sliceKernel,
  squeezeKernel,
} from './text.ts';
import { CountKernel, FirstKernel, LastKernel, UniqueKernel } from './whole.ts';

/** What stands for the steps of a command, one behind the other. */
export const kernelsOf = (steps: readonly NativeStep[]): readonly Kernel[] =>
  steps.flatMap((step) => (step.do === 'pass' ? [] : [kernelFor(step)]));

function kernelFor(step: Exclude<NativeStep, { do: 'pass' }>): Kernel {
  switch (step.do) {
    case 'find':
      return new FindKernel(step);
    case 'first':
    case 'behind':
      return new FirstKernel({ do: step.do, lines: step.lines });
    case 'last':
      return new LastKernel(step);
    case 'count':
      return new CountKernel();
    case 'bytes':
      return bytesKernel(step);
    case 'delete':
      return deleteKernel(step);
    case 'squeeze':
      return squeezeKernel(step);
    case 'fields':
      return fieldsKernel(step);
    case 'slice':
      return sliceKernel(step);
    case 'field':
      return fieldKernel(step);
    case 'replace':
      return replaceKernel(step);
    case 'add':
      return addKernel(step);
    case 'unique':
      return new UniqueKernel(step);
  }
}

/** The kernel, if there is one only and it does nothing but leave lines out. */
export function sieveOf([first, ...others]: readonly Kernel[]): Sieve | undefined {
  return first instanceof FindKernel && others.length === 0 ? first : undefined;
}
