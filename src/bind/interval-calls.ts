import type { Span } from '../base/span.ts';
import type { Expr } from '../expr/expr.ts';
import { aggregateFunctions } from '../expr/functions/catalog.ts';
import { windowFunctions } from '../expr/functions/window.ts';
import type * as ast from '../syntax/ast.ts';
import { call } from './call.ts';
import { fault } from './fault.ts';
import { intervalOf, lengthIn, stored } from './interval.ts';

/** Scalar functions that give one of their arguments. */
const alike: ReadonlySet<string> = new Set(['min', 'max', 'least', 'greatest', 'coalesce', 'ifnull', 'nullif', 'abs']);
const ofNumbers: ReadonlySet<string> = new Set([
  ...['round', 'sign', 'floor', 'ceil', 'ceiling', 'trunc'],
  ...['sqrt', 'pow', 'power', 'mod', 'exp', 'ln', 'log', 'log2', 'log10'],
]);
const fields: ReadonlySet<string> = new Set(['day', 'hour', 'minute', 'second']);

/** A scalar function of INTERVALs that knows them; undefined where none is among the arguments, or their text is meant. */
export function calledWithLengths(name: string, args: readonly Expr[], { span }: ast.CallExpr): Expr | undefined {
  if (!args.some(lengthIn)) return undefined;
  const [first, second] = args;
  if (alike.has(name) && args.every((a) => a.type === 'NULL' || lengthIn(a)))
    return intervalOf(call(name, args.map(stored)));
  if ((name === 'iif' || name === 'if') && args.slice(1).every((a) => a.type === 'NULL' || lengthIn(a)))
    return intervalOf(call(name, [first!, ...args.slice(1).map(stored)]));
  if (name === 'epoch_us') return stored(first!);
  if (name === 'epoch_ms') return call('/', [stored(first!), { kind: 'literal', type: 'INTEGER', value: 1000 }]);
  if (name === 'extract' || name === 'date_part') return call('interval_field', [first!, stored(second!)]);
  if (ofNumbers.has(name)) return ofNumber(name, span);
  if (!fields.has(name)) return undefined;
  return call('interval_field', [{ kind: 'literal', type: 'TEXT', value: name }, stored(first!)]);
}

/** These give one of the values of their first argument. */
const chosen: ReadonlySet<string> = new Set([
  ...['min', 'max', 'any_value', 'first', 'last', 'arg_min', 'arg_max', 'sum', 'mode'],
  ...['first_value', 'last_value', 'nth_value', 'lag', 'lead'],
]);
/** These give a number between them. */
const between: ReadonlySet<string> = new Set(['avg', 'median', 'percentile_cont', 'percentile_disc']);
/** To these any value is as good as its text. */
const ofText: ReadonlySet<string> = new Set(['count', 'approx_count_distinct', 'group_concat', 'string_agg', 'list']);

/**
 * How an aggregate or window function takes INTERVALs, and what its result is; undefined where it has none.
 *
 * @throws QueryError for a function that reckons with numbers only.
 */
export function aggregatedLengths(
  name: string,
  args: readonly Expr[],
  { span }: ast.CallExpr,
): { readonly args: readonly Expr[]; readonly result: (e: Expr) => Expr } | undefined {
  if (!args.some(lengthIn)) return undefined;
  const known = aggregateFunctions.get(name)?.name ?? windowFunctions.get(name)?.name ?? name;
  const isFirst = lengthIn(args[0]!) !== undefined;
  const all = args.map(stored);
  if (chosen.has(known)) return { args: all, result: isFirst ? intervalOf : (e) => e };
  if (between.has(known) && isFirst)
    return {
      args: all,
      result: (e) => intervalOf({ kind: 'cast', arg: call('round', [e]), to: 'INTEGER', type: 'INTEGER' }),
    };
  if (ofText.has(known) || known.startsWith('json')) return undefined;
  return ofNumber(name, span);
}

const ofNumber = (name: string, span: Span): never =>
  fault('E0201', span, `\`${name}\` of an INTERVAL`, {
    label: 'it takes numbers',
    help: ['take the length as one: epoch_ms(b - a), in milliseconds'],
  });
