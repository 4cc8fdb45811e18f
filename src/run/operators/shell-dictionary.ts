import type { RecordBatch } from '../../data/batch.ts';
import { bounded } from '../../plan/facts.ts';
import type { Shell } from '../../plan/plan.ts';
import type { ShellCall } from '../../plan/shell-ways.ts';
import type { RunContext } from '../context.ts';
import type { Operator, Output } from '../operator.ts';
import { CallOperator } from './shell-call.ts';

/**
 * Whether rows may as well be sent as they are: then asking once for equal arguments (law K1) is only a way to save work,
 * and the format tells the command nothing that depends on it.
 */
export const isOnlyDictionary = ({ call, mode, input, reads }: Shell): boolean =>
  call?.distinct === true &&
  call.when === undefined &&
  mode === undefined &&
  bounded(input!) &&
  call.names.every((name, i) => name === reads[i]);

/**
 * Law K1 for as long as it pays. To find equal arguments, and to give each row its answer, costs more than many a command
 * takes; so when nearly all of them turn out to be new, the questions are brought to their end, and the rows that follow
 * are sent as those of any other command, to another process.
 */
export class DictionaryOperator implements Operator {
  readonly #asking: CallOperator;
  readonly #makeStraight: () => Operator;
  #straight: Operator | undefined;

  /** @param plan with `isOnlyDictionary`. */
  constructor(plan: Shell, call: ShellCall, context: RunContext, make: (plan: Shell, context: RunContext) => Operator) {
    this.#asking = new CallOperator(plan, call, context, make);
    const { call: _, ...straight } = plan;
    this.#makeStraight = () => make(straight, context);
  }

  wants(port: number, out: Output): boolean {
    return this.#straight?.wants?.(port, out) ?? this.#asking.wants(port, out);
  }

  onBatch(batch: RecordBatch, port: number, out: Output): void | Promise<void> {
    if (this.#straight !== undefined) return this.#straight.onBatch(batch, port, out);
    if (!this.#asking.isMostlyNew) return this.#asking.onBatch(batch, port, out);
    return this.#goStraight(batch, port, out);
  }

  async #goStraight(batch: RecordBatch, port: number, out: Output): Promise<void> {
    await this.#asking.onBarrier();
    this.#straight = this.#makeStraight();
    await this.#straight.onBatch(batch, port, out);
  }

  /** Held: rows carry their marks, which tell what is behind them. */
  onWatermark(): void {
    return undefined;
  }

  async onBarrier(out: Output): Promise<void> {
    await (this.#straight === undefined ? this.#asking.onBarrier() : this.#straight.onBarrier?.(out));
  }

  async onEnd(port: number, out: Output): Promise<void> {
    await (this.#straight === undefined ? this.#asking.onEnd(port, out) : this.#straight.onEnd?.(port, out));
  }

  async close(failed: boolean): Promise<void> {
    await this.#asking.close(failed);
    await this.#straight?.close?.(failed);
  }
}
