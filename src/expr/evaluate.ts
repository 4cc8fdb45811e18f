import { Bug } from '../base/errors.ts';
import { castTo, formatTimestamp, parseTimestamp } from './cast.ts';
import { forComparison, truthOf } from './compare.ts';
import { children, mapChildren, type Call, type Expr, type Literal } from './expr.ts';
import { scalarFunctions } from './functions/catalog.ts';
import { RowError, type CallContext, type EvaluateContext, type ScalarFunction } from './functions/function.ts';
import type { Type } from '../data/types.ts';
import { MAX_SAFE, type Value } from '../data/value.ts';

export type { EvaluateContext };

/** The boxed cell that a literal stands for; a TIMESTAMP is its text. */
export function literalValue({ type, value }: Literal): Value {
  if (value === null) return null;
  switch (type) {
    case 'INTEGER':
    case 'BOOLEAN':
      return BigInt(value);
    case 'REAL':
      return Number(value);
    case 'TIMESTAMP':
      return formatTimestamp(Number(value));
    case 'BLOB':
      return new Uint8Array(Buffer.from(String(value), 'hex'));
    case 'TEXT':
    case 'JSON':
      return String(value);
    default:
      throw new Bug(`literal of type ${type}`);
  }
}

/** The literal that stands for a cell; `type` where the cell alone does not tell (NULL, BOOLEAN, JSON, TIMESTAMP). */
export function literalOf(v: Value, type?: Type): Literal {
  if (v === null) return { kind: 'literal', type: type ?? 'NULL', value: null };
  switch (typeof v) {
    case 'bigint': {
      if (type === 'BOOLEAN') return { kind: 'literal', type, value: v === 0n ? 0 : 1 };
      const safe = v <= MAX_SAFE && v >= -MAX_SAFE;
      return { kind: 'literal', type: 'INTEGER', value: safe ? Number(v) : String(v) };
    }
    case 'number':
      return { kind: 'literal', type: 'REAL', value: Number.isFinite(v) ? v : v > 0 ? 'Infinity' : '-Infinity' };
    case 'string': {
      const us = type === 'TIMESTAMP' ? parseTimestamp(v) : null;
      if (us !== null) return { kind: 'literal', type: 'TIMESTAMP', value: us };
      return { kind: 'literal', type: type === 'JSON' ? type : 'TEXT', value: v };
    }
    default:
      return { kind: 'literal', type: 'BLOB', value: Buffer.from(v).toString('hex') };
  }
}

export function functionOf(call: Call): ScalarFunction {
  const known = scalarFunctions.get(call.fn);
  if (known === undefined) throw new Bug(`no function '${call.fn}'`);
  return known;
}

/** Evaluates a call whose arguments are known, one cell each. @throws RowError where the function may fail. */
export type CallEvaluator = (args: readonly Value[]) => Value;

/**
 * The meaning of a call, apart from its arguments: with affinity and collation of the call, and NULL of NULL for strict
 * functions. What a kernel falls back to. Lazy functions are evaluated eagerly.
 */
export function evaluatorOf(call: Call, context: EvaluateContext): CallEvaluator {
  const { strict, json, evaluate } = functionOf(call);
  const { affinity, collation = 'BINARY' } = call;
  const inner: CallContext = { ...context, jsonArgs: json === true ? jsonArgsOf(call.args) : 0 };
  return (args) => {
    if (strict === true && args.includes(null)) return null;
    return evaluate(affinity === undefined ? args : sides(args, affinity), collation, inner);
  };
}

/** Both sides of a comparison; two numbers stay numbers, even where a column has affinity TEXT. */
function sides(args: readonly Value[], affinity: NonNullable<Call['affinity']>): readonly Value[] {
  if (affinity === 'TEXT' && !args.some((v) => typeof v === 'string')) return args;
  return args.map((v) => forComparison(v, affinity));
}

/** Bit i: argument i is the result of a JSON function. A column of type JSON is text, as in SQLite. */
export function jsonArgsOf(args: readonly Expr[]): number {
  let mask = 0;
  for (const [i, arg] of args.entries()) {
    if (i < 31 && isJsonResult(arg)) mask |= 1 << i;
  }
  return mask;
}

/** Of several branches all must be such results, or none that is text. */
function isJsonResult(e: Expr): boolean {
  const branches =
    e.kind === 'case'
      ? [...e.branches.map((b) => b.then), e.otherwise]
      : e.kind === 'call' && (e.fn === 'coalesce' || e.fn === 'ifnull')
        ? e.args
        : e.kind === 'call' && (e.fn === 'iif' || e.fn === 'if')
          ? e.args.filter((_, i) => i % 2 === 1 || i === e.args.length - 1)
          : undefined;
  if (branches === undefined) return e.type === 'JSON' && (e.kind === 'call' || e.kind === 'literal');
  return branches.some(isJsonResult) && branches.every((b) => neverText.has(b.type) || isJsonResult(b));
}

const neverText: ReadonlySet<Type> = new Set(['NULL', 'INTEGER', 'REAL', 'BOOLEAN']);

/** Gives the cell of a column by its name. */
export type Row = (name: string) => Value;

/**
 * The reference interpreter: what an expression means for one row.
 *
 * @param context pins the time that 'now' means; default: the present.
 * @throws RowError where a function fails on the row.
 */
export const evaluate = (e: Expr, row: Row, context: EvaluateContext = { now: Date.now() }): Value =>
  prepare(e, context)(row);

/** `evaluate` for many rows: what does not depend on the row is done here. */
export function prepare(e: Expr, context: EvaluateContext): (row: Row) => Value {
  switch (e.kind) {
    case 'literal': {
      const v = literalValue(e);
      return () => v;
    }
    case 'column':
      return (row) => row(e.name);
    case 'cast': {
      const arg = prepare(e.arg, context);
      return (row) => castTo(arg(row), e.to, e.strict === true);
    }
    case 'case': {
      const branches = e.branches.map((b) => ({ when: prepare(b.when, context), then: prepare(b.then, context) }));
      const otherwise = prepare(e.otherwise, context);
      return (row) => (branches.find(({ when }) => truthOf(when(row)) === true)?.then ?? otherwise)(row);
    }
    case 'call': {
      const args = e.args.map((arg) => prepare(arg, context));
      if (functionOf(e).lazy === true) return (row) => evaluateLazy(e.fn, args, row);
      const f = evaluatorOf(e, context);
      return (row) => f(args.map((arg) => arg(row)));
    }
  }
}

/** `and`, `or`, `coalesce` and `iif` from as few of their arguments as settle it. */
function evaluateLazy(fn: string, args: readonly ((row: Row) => Value)[], row: Row): Value {
  switch (fn) {
    case 'and':
    case 'or': {
      const settles = fn === 'or';
      const left = truthOf(args[0]!(row));
      if (left === settles) return settles ? 1n : 0n;
      const right = truthOf(args[1]!(row));
      if (right === settles) return settles ? 1n : 0n;
      return left === null || right === null ? null : settles ? 0n : 1n;
    }
    case 'coalesce':
    case 'ifnull':
      for (const arg of args) {
        const v = arg(row);
        if (v !== null) return v;
      }
      return null;
    case 'iif':
    case 'if':
      for (let i = 0; i + 1 < args.length; i += 2) if (truthOf(args[i]!(row)) === true) return args[i + 1]!(row);
      return args.length % 2 === 1 ? args.at(-1)!(row) : null;
    default:
      throw new Bug(`no lazy evaluation of '${fn}'`);
  }
}

/**
 * Replaces every part without columns by its value, where that cannot differ from run to run and does not fail: what
 * fails is left for the row that meets it.
 */
export function foldConstants(e: Expr): Expr {
  const folded = mapChildren(e, foldConstants);
  if (!isConstant(folded)) return folded;
  try {
    const literal = literalOf(
      evaluate(folded, () => null),
      folded.type,
    );
    return literal.type === folded.type ? literal : folded;
  } catch (error) {
    if (error instanceof RowError) return folded;
    throw error;
  }
}

/** Has no part but literals below, and gives the same in every run. */
function isConstant(e: Expr): boolean {
  if (e.kind === 'literal' || e.kind === 'column') return false;
  if (!children(e).every((child) => child.kind === 'literal')) return false;
  return e.kind !== 'call' || (functionOf(e).volatile !== true && !readsClock(e));
}

/**
 * Whether a call gives what depends on when or where it runs: the clock, or the time zone of the machine. Such calls are
 * settled once for a query, but not before it runs. Values of columns that say 'now' are not seen here.
 */
export function readsClock(call: Call): boolean {
  if (functionOf(call).clock !== true) return false;
  if (call.args.length === (call.fn === 'strftime' ? 1 : 0)) return true;
  return call.args.some((arg) => arg.kind === 'literal' && clockWords.has(String(arg.value).toLowerCase()));
}

const clockWords: ReadonlySet<string> = new Set(['now', 'subsec', 'subsecond', 'localtime', 'utc']);
