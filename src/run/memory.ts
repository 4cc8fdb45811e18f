import { constrainedMemory } from 'node:process';
import { totalmem } from 'node:os';
import { getHeapStatistics } from 'node:v8';
import { RunError } from '../base/errors.ts';

/** A limit below this makes operators spill sooner; what cannot be spilled fails only above it. */
const LEAST = 64 * 2 ** 20;
/** By how much what cannot be spilled may go beyond the limit, since memory grows in steps. */
const SLACK = 1.25;

/**
 * The memory that the operators of one run share for the rows and groups that they hold: `SET memory_limit`. Each says
 * by an account how much it holds, and goes on in scratch files when it is told that this is too much.
 */
export class Memory {
  readonly limit: number;
  readonly #isSet: boolean;
  readonly #accounts = new Set<Account>();
  #used = 0;

  /** @param limit bytes; 0: what suits the machine. */
  constructor(limit: number) {
    this.#isSet = limit > 0;
    this.limit = this.#isSet ? limit : suitable();
  }

  open(): Account {
    return new Account(this);
  }

  /** What one operator may hold where the limit is reached: all that hold something get the same. */
  get share(): number {
    return this.limit / Math.max(1, this.#accounts.size);
  }

  /** @returns whether the account, which holds `bytes` now, holds too much. */
  settle(account: Account, before: number, bytes: number): boolean {
    this.#used += bytes - before;
    if (bytes > 0) this.#accounts.add(account);
    else this.#accounts.delete(account);
    return this.#used > this.limit && bytes > 0 && bytes >= this.share;
  }

  /** @throws RunError E0509: `bytes`, which cannot be spilled, are more than the user has allowed. */
  refuse(bytes: number, what: string, help: string): void {
    if (!this.#isSet || bytes <= Math.max(LEAST, this.limit * SLACK)) return;
    const size = (n: number): string => `${Math.ceil(n / 2 ** 20)} MB`;
    throw new RunError({
      code: 'E0509',
      message: `${what} takes ${size(bytes)}, more than memory_limit allows (${size(this.limit)})`,
      help: [help, `or allow more: SET memory_limit = '${size(bytes * 2)}'`],
    });
  }
}

/** What one operator holds. */
export class Account {
  readonly memory: Memory;
  #bytes = 0;

  constructor(memory: Memory) {
    this.memory = memory;
  }

  /** The operator holds so many bytes now. @returns whether it should spill. */
  hold(bytes: number): boolean {
    const before = this.#bytes;
    this.#bytes = bytes;
    return this.memory.settle(this, before, bytes);
  }

  close(): void {
    this.hold(0);
  }
}

/**
 * Half of what the machine or the container has; and half of what Node has for objects, which some states are, and of
 * which there are at most 4 GB.
 */
function suitable(): number {
  // Without a limit some systems give 0, others a number beyond all memory.
  const constrained = constrainedMemory() || Infinity;
  return Math.min(totalmem(), constrained, getHeapStatistics().heap_size_limit) / 2;
}
