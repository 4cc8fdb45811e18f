import { Bug } from '../../base/errors.ts';
import { rowCount, rowsOf, type RecordBatch } from '../../data/batch.ts';
import type { Column, F64Column } from '../../data/column.ts';
import type { Field, Schema } from '../../data/types.ts';
import { compilePredicate, type Predicate } from '../../expr/kernel/compile.ts';
import { bounded } from '../../plan/facts.ts';
import type { Shell } from '../../plan/plan.ts';
import type { ShellCall } from '../../plan/shell-ways.ts';
import type { RunContext } from '../context.ts';
import type { Operator, Output } from '../operator.ts';
import { Questions, type Answers } from './shell-answers.ts';
import { mayStop, perRecord } from './shell-faults.ts';

/** Counts the questions, so that each answer is known by its number, even if others are left out by ON ERROR. */
const NUMBER: Field = { name: ' number', type: 'INTEGER', notNull: true };

/** Rows that may wait for answers before the process is closed and drained: it may keep them back until then. */
const WAITING_ROWS = 1 << 16;

/** Rows that wait for answers: the number of the answer of each (by physical row), and the last one of them. */
interface Waiting {
  readonly batch: RecordBatch;
  readonly numbers: Uint32Array;
  readonly answers: Answers;
  /** So many answers have to be there. */
  readonly needs: number;
}

/**
 * A command that is a function of what it reads: each row gets the answer to its arguments, in columns of its own. Rows
 * that nobody asks about, and those with a NULL under NULLS SKIP, get NULL; equal arguments are asked about once where
 * that is allowed (law K1). Of a command that FILTERS the answer is whether the row stays.
 * The questions go to a command as any other rows do, whatever its mode is; the rows wait here, and keep their order.
 */
export class CallOperator implements Operator {
  readonly #plan: Shell;
  readonly #context: RunContext;
  readonly #command: Operator;
  readonly #when: Predicate | undefined;
  readonly #schema: Schema;
  readonly #questions: Questions;
  readonly #keeps: boolean;
  /** For each column of the plan: which of the answer's it is, or which of the input's. */
  readonly #from: readonly { readonly answer?: number; readonly input?: number }[];
  #waitingRows = 0;
  /** Rows in order. */
  readonly #waiting: Waiting[] = [];
  /** Comes when none of them waits any more. */
  #watermark: number | undefined;
  #out: Output | undefined;
  readonly #mayStop: boolean;
  #asked = false;
  #handingOn: Promise<void> | undefined;
  #turningOver: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(plan: Shell, call: ShellCall, context: RunContext, make: (plan: Shell, context: RunContext) => Operator) {
    this.#plan = plan;
    this.#context = context;
    this.#mayStop = mayStop(plan);
    const input = plan.input!.schema;
    this.#when = call.when && compilePredicate(call.when, input);
    // The place that a row comes from is told where it fails.
    const extra = [plan.deadLetter?.file, plan.deadLetter?.line].filter((name) => name !== undefined);
    this.#schema = [
      ...plan.reads.map((name, i): Field => ({ ...fieldOf(input, name), name: call.names[i]! })),
      ...extra.map((name) => fieldOf(input, name)),
      NUMBER,
    ];
    const placesOf = (names: readonly string[]) => names.map((name) => placeOf(input, name));
    const skipsNulls = plan.contract.nulls?.value.policy === 'skip';
    this.#keeps = call.keeps === true;
    this.#questions = new Questions(this.#schema, placesOf(plan.reads), placesOf(extra), {
      distinct: call.distinct === true,
      skipsNulls,
      types: plan.writes.map(({ type }) => type),
    });
    this.#from = plan.schema.map(({ name }) => {
      const answer = plan.writes.findIndex((w) => w.name === name);
      return answer < 0 ? { input: placeOf(input, name) } : { answer };
    });
    this.#command = make(commandOf(plan, call, this.#schema), context);
  }

  /** See `Questions`. */
  get isMostlyNew(): boolean {
    return this.#questions.isMostlyNew;
  }

  wants(_port: number, out: Output): boolean {
    return !(this.#mayStop && out.full);
  }

  async onBatch(batch: RecordBatch, _port: number, out: Output): Promise<void> {
    this.#out = out;
    if (this.#turningOver !== undefined) await this.#turningOver;
    const { questions, numbers, answers, needs } = this.#questions.of(batch, this.#when?.(batch));
    this.#waiting.push({ batch, numbers, answers, needs });
    this.#waitingRows += rowCount(batch);
    if (questions !== undefined) {
      this.#asked = true;
      await this.#command.onBatch(questions, 0, this.#answersOut);
      this.#turnOverSoon();
    }
    await this.#handOn();
    if (this.#waitingRows > WAITING_ROWS && perRecord(this.#plan) && this.#plan.mode === undefined)
      await this.#turnOver();
  }

  /** Follows the rows that came before it. */
  onWatermark(time: number, _port: number, out: Output): void | Promise<void> {
    if (this.#waiting.length === 0 && this.#handingOn === undefined) return out.watermark(time);
    this.#watermark = time;
  }

  /** What the command prints for the questions. */
  readonly #answersOut: Output = {
    emit: (batch) => {
      const columns = batch.columns.slice(0, this.#plan.writes.length);
      this.#questions.answer(numbersOf(batch), columns, batch);
      return this.#handOn();
    },
    watermark: () => undefined,
    full: false,
  };

  async onBarrier(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#turningOver !== undefined) await this.#turningOver;
    if (this.#asked) await this.#command.onBarrier?.(this.#answersOut);
    await this.#complete();
  }

  /** Nobody starts a command that was asked nothing. */
  async onEnd(_port: number, out: Output): Promise<void> {
    this.#out = out;
    clearTimeout(this.#timer);
    if (this.#turningOver !== undefined) await this.#turningOver;
    if (this.#asked) await this.#command.onEnd?.(0, this.#answersOut);
    await this.#complete();
  }

  /** All answers have come; those that have not were left out. */
  async #complete(): Promise<void> {
    this.#questions.giveUpWaiting();
    await this.#handOn();
  }

  async close(failed: boolean): Promise<void> {
    clearTimeout(this.#timer);
    this.#waiting.length = 0;
    await this.#command.close?.(failed);
  }

  /**
   * A process that treats each row by itself may hold its answers back until its input ends. Where the rows do not end,
   * its input does, after a while, and the next rows go to another process.
   */
  #turnOverSoon(): void {
    const { contract, mode } = this.#plan;
    const answersAtOnce = mode !== undefined || contract.flushes !== undefined || contract.online?.by === 'declared';
    if (this.#timer !== undefined || answersAtOnce || !perRecord(this.#plan) || bounded(this.#plan.input!)) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#turningOver = this.#turnOver().finally(() => (this.#turningOver = undefined));
    }, this.#context.settings.epochMs);
  }

  async #turnOver(): Promise<void> {
    try {
      await this.#command.onBarrier?.(this.#answersOut);
      await this.#complete();
    } catch (error) {
      this.#context.fail(error);
    }
  }

  /** Hands on the rows at the front whose answers are there; never twice at once. */
  #handOn(): void | Promise<void> {
    if (this.#handingOn !== undefined) return this.#handingOn;
    if (!this.#isReady()) return undefined;
    this.#handingOn = this.#emitReady().finally(() => (this.#handingOn = undefined));
    return this.#handingOn;
  }

  #isReady(): boolean {
    const [first] = this.#waiting;
    return first !== undefined && first.answers.count >= first.needs;
  }

  async #emitReady(): Promise<void> {
    while (this.#isReady()) {
      const { batch, numbers, answers } = this.#waiting.shift()!;
      this.#waitingRows -= rowCount(batch);
      if (this.#out!.full) continue;
      await this.#out!.emit(this.#rows(batch, numbers, answers));
    }
    const time = this.#watermark;
    if (time === undefined || this.#waiting.length > 0) return;
    this.#watermark = undefined;
    await this.#out!.watermark(time);
  }

  /** The columns of the plan: the carried ones, and the answers in their place. */
  #rows(batch: RecordBatch, numbers: Uint32Array, answers: Answers): RecordBatch {
    const { schema } = this.#plan;
    const given = answers.columns(numbers, batch);
    const columns = this.#from.map(({ answer, input }): Column =>
      answer === undefined ? batch.columns[input!]! : given[answer]!,
    );
    const selection = this.#keeps ? answers.answered(numbers, rowsOf(batch)) : batch.selection;
    return { schema, length: batch.length, columns, selection };
  }
}

/** The command as one over questions: it gets the arguments, and the numbers go around it. */
function commandOf(plan: Shell, call: ShellCall, schema: Schema): Shell {
  // Answers are kept for the rows that wait for them.
  const { call: _, stopsEarly: __, usedUp: ___, ...rest } = plan;
  const writes = plan.writes.map((field, i): Field => (i === 0 ? { ...field, name: call.result } : field));
  const carried = call.keeps ? schema.map(({ name }) => name) : [NUMBER.name];
  return {
    ...rest,
    input: { op: 'values', schema, rows: [] },
    reads: call.names,
    writes,
    carried,
    schema: call.keeps ? schema : [...writes, NUMBER],
  };
}

const numbersOf = (batch: RecordBatch): F64Column => {
  const column = batch.columns.at(-1)!;
  if (column.kind !== 'f64') throw new Bug('numbers of questions that are none');
  return column;
};

const fieldOf = (schema: Schema, name: string): Field => schema[placeOf(schema, name)]!;

function placeOf(schema: Schema, name: string): number {
  const place = schema.findIndex((f) => f.name === name);
  if (place < 0) throw new Bug(`no column ${name} among ${schema.map((f) => f.name).join(', ')}`);
  return place;
}
