import type { Collation, Type } from '../../data/types.ts';
import type { Code } from '../../base/codes.ts';
import type { Value } from '../../data/value.ts';

/** What a query pins for all of its rows. */
export interface EvaluateContext {
  /** The time that 'now' means: ms since epoch. */
  readonly now: number;
}

/** All that is known of a scalar function or operator. One row of a table; see `catalog.ts`. */
export interface ScalarFunction {
  readonly name: string;
  /** Fewest and most arguments; `Infinity` for any number. */
  readonly arity: readonly [least: number, most: number];
  /** Type of the result. `ANY` where only the value tells. */
  readonly type: Type | ((args: readonly Type[]) => Type);
  /** NULL if any argument is; `evaluate` is not called then. */
  readonly strict?: true;
  /** May raise a RowError on some arguments: such a call may not move to where it would see other rows. */
  readonly mayFail?: true;
  /** Differs from call to call: never folded, duplicated, pushed or shared. */
  readonly volatile?: true;
  /** Arguments behind the first are evaluated only as far as needed: `coalesce`, `iif`, `and`, `or`. */
  readonly lazy?: true;
  /** Reads the clock of the context or the time zone of the machine where an argument is 'now', 'localtime' or none is given. */
  readonly clock?: true;
  /** Takes text from another JSON function for JSON, any other text for a string. */
  readonly json?: true;
  /**
   * The reference meaning, on boxed cells; exactly what SQLite gives. Kernels may have a faster form for some types.
   * A cell of type TIMESTAMP is its text, as argument and as result. Get it from `evaluatorOf` in evaluate.ts, which
   * also does what the call asks for: affinity, collation, `strict`, `json`.
   *
   * @throws RowError where `mayFail`.
   */
  readonly evaluate: (args: readonly Value[], collation: Collation, call: CallContext) => Value;
  /** One line for the reference, with an example: `substr('abc', 2)` = 'bc'. */
  readonly doc: string;
  /** False for functions that SQLite lacks or gives other last digits for (never pushed into SQLite). Default true. */
  readonly inSqlite?: false;
}

/** One function under several names. */
export const aliases = (names: readonly string[], rest: Omit<ScalarFunction, 'name'>): readonly ScalarFunction[] =>
  names.map((name) => ({ name, ...rest }));

/** What `evaluate` may need beside its arguments. */
export interface CallContext extends EvaluateContext {
  /** Bit i: argument i is the result of a JSON function. Only functions with `json` look at it. */
  readonly jsonArgs: number;
}

/** One group's state. `add` gets the boxed arguments of each row, NULLs included; DISTINCT and FILTER are done before. */
export interface Accumulator {
  add(args: readonly Value[]): void;
  /** The value for the rows seen so far; more may follow. */
  result(): Value;
}

export interface AggregateFunction {
  readonly name: string;
  readonly arity: readonly [least: number, most: number];
  readonly type: Type | ((args: readonly Type[]) => Type);
  /** `jsonArgs`: as in CallContext, from `jsonArgsOf` in evaluate.ts; only JSON aggregates look at it. */
  readonly create: (collation: Collation, jsonArgs?: number) => Accumulator;
  readonly doc: string;
}

/** A cell that a function cannot take: int64 overflow, a malformed pattern. Becomes a RunError with its row. */
export class RowError extends Error {
  /** Physical row of the batch at hand; set by compiled expressions. */
  row?: number;
  readonly code: Code;
  readonly notes: readonly string[];
  constructor(message: string, code: Code = 'E0507', notes: readonly string[] = []) {
    super(message);
    this.name = 'RowError';
    this.code = code;
    this.notes = notes;
  }
}
