import type { Value } from '../../data/value.ts';
import { addMonths, civilFromDays, US_PER_DAY, US_PER_SECOND } from '../calendar.ts';
import { formatTimestamp, timestampOf } from '../cast.ts';
import { textOf } from '../compare.ts';
import type { ScalarFunction } from './function.ts';
import { extractField, truncateTimestamp, unitAfter, unitName } from './timestamp.ts';

const common = { strict: true, inSqlite: false } as const;

/** Months since year 0. */
function monthOf(us: number): number {
  const { year, month } = civilFromDays(Math.floor(us / US_PER_DAY));
  return year * 12 + month - 1;
}
const monthsIn: Readonly<Record<string, number>> = { month: 1, quarter: 3, year: 12 };

/** us of a unit of fixed length. @throws RowError for an unknown unit. */
const lengthOf = (unit: string): number =>
  unitAfter(unitName(unit), truncateTimestamp(unit, 0)) - truncateTimestamp(unit, 0);

/** How often a unit begins between two moments (us since epoch). */
function begun(unit: string, from: number, to: number): number {
  const months = monthsIn[unitName(unit)];
  if (months !== undefined) return Math.floor(monthOf(to) / months) - Math.floor(monthOf(from) / months);
  return (truncateTimestamp(unit, to) - truncateTimestamp(unit, from)) / lengthOf(unit);
}

/** How many whole units lie between two moments. */
function whole(unit: string, from: number, to: number): number {
  const months = monthsIn[unitName(unit)];
  if (months === undefined) return Math.trunc((to - from) / lengthOf(unit)) || 0;
  const count = monthOf(to) - monthOf(from);
  const reached = addMonths(from, count);
  const full = count > 0 && reached > to ? count - 1 : count < 0 && reached < to ? count + 1 : count;
  return Math.trunc(full / months) || 0;
}

const between = (name: string, count: typeof begun, doc: string): ScalarFunction => ({
  ...common,
  name,
  arity: [3, 3],
  type: 'INTEGER',
  mayFail: true,
  evaluate: ([unit, a, b]) => {
    const [from, to] = [timestampOf(a!), timestampOf(b!)];
    return from === null || to === null ? null : BigInt(count(textOf(unit!), from, to));
  },
  doc,
});

const ofMoment = (
  name: string,
  type: 'INTEGER' | 'TEXT' | 'REAL' | 'TIMESTAMP',
  f: (us: number) => Value,
  doc: string,
): ScalarFunction => ({
  ...common,
  name,
  arity: [1, 1],
  type,
  evaluate: ([v]) => {
    const us = timestampOf(v!);
    return us === null ? null : f(us);
  },
  doc,
});

const days = 'Monday Tuesday Wednesday Thursday Friday Saturday Sunday'.split(' ');
const months = 'January February March April May June July August September October November December'.split(' ');

/** What other systems ask of moments; those of SQLite are in date.ts. */
export const timeDifferenceFunctions: readonly ScalarFunction[] = [
  between(
    'date_diff',
    begun,
    "`date_diff('month', '2024-01-31', '2024-02-01')` = 1: how often a unit begins between two times, as in DuckDB",
  ),
  between(
    'timestampdiff',
    whole,
    "`timestampdiff('month', '2024-01-31', '2024-02-01')` = 0: whole units; the unit may stand there as a word, as in Flink",
  ),
  ofMoment(
    'last_day',
    'TIMESTAMP',
    (us) => formatTimestamp(addMonths(truncateTimestamp('month', us), 1) - US_PER_DAY),
    "`last_day('2024-02-03')` = '2024-02-29 00:00:00'",
  ),
  ofMoment('dayname', 'TEXT', (us) => days[extractField('isodow', us) - 1]!, "`dayname('2024-05-06')` = 'Monday'"),
  ofMoment('monthname', 'TEXT', (us) => months[extractField('month', us) - 1]!, "`monthname('2024-05-06')` = 'May'"),
  ofMoment('dayofyear', 'INTEGER', (us) => BigInt(extractField('doy', us)), "`dayofyear('2024-02-01')` = 32"),
  ofMoment('isodow', 'INTEGER', (us) => BigInt(extractField('isodow', us)), "`isodow('2024-05-12')` = 7: Monday is 1"),
  ofMoment('epoch', 'REAL', (us) => us / US_PER_SECOND, "`epoch('1970-01-01 00:00:01.5')` = 1.5"),
  ofMoment(
    'unix_timestamp',
    'INTEGER',
    (us) => BigInt(Math.floor(us / US_PER_SECOND)),
    "`unix_timestamp('1970-01-01 00:01:00')` = 60",
  ),
];
