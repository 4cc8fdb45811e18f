import type { Value } from '../../data/value.ts';
import { integerOf, textOf } from '../compare.ts';
import { formatDuration, parseDuration } from '../duration.ts';
import { RowError, type ScalarFunction } from './function.ts';

/** A length of time is so many microseconds while it is reckoned with, and text of ISO 8601 for everybody else. */

const DAY = 8.64e10;

/**
 * A field of a length of time (us), as PostgreSQL has them: days are all that there are, what is below wraps.
 *
 * @throws RowError for an unknown field.
 */
function fieldOf(field: string, us: number): number {
  const name = field.toLowerCase().replace(/s$/, '');
  const within = (size: number, unit: number): number => Math.trunc((us % size) / unit);
  switch (name) {
    case 'epoch':
      return Math.trunc(us / 1e6);
    case 'day':
      return Math.trunc(us / DAY);
    case 'hour':
      return within(DAY, 3.6e9);
    case 'minute':
      return within(3.6e9, 6e7);
    case 'second':
      return within(6e7, 1e6);
    case 'millisecond':
      return within(6e7, 1e3);
    case 'microsecond':
      return us % 6e7;
    default:
      throw new RowError(`an INTERVAL has no field '${field}'`);
  }
}

const common = { strict: true, inSqlite: false } as const;
const micros = (v: Value): number => Number(integerOf(v));

export const intervalFunctions: readonly ScalarFunction[] = [
  {
    ...common,
    name: 'interval_text',
    arity: [1, 1],
    type: 'TEXT',
    evaluate: ([us]) => formatDuration(micros(us!)),
    doc: `\`interval_text(5400000000)\` = 'PT1H30M': so many microseconds; what an INTERVAL shows itself as`,
  },
  {
    ...common,
    name: 'interval_us',
    arity: [1, 1],
    type: 'INTEGER',
    evaluate: ([text]) => {
      const length = parseDuration(textOf(text!).trim());
      return length === undefined || length.months !== 0 ? null : BigInt(length.us);
    },
    doc: `\`interval_us('1 hour 30 min')\` = 5400000000; NULL for text that is no length of time, and for months`,
  },
  {
    ...common,
    name: 'interval_field',
    arity: [2, 2],
    type: 'INTEGER',
    mayFail: true,
    evaluate: ([field, us]) => BigInt(fieldOf(textOf(field!), micros(us!))),
    doc: `\`interval_field('hour', 95400000000)\` = 2; what \`EXTRACT(hour FROM b - a)\` means`,
  },
];
