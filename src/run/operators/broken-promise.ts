import { RunError, type Diagnostic } from '../../base/errors.ts';
import type { Contract } from '../../contract/contract.ts';
import type { ShellStage } from './shell-faults.ts';

/** The note that has the first row of which a promise is seen to be false. */
export const shownBy = (witness: string): string => `the first row that shows it: ${witness}`;

/** What a command did is not what is declared, or known, of it. */
export class BrokenPromise extends RunError {
  readonly axis: keyof Contract;
  /** The commands that it may be about: several where they were fused. */
  readonly stages: readonly ShellStage[];

  constructor(diagnostic: Diagnostic, axis: keyof Contract, stages: readonly ShellStage[]) {
    super(diagnostic);
    this.axis = axis;
    this.stages = stages.filter(({ contract }) => contract[axis] !== undefined);
  }

  /** The same, with the first row that shows it. */
  shownBy(witness: string): BrokenPromise {
    const notes = [shownBy(witness), ...(this.diagnostic.notes ?? [])];
    return new BrokenPromise({ ...this.diagnostic, notes }, this.axis, this.stages);
  }
}
