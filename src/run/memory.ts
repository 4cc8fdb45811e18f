import { constrainedMemory, memoryUsage } from 'node:process';
import { totalmem } from 'node:os';
import { getHeapStatistics } from 'node:v8';
import { RunError } from '../base/errors.ts';

/** A limit below this makes operators spill sooner; what cannot be spilled fails only above it. */
const LEAST = 64 * 2 ** 20;
/** What the process takes at least beside what operators hold: Node, the program, and what is read and written at the moment. */
const PROCESS = 96 * 2 ** 20;
/** Of the rest: what is let go of is there a while longer, and arrays are there twice while they grow. */
const HELD = 0.7;
/** Of a limit that leaves hardly more than the process takes. */
const LITTLE = 0.25;
/** Whenever so much more is held, the process is measured. */
const STEP = 4 * 2 ** 20;
/** From this part of the limit on it is too large. */
const NEARLY = 0.85;
/** So much less operators get then. */
const LESS = 0.8;
/** When this part of the limit has been let go of, and the process takes that part of it, it is worth looking for. */
const WORTH = 1 / 8;
const FULL = 0.7;

/** Gives back what is no longer held: what is young, which takes no time, or all of it. */
export type Collect = (what: 'minor' | 'major') => void;

/**
 * The memory that the operators of one run share for the rows and groups that they hold. Each says by an account how
 * much it holds, and goes on in scratch files when it is told that this is too much.
 *
 * `SET memory_limit` is for the whole process, so operators get what the process itself is likely to leave of it; and
 * less where it proves to be larger than was thought.
 */
export class Memory {
  readonly limit: number;
  readonly #isSet: boolean;
  readonly #collect: Collect | undefined;
  readonly #accounts = new Set<Account>();
  readonly #least: number;
  /** What operators may hold together. */
  #budget: number;
  #used = 0;
  /** What was held when the process was measured last. */
  #measuredAt = 0;
  #freed = 0;
  #isMeasured = false;
  /** The largest that the process was so far; beyond it counts, since what was there once may not come back. */
  #worst = 0;

  /**
   * @param limit bytes; 0: what suits the machine.
   * @param collect gives back what is no longer held; who sets it has the process for this run alone.
   */
  constructor(limit: number, collect?: Collect) {
    this.#isSet = limit > 0;
    this.limit = this.#isSet ? limit : suitable();
    this.#budget = this.#isSet ? Math.max(limit * LITTLE, (limit - PROCESS) * HELD) : this.limit;
    this.#least = this.#budget * LITTLE;
    this.#collect = collect;
  }

  open(): Account {
    return new Account(this);
  }

  /** What one operator may hold where the limit is reached: all that hold something get the same. */
  get share(): number {
    return this.#budget / Math.max(1, this.#accounts.size);
  }

  /** @returns whether the account, which holds `bytes` now, holds too much. */
  settle(account: Account, before: number, bytes: number): boolean {
    this.#used += bytes - before;
    if (bytes > 0) this.#accounts.add(account);
    else this.#accounts.delete(account);
    if (this.#collect !== undefined) this.#watch(this.#collect, before, bytes);
    return this.#used > this.#budget && bytes > 0 && bytes >= this.share;
  }

  /** @throws RunError E0509: `bytes`, which cannot be spilled, are more than the user has allowed. */
  refuse(bytes: number, what: string, help: string): void {
    if (!this.#isSet || bytes <= Math.max(LEAST, this.limit - PROCESS)) return;
    const size = (n: number): string => `${Math.ceil(n / 2 ** 20)} MB`;
    throw new RunError({
      code: 'E0509',
      message: `${what} takes ${size(bytes)}, more than memory_limit allows (${size(this.limit)} for the whole process)`,
      help: [help, `or allow more: SET memory_limit = '${size(bytes * 2)}'`],
    });
  }

  /** Keeps the process below the limit. Where it is not the program's own, its size says little, and nothing is done. */
  #watch(collect: Collect, before: number, bytes: number): void {
    if (bytes < before) {
      this.#freed += before - bytes;
      this.#measuredAt = Math.min(this.#measuredAt, this.#used);
      return;
    }
    // Not before something new is held: whoever has just let go may still have it on the stack.
    if (this.#freed >= Math.max(STEP, this.limit * WORTH)) {
      this.#freed = 0;
      if (memoryUsage.rss() > this.limit * FULL) collect('major');
    }
    if (this.#used - this.#measuredAt < STEP) return;
    this.#measuredAt = this.#used;
    if (!this.#isMeasured) this.#measure();
    if (memoryUsage.rss() <= this.limit * FULL) return;
    // Arrays that lived for a batch only: Node would let them grow to 64 MB.
    collect('minor');
    const most = Math.max(this.limit * NEARLY, this.#worst);
    if (memoryUsage.rss() <= most) return;
    this.#freed = 0;
    collect('major');
    const size = memoryUsage.rss();
    if (size <= most) return;
    this.#worst = size;
    this.#budget = Math.max(this.#least, this.#budget * LESS);
  }

  /** When the first rows are held it shows what the process itself takes: reading from SQLite takes more than from a file. */
  #measure(): void {
    this.#isMeasured = true;
    const own = memoryUsage.rss() - this.#used;
    this.#budget = Math.max(this.#least, Math.min(this.#budget, (this.limit - own) * HELD));
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
