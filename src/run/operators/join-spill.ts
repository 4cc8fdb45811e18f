import { rowCount, type RecordBatch } from '../../data/batch.ts';
import { Footprint } from '../../data/footprint.ts';
import { bounded } from '../../plan/facts.ts';
import type { Join } from '../../plan/plan.ts';
import type { RunContext } from '../context.ts';
import type { Account } from '../memory.ts';
import type { Operator, Output } from '../operator.ts';
import { indexedBytes } from './grace.ts';
import { BlockJoin } from './join-blocks.ts';
import { graceJoin } from './join-grace.ts';
import { isOfOneValue, MemberJoin } from './join-member.ts';

/** A join with its right side in scratch files. */
export interface HeldElsewhere {
  /** Nothing comes out before the end of the left side. */
  readonly holdsBack: boolean;
  addRight(batch: RecordBatch): void;
  addLeft(batch: RecordBatch, out: Output): void | Promise<void>;
  /** Both sides have ended. */
  emit(out: Output): Promise<void>;
  close(): void;
}

/** What is known of the size of a join's right side while it comes. */
export class HeldRight {
  /** Takes all rows from the moment on at which there were too many. */
  elsewhere: HeldElsewhere | undefined;
  readonly #plan: Join;
  readonly #context: RunContext;
  readonly #account: Account;
  readonly #footprint = new Footprint();
  #rows = 0;

  constructor(plan: Join, context: RunContext) {
    this.#plan = plan;
    this.#context = context;
    this.#account = context.memory.open();
  }

  /** Whether the right side should go to scratch files, this batch of it included. */
  isTooMuch(batch: RecordBatch): boolean {
    this.#footprint.add(batch);
    this.#rows += rowCount(batch);
    const bytes = indexedBytes(this.#footprint.bytes, this.#rows);
    const isTooMuch = this.#account.hold(bytes);
    if (this.#plan.kind !== 'mark' || this.#isDivisible) return isTooMuch;
    this.#context.memory.refuse(bytes, 'the right side of IN', 'compare columns of both sides by =');
    return false;
  }

  /** @param waiting the rows so far; they are taken out. @param make the join that keeps the right side in memory. */
  divide(waiting: RecordBatch[], make: (plan: Join) => Operator): void {
    if (!this.#isDivisible) this.elsewhere = new BlockJoin(this.#plan, this.#context);
    else if (isOfOneValue(this.#plan)) this.elsewhere = new MemberJoin(this.#plan, make, this.#context);
    else this.elsewhere = graceJoin(this.#plan, this.#plan.equal, make, this.#context);
    for (const batch of waiting.splice(0)) this.elsewhere.addRight(batch);
    this.#account.close();
    this.#footprint.clear();
  }

  close(): void {
    this.#account.close();
    this.elsewhere?.close();
  }

  /** Pairs without keys are found among all rows, and rows without end cannot be kept to the end. */
  get #isDivisible(): boolean {
    return (this.#plan.equal.length > 0 || isOfOneValue(this.#plan)) && bounded(this.#plan.left);
  }
}
