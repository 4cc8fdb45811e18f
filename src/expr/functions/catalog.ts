import type { Type } from '../../data/types.ts';
import { Bug } from '../../base/errors.ts';
import { aggregates } from './aggregate.ts';
import { logicAggregates } from './aggregate-logic.ts';
import { clockFunctions } from './clock.ts';
import { controlFunctions } from './control.ts';
import { dateFunctions } from './date.ts';
import { digestFunctions } from './digest.ts';
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
import { timeDifferenceFunctions } from './time-difference.ts';
import { timestampFunctions } from './timestamp.ts';
import { intervalFunctions } from './interval.ts';
import { zonedFunctions } from './zoned.ts';

const byName = <F extends { readonly name: string }>(
  functions: readonly F[],
  others: Readonly<Record<string, string>>,
): ReadonlyMap<string, F> => {
  const found = new Map(functions.map((f) => [f.name, f]));
  // SQLite does not know these names, so such a call stays here.
  for (const [name, of] of Object.entries(others)) found.set(name, { ...found.get(of)!, name, inSqlite: false });
  return found;
};

/** Names that PostgreSQL, DuckDB and Flink have for functions that are here under another one. */
const otherScalars = {
  ...{ char_length: 'length', character_length: 'length', strpos: 'instr', chr: 'char' },
  ...{ date_part: 'extract', dayofmonth: 'day', try_strptime: 'strptime', regexp_like: 'regexp_matches' },
  ...{ regexp_substr: 'regexp_extract', weekofyear: 'week', datediff: 'date_diff', datesub: 'timestampdiff' },
  ...{ nvl: 'ifnull', iff: 'iif', len: 'length', ucase: 'upper', lcase: 'lower', btrim: 'trim', replicate: 'repeat' },
  ...{ startswith: 'starts_with', endswith: 'ends_with', prefix: 'starts_with', suffix: 'ends_with' },
  ...{ str_split: 'string_split', split: 'string_split', string_to_array: 'string_split' },
  ...{ array_length: 'json_array_length', gen_random_uuid: 'uuid' },
};
const otherAggregates = {
  ...{ array_agg: 'list', listagg: 'group_concat', arbitrary: 'any_value' },
  ...{ every: 'bool_and', countif: 'count_if', approx_quantile: 'percentile_cont', quantile: 'percentile_disc' },
  ...{ max_by: 'arg_max', min_by: 'arg_min', quantile_cont: 'percentile_cont', quantile_disc: 'percentile_disc' },
};

/** Operators and scalar functions by name, in lower case. */
export const scalarFunctions: ReadonlyMap<string, ScalarFunction> = byName(
  [
    ...operators,
    ...clockFunctions,
    ...controlFunctions,
    ...textFunctions,
    ...notationFunctions,
    ...stringFunctions,
    ...digestFunctions,
    ...regexpFunctions,
    ...mathFunctions,
    ...dateFunctions,
    ...timestampFunctions,
    ...timeDifferenceFunctions,
    ...zonedFunctions,
    ...intervalFunctions,
    ...jsonFunctions,
    ...jsonbFunctions,
    ...lineageFunctions,
  ],
  otherScalars,
);

/** Aggregate functions by name, in lower case. `min` and `max` are scalar functions too, of two and more arguments. */
export const aggregateFunctions: ReadonlyMap<string, AggregateFunction> = byName(
  [...aggregates, ...logicAggregates, ...jsonAggregates, ...jsonbAggregates, ...lineageAggregates],
  otherAggregates,
);

/**
 * Type of the result of an operator or function, by name and types of its arguments.
 * It never names another storage class than the values have in SQLite; `ANY` where only the value tells.
 */
export function typeOfCall(fn: string, args: readonly Type[]): Type {
  const known = scalarFunctions.get(fn) ?? aggregateFunctions.get(fn);
  if (known === undefined) throw new Bug(`no function '${fn}'`);
  return typeof known.type === 'string' ? known.type : known.type(args);
}
