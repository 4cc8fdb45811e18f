import { Bug } from '../../base/errors.ts';
import { rowNumbers, rowsOf, type RecordBatch } from '../../data/batch.ts';
import { columnBuilder } from '../../data/builder.ts';
import { isNullAt, mayHoldNull, type Column, type F64Column } from '../../data/column.ts';
import { NO_ROW } from '../../data/gather.ts';
import { KeyTable } from '../../data/hash.ts';
import type { Schema, Type } from '../../data/types.ts';

/** Distinct arguments whose answers are remembered; with more of them, memory starts anew. */
const REMEMBERED = 1 << 17;

/**
 * Rows after which it is known whether equal arguments come often enough to be worth the search for them, and the share of
 * rows with new arguments from which on it is not. Where hardly any came twice that is known sooner: of values that are
 * drawn from less than 400,000, more would have.
 */
export const firstTrial = { rows: 1 << 14, mostlyNew: 0.98 } as const;
const trials = [firstTrial, { rows: 1 << 16, mostlyNew: 0.8 }] as const;

/** Answers to a run of questions, numbered from `base` on. They come in the order of the questions. */
export class Answers {
  readonly base: number;
  /** Questions put so far. */
  asked = 0;
  readonly #types: readonly Type[];
  readonly #chunks: (readonly Column[])[] = [];
  /** Where each answer is: a chunk, -1 for one that was left out, and a row of it. */
  readonly #chunkOf: number[] = [];
  readonly #rowOf: number[] = [];

  constructor(base: number, types: readonly Type[]) {
    this.base = base;
    this.#types = types;
  }

  /** Answers so far, those that were left out among them. */
  get count(): number {
    return this.#chunkOf.length;
  }

  /** The columns of some answers; their number is to be given to `put`. */
  addChunk(columns: readonly Column[]): number {
    return this.#chunks.push(columns) - 1;
  }

  /** The answer to question `n` (of this run), all before which are answered, or left out. */
  put(n: number, chunk: number, row: number): void {
    this.leaveOut(n);
    this.#chunkOf.push(chunk);
    this.#rowOf.push(row);
  }

  /** Questions before `n` that are not answered are not going to be. */
  leaveOut(n: number): void {
    while (this.#chunkOf.length < n) {
      this.#chunkOf.push(-1);
      this.#rowOf.push(0);
    }
  }

  /** The columns of the answer to each row. @param numbers by physical row; `NO_ROW` gives NULL. */
  columns(numbers: Uint32Array, { length }: RecordBatch): readonly Column[] {
    return this.#types.map((type, c) => {
      const builder = columnBuilder(type, length);
      for (let row = 0; row < length; row++) {
        const n = numbers[row]!;
        const chunk = n === NO_ROW ? -1 : this.#chunkOf[n]!;
        if (chunk < 0) builder.appendNull();
        else builder.appendFrom(this.#chunks[chunk]![c]!, type, this.#rowOf[n]!);
      }
      return builder.finish();
    });
  }

  /** Those of the rows that have an answer. @param numbers by physical row. */
  answered(numbers: Uint32Array, rows: Iterable<number>): Uint32Array {
    const found: number[] = [];
    for (const row of rows) if (this.#chunkOf[numbers[row]!]! >= 0) found.push(row);
    return Uint32Array.from(found);
  }
}

interface Ways {
  /** Equal arguments are asked about once. */
  readonly distinct: boolean;
  /** Rows with a NULL among their arguments are not asked about. */
  readonly skipsNulls: boolean;
  /** Of the columns of an answer. */
  readonly types: readonly Type[];
}

/** What is asked about the rows of one batch. */
export interface Asked {
  /** The arguments to be sent, and their numbers; undefined for none. */
  readonly questions: RecordBatch | undefined;
  /** By physical row: which of `answers` is its own, or `NO_ROW`. */
  readonly numbers: Uint32Array;
  readonly answers: Answers;
  /** How many of them have to be there. */
  readonly needs: number;
}

/** Turns rows into questions, and keeps the answers for as long as somebody may want them. */
export class Questions {
  readonly #schema: Schema;
  readonly #places: readonly number[];
  readonly #extra: readonly number[];
  readonly #ways: Ways;
  /** Runs with questions that are not answered, in order. */
  readonly #open: Answers[] = [];
  #table: KeyTable | undefined;
  #remembered: Answers | undefined;
  #next = 0;
  #rows = 0;
  #isMostlyNew = false;

  /**
   * @param schema arguments, what else goes along with them, then the number.
   * @param places of the arguments among the columns of rows; of what else goes along.
   */
  constructor(schema: Schema, places: readonly number[], extra: readonly number[], ways: Ways) {
    this.#schema = schema;
    this.#places = places;
    this.#extra = extra;
    this.#ways = ways;
  }

  /** Few arguments come twice, so they are not looked for any more. */
  get isMostlyNew(): boolean {
    return this.#isMostlyNew;
  }

  /** @param selected rows that are asked about; absent: all that exist. */
  of(batch: RecordBatch, selected: Uint32Array | undefined): Asked {
    const args = this.#places.map((place) => batch.columns[place]!);
    let rows = selected ?? rowNumbers(batch);
    if (this.#ways.skipsNulls && args.some(mayHoldNull))
      rows = rows.filter((row) => !args.some((column) => isNullAt(column, row)));
    const numbers = new Uint32Array(batch.length).fill(NO_ROW);
    if (rows.length === 0)
      return { questions: undefined, numbers, answers: new Answers(this.#next, this.#ways.types), needs: 0 };
    this.#rows += rows.length;
    const before = this.#rows - rows.length;
    this.#isMostlyNew ||= trials.some((trial) => this.#rows > trial.rows && this.#next > trial.mostlyNew * before);
    return this.#ways.distinct && !this.#isMostlyNew
      ? this.#distinct(batch, args, rows, numbers)
      : this.#each(batch, args, rows, numbers);
  }

  #each(batch: RecordBatch, args: readonly Column[], rows: Uint32Array, numbers: Uint32Array): Asked {
    const answers = this.#begin();
    for (let i = 0; i < rows.length; i++) numbers[rows[i]!] = i;
    const questions = this.#ask(batch, args, rows, answers);
    return { questions, numbers, answers, needs: rows.length };
  }

  #distinct(batch: RecordBatch, args: readonly Column[], rows: Uint32Array, numbers: Uint32Array): Asked {
    if (this.#table === undefined || this.#table.size > REMEMBERED) {
      // Collations make texts equal that the command can tell apart.
      this.#table = new KeyTable(args.map((_, i) => ({ type: this.#schema[i]!.type })));
      this.#remembered = this.#begin();
    }
    const answers = this.#remembered!;
    const ids = this.#table.groupIds(args, { length: batch.length, selection: rows });
    const fresh = new Uint32Array(rows.length);
    let n = 0;
    let needs = 0;
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i]!;
      const id = ids[row]!;
      numbers[row] = id;
      needs = Math.max(needs, id + 1);
      // Keys are numbered in the order they come.
      if (id === answers.asked + n) fresh[n++] = row;
    }
    return { questions: this.#ask(batch, args, fresh.subarray(0, n), answers), numbers, answers, needs };
  }

  #begin(): Answers {
    return new Answers(this.#next, this.#ways.types);
  }

  #ask(batch: RecordBatch, args: readonly Column[], rows: Uint32Array, answers: Answers): RecordBatch | undefined {
    if (rows.length === 0) return undefined;
    const values = new Float64Array(batch.length);
    for (const row of rows) values[row] = this.#next++;
    answers.asked += rows.length;
    if (this.#open.at(-1) !== answers) this.#open.push(answers);
    const extra = this.#extra.map((place) => batch.columns[place]!);
    const columns: readonly Column[] = [...args, ...extra, { kind: 'f64', values, nulls: undefined }];
    return { schema: this.#schema, length: batch.length, columns, selection: rows };
  }

  /** Takes answers. @param numbers of the questions, ascending. @param batch whose rows they are. */
  answer({ values }: F64Column, columns: readonly Column[], batch: RecordBatch): void {
    let open: Answers | undefined;
    let chunk = 0;
    for (const row of rowsOf(batch)) {
      const number = values[row]!;
      while (open === undefined || number >= open.base + open.asked) {
        // All questions of a run before this one have been left out.
        if (open !== undefined) this.#close(open);
        open = this.#open[0];
        if (open === undefined) throw new Bug(`an answer to question ${number}, which was not put`);
        chunk = open.addChunk(columns);
      }
      open.put(number - open.base, chunk, row);
    }
    if (open !== undefined && open.count === open.asked) this.#close(open);
  }

  #close(answers: Answers): void {
    answers.leaveOut(answers.asked);
    this.#open.shift();
  }

  /** Whether there are questions without an answer. */
  get areOpen(): boolean {
    return this.#open.length > 0;
  }

  /** Nothing more comes for what was asked: what has no answer has been left out. */
  giveUpWaiting(): void {
    while (this.#open.length > 0) this.#close(this.#open[0]!);
  }
}
