import { rowCount, type RecordBatch } from '../../data/batch.ts';
import { KeyTable } from '../../data/hash.ts';
import { bounded } from '../../plan/facts.ts';
import type { Shell } from '../../plan/plan.ts';
import type { ShellCall } from '../../plan/shell-ways.ts';
import type { RunContext } from '../context.ts';
import type { Operator, Output } from '../operator.ts';
import { firstTrial } from './shell-answers.ts';
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
 * takes. So the first rows are only looked at: if nearly all their arguments are new, all rows are sent as those of any
 * other command, to one process. Where that shows later, the questions are brought to their end, and the rows that follow
 * go to another process.
 */
export class DictionaryOperator implements Operator {
  readonly #asking: CallOperator;
  readonly #makeStraight: () => Operator;
  #straight: Operator | undefined;
  /** Looks at the first rows; undefined once it is known what becomes of them. */
  #look: FirstLook | undefined;

  /** @param plan with `isOnlyDictionary`. */
  constructor(plan: Shell, call: ShellCall, context: RunContext, make: (plan: Shell, context: RunContext) => Operator) {
    this.#asking = new CallOperator(plan, call, context, make);
    const { call: _, ...straight } = plan;
    this.#makeStraight = () => make(straight, context);
    const { flushes, online } = plan.contract;
    // Of a command that answers at once somebody may wait for the answers.
    if (flushes === undefined && online?.by !== 'declared') this.#look = new FirstLook(plan);
  }

  wants(port: number, out: Output): boolean {
    return this.#straight?.wants?.(port, out) ?? this.#asking.wants(port, out);
  }

  onBatch(batch: RecordBatch, port: number, out: Output): void | Promise<void> {
    if (this.#look !== undefined) return this.#onFirst(this.#look, batch, port, out);
    if (this.#straight !== undefined) return this.#straight.onBatch(batch, port, out);
    if (!this.#asking.isMostlyNew) return this.#asking.onBatch(batch, port, out);
    return this.#goStraight(batch, port, out);
  }

  #onFirst(look: FirstLook, batch: RecordBatch, port: number, out: Output): void | Promise<void> {
    look.at(batch);
    if (look.isDone) return this.#decide(port, out);
  }

  /** Sends on what was looked at, the one way or the other. */
  async #decide(port: number, out: Output): Promise<void> {
    const look = this.#look;
    if (look === undefined) return;
    this.#look = undefined;
    if (look.areMostlyNew) this.#straight = this.#makeStraight();
    const first: Operator = this.#straight ?? this.#asking;
    for (const batch of look.batches) await first.onBatch(batch, port, out);
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
    await this.#decide(0, out);
    await (this.#straight === undefined ? this.#asking.onBarrier() : this.#straight.onBarrier?.(out));
  }

  async onEnd(port: number, out: Output): Promise<void> {
    await this.#decide(port, out);
    await (this.#straight === undefined ? this.#asking.onEnd(port, out) : this.#straight.onEnd?.(port, out));
  }

  async close(failed: boolean): Promise<void> {
    this.#look = undefined;
    await this.#asking.close(failed);
    await this.#straight?.close?.(failed);
  }
}

/** The least in a batch for that it is held back: where rows come one by one, nobody waits for more. */
const LARGE_BATCH = 1 << 10;

/** The first rows, kept until it is known whether there are equal arguments among them. */
class FirstLook {
  readonly batches: RecordBatch[] = [];
  isDone = false;
  readonly #places: readonly number[];
  readonly #table: KeyTable;
  #rows = 0;

  constructor({ reads, input }: Shell) {
    this.#places = reads.map((name) => input!.schema.findIndex((field) => field.name === name));
    this.#table = new KeyTable(this.#places.map((place) => ({ type: input!.schema[place]!.type })));
  }

  at(batch: RecordBatch): void {
    this.batches.push(batch);
    this.#rows += rowCount(batch);
    this.isDone = rowCount(batch) < LARGE_BATCH || this.#rows >= firstTrial.rows;
    const columns = this.#places.map((place) => batch.columns[place]!);
    this.#table.groupIds(columns, batch);
  }

  get areMostlyNew(): boolean {
    return this.#rows >= firstTrial.rows && this.#table.size > firstTrial.mostlyNew * this.#rows;
  }
}
