import type { Account, Memory } from './memory.ts';
import type { Operator } from './operator.ts';

/** What an operator holds and cannot put into scratch files. */
export interface Held {
  /** About what it takes. Cheap: it is asked for after each batch. */
  readonly bytes: number;
  /** Subject of the message. */
  readonly what: string;
  /** What there is to do about it. */
  readonly help: string;
}

/** Counts what an operator holds for as long as it runs. */
export class HeldCount {
  readonly #operator: Operator;
  readonly #memory: Memory;
  readonly #account: Account;

  constructor(operator: Operator, memory: Memory) {
    this.#operator = operator;
    this.#memory = memory;
    this.#account = memory.open();
  }

  /** @throws RunError E0509 beyond the limit */
  look(): void {
    const { held } = this.#operator;
    if (held === undefined) return;
    this.#account.hold(held.bytes);
    this.#memory.refuse(held.bytes, held.what, held.help);
  }

  close(): void {
    this.#account.close();
  }
}
