import { foldCase } from '../../data/compare.ts';
import type { Value } from '../../data/value.ts';
import type { Zone } from '../../data/zone.ts';
import { addMonths, civilFromDays, daysFromCivil, US_PER_DAY, US_PER_SECOND } from '../calendar.ts';
import { formatTimestamp, isWritable, timestampOf } from '../cast.ts';
import { integerOf, textOf } from '../compare.ts';
import { RowError, type ScalarFunction } from './function.ts';
import { javaFormat, timeReader } from './time-format.ts';
import { zoneOf } from './zoned.ts';

/** Functions on TIMESTAMP, which SQLite lacks. Boxed timestamps are their text; a number is seconds since epoch. */

const HOUR = 3600 * US_PER_SECOND;

const fixedUnits: Readonly<Record<string, number>> = {
  microsecond: 1,
  millisecond: 1000,
  second: US_PER_SECOND,
  minute: 60 * US_PER_SECOND,
  hour: HOUR,
  day: US_PER_DAY,
};

/** `MINUTES` is `minute`. */
export const unitName = (unit: string): string => foldCase(unit).replace(/s$/, '');

/**
 * Start of the unit that a moment is in; weeks start on Monday. All in UTC, us since epoch.
 *
 * @throws RowError for an unknown unit.
 */
export function truncateTimestamp(unit: string, us: number): number {
  const name = unitName(unit);
  const size = Object.hasOwn(fixedUnits, name) ? fixedUnits[name] : undefined;
  if (size !== undefined) return Math.floor(us / size) * size;
  const days = Math.floor(us / US_PER_DAY);
  const { year, month } = civilFromDays(days);
  switch (name) {
    case 'week':
      return (days - afterMonday(days)) * US_PER_DAY;
    case 'month':
      return daysFromCivil(year, month, 1) * US_PER_DAY;
    case 'quarter':
      return daysFromCivil(year, month - ((month - 1) % 3), 1) * US_PER_DAY;
    case 'year':
      return daysFromCivil(year, 1, 1) * US_PER_DAY;
    default:
      throw new RowError(`unknown unit of time '${unit}'`);
  }
}

/** Start of the unit behind the one that begins at `start`: its length is fixed, or in months. */
export function unitAfter(name: string, start: number): number {
  const months = { month: 1, quarter: 3, year: 12 }[name];
  return months === undefined ? start + (fixedUnits[name] ?? 7 * US_PER_DAY) : addMonths(start, months);
}

/** 0 is Monday. */
const afterMonday = (days: number): number => (((days + 3) % 7) + 7) % 7;

/**
 * A field of a moment (us since epoch, UTC): year quarter month week day hour minute second millisecond microsecond
 * dow (0 Sunday) isodow (7 Sunday) doy epoch (seconds). Milli- and microseconds include the seconds, as in PostgreSQL.
 *
 * @throws RowError for an unknown field.
 */
export function extractField(field: string, us: number): number {
  const name = unitName(field);
  const days = Math.floor(us / US_PER_DAY);
  const inDay = us - days * US_PER_DAY;
  const inMinute = inDay % (60 * US_PER_SECOND);
  switch (name) {
    case 'hour':
      return Math.floor(inDay / HOUR);
    case 'minute':
      return Math.floor(inDay / (60 * US_PER_SECOND)) % 60;
    case 'second':
      return Math.floor(inMinute / US_PER_SECOND);
    case 'millisecond':
      return Math.floor(inMinute / 1000);
    case 'microsecond':
      return inMinute;
    case 'epoch':
      return Math.floor(us / US_PER_SECOND);
    case 'dow':
      return (afterMonday(days) + 1) % 7;
    case 'isodow':
      return afterMonday(days) + 1;
  }
  const { year, month, day } = civilFromDays(days);
  switch (name) {
    case 'year':
      return year;
    case 'quarter':
      return Math.floor((month + 2) / 3);
    case 'month':
      return month;
    case 'day':
      return day;
    case 'doy':
      return days - daysFromCivil(year, 1, 1) + 1;
    case 'week': {
      const thursday = days - afterMonday(days) + 3;
      return Math.floor((thursday - daysFromCivil(civilFromDays(thursday).year, 1, 1)) / 7) + 1;
    }
    default:
      throw new RowError(`unknown field of a time '${field}'`);
  }
}

const boxed = (us: number | null): Value => (us !== null && isWritable(us) ? formatTimestamp(us) : null);

const common = { strict: true, inSqlite: false } as const;

const part = (name: string): ScalarFunction => ({
  ...common,
  name,
  arity: [1, 1],
  type: 'INTEGER',
  evaluate: ([v]) => {
    const us = timestampOf(v!);
    return us === null ? null : BigInt(extractField(name, us));
  },
  doc: `\`${name}(TIMESTAMP '2024-05-06 07:08:09')\` = ${extractField(name, 1714979289000000)}`,
});

const read = (v: Value, format: Value | undefined, zone?: Value): number | null =>
  format === undefined
    ? timestampOf(v)
    : timeReader(textOf(format!))(textOf(v!), zone === undefined ? undefined : zoneOf(zone));

/**
 * Start of the unit, as the clocks of a zone show it: of hours and less within the offset that holds, of days and more
 * the moment at which clocks show it.
 */
function truncateInZone(unit: string, us: number, zone: Zone): number {
  const offset = zone.offsetAt(us);
  const local = truncateTimestamp(unit, us + offset);
  return Object.hasOwn(fixedUnits, unitName(unit)) && unitName(unit) !== 'day' ? local - offset : zone.momentOf(local);
}

/** A moment at which a unit begins is itself; any other one is before the start of the next. */
function roundUp(unit: string, us: number, zone: Zone | undefined): number {
  const start = zone === undefined ? truncateTimestamp(unit, us) : truncateInZone(unit, us, zone);
  if (start === us) return us;
  const name = unitName(unit);
  if (zone === undefined || (Object.hasOwn(fixedUnits, name) && name !== 'day')) return unitAfter(name, start);
  return zone.momentOf(unitAfter(name, truncateTimestamp(unit, us + zone.offsetAt(us))));
}

export const timestampFunctions: readonly ScalarFunction[] = [
  {
    ...common,
    name: 'strptime',
    arity: [2, 3],
    type: 'TIMESTAMP',
    mayFail: true,
    evaluate: ([text, format, zone]) => boxed(read(text!, format, zone)),
    doc: `\`strptime('06/May/2024:07:08:09 +0200', '%d/%b/%Y:%H:%M:%S %z')\` = '2024-05-06 05:08:09'; NULL where it does not fit; without an offset in UTC, or in the zone that comes third`,
  },
  {
    ...common,
    name: 'to_timestamp',
    arity: [1, 2],
    type: 'TIMESTAMP',
    mayFail: true,
    evaluate: ([v, format]) => boxed(read(v!, format)),
    doc: `\`to_timestamp(86400)\` = '1970-01-02 00:00:00'; seconds, ISO 8601 text, or text with a format as of strptime`,
  },
  {
    ...common,
    name: 'date_trunc',
    arity: [2, 3],
    type: 'TIMESTAMP',
    mayFail: true,
    evaluate: ([unit, v, zone]) => {
      const us = timestampOf(v!);
      if (us === null) return null;
      const name = textOf(unit!);
      return boxed(zone === undefined ? truncateTimestamp(name, us) : truncateInZone(name, us, zoneOf(zone)));
    },
    doc: `\`date_trunc('hour', TIMESTAMP '2024-05-06 07:08:09')\` = '2024-05-06 07:00:00'; weeks start on Monday; in UTC, or in the zone that comes third`,
  },
  {
    ...common,
    name: 'date_ceil',
    arity: [2, 3],
    type: 'TIMESTAMP',
    mayFail: true,
    evaluate: ([unit, v, zone]) => {
      const us = timestampOf(v!);
      return us === null ? null : boxed(roundUp(textOf(unit!), us, zone === undefined ? undefined : zoneOf(zone)));
    },
    doc: `\`date_ceil('hour', TIMESTAMP '2024-05-06 07:08:09')\` = '2024-05-06 08:00:00'; what \`CEIL(ts TO HOUR)\` means`,
  },
  {
    ...common,
    name: 'timestamp_add',
    arity: [3, 3],
    type: 'TIMESTAMP',
    evaluate: ([v, months, us]) => {
      const from = timestampOf(v!);
      return from === null ? null : boxed(addMonths(from, Number(integerOf(months!))) + Number(integerOf(us!)));
    },
    doc: `\`timestamp_add(ts, 1, 0)\`: so many months and microseconds later; what \`ts + INTERVAL '1' MONTH\` means`,
  },
  {
    ...common,
    name: 'extract',
    arity: [2, 2],
    type: 'INTEGER',
    mayFail: true,
    evaluate: ([field, v]) => {
      const us = timestampOf(v!);
      return us === null ? null : BigInt(extractField(textOf(field!), us));
    },
    doc: `\`EXTRACT(hour FROM TIMESTAMP '2024-05-06 07:08:09')\` = 7`,
  },
  ...['year', 'quarter', 'month', 'week', 'day', 'hour', 'minute', 'second'].map(part),
  {
    ...common,
    name: 'epoch_ms',
    arity: [1, 1],
    type: 'INTEGER',
    evaluate: ([v]) => {
      const us = timestampOf(v!);
      return us === null ? null : BigInt(Math.floor(us / 1000));
    },
    doc: `\`epoch_ms(TIMESTAMP '1970-01-01 00:00:01.5')\` = 1500`,
  },
  {
    ...common,
    name: 'epoch_us',
    arity: [1, 1],
    type: 'INTEGER',
    evaluate: ([v]) => {
      const us = timestampOf(v!);
      return us === null ? null : BigInt(us);
    },
    doc: `\`epoch_us(TIMESTAMP '1970-01-01 00:00:01.5')\` = 1500000`,
  },
  {
    ...common,
    name: 'date_format',
    arity: [2, 3],
    type: 'TEXT',
    mayFail: true,
    evaluate: ([v, format, zone]) => {
      const us = timestampOf(v!);
      if (us === null) return null;
      return javaFormat(textOf(format!), zone === undefined ? us : us + zoneOf(zone).offsetAt(us));
    },
    doc: `\`date_format(TIMESTAMP '2024-05-06 07:08:09', 'yyyy-MM-dd HH:mm')\` = '2024-05-06 07:08'; for % codes there is strftime`,
  },
  {
    name: 'now',
    arity: [0, 0],
    type: 'TIMESTAMP',
    volatile: true,
    inSqlite: false,
    evaluate: (_args, _collation, { now }) => formatTimestamp(Math.round(now * 1000)),
    doc: '`now()`: the time at which the query started, UTC',
  },
];
