import type { Type } from '../../data/types.ts';
import { Bug } from '../../base/errors.ts';
import { aggregates } from './aggregate.ts';
import { clockFunctions } from './clock.ts';
import { controlFunctions } from './control.ts';
import { dateFunctions } from './date.ts';
import type { AggregateFunction, ScalarFunction } from './function.ts';
import { jsonFunctions } from './json.ts';
import { jsonAggregates } from './json-groups.ts';
import { jsonbAggregates, jsonbFunctions } from './jsonb.ts';
import { lineageAggregates, lineageFunctions } from './lineage.ts';
import { mathFunctions } from './math.ts';
import { notationFunctions } from './notation.ts';
import { operators } from './operators.ts';
import { regexpFunctions } from './regexp.ts';
import { stringFunctions } from './strings.ts';
import { textFunctions } from './text.ts';
import { timestampFunctions } from './timestamp.ts';
import { zonedFunctions } from './zoned.ts';

const byName = <F extends { readonly name: string }>(functions: readonly F[]): ReadonlyMap<string, F> =>
  new Map(functions.map((f) => [f.name, f]));

/** Operators and scalar functions by name, in lower case. */
export const scalarFunctions: ReadonlyMap<string, ScalarFunction> = byName([
  ...operators,
  ...clockFunctions,
  ...controlFunctions,
  ...textFunctions,
  ...notationFunctions,
  ...stringFunctions,
  ...regexpFunctions,
  ...mathFunctions,
  ...dateFunctions,
  ...timestampFunctions,
  ...zonedFunctions,
  ...jsonFunctions,
  ...jsonbFunctions,
  ...lineageFunctions,
]);

/** Aggregate functions by name, in lower case. `min` and `max` are scalar functions too, of two and more arguments. */
export const aggregateFunctions: ReadonlyMap<string, AggregateFunction> = byName([
  ...aggregates,
  ...jsonAggregates,
  ...jsonbAggregates,
  ...lineageAggregates,
]);

/**
 * Type of the result of an operator or function, by name and types of its arguments.
 * It never names another storage class than the values have in SQLite; `ANY` where only the value tells.
 */
export function typeOfCall(fn: string, args: readonly Type[]): Type {
  const known = scalarFunctions.get(fn) ?? aggregateFunctions.get(fn);
  if (known === undefined) throw new Bug(`no function '${fn}'`);
  return typeof known.type === 'string' ? known.type : known.type(args);
}
