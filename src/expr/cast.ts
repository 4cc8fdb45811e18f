import {
  parseInZone,
  parseTimestamp as parseTimestampBytes,
  timestampText as formatTimestamp,
} from '../data/timestamp.ts';
import type { Affinity } from '../data/types.ts';
import type { Value } from '../data/value.ts';
import type { Zone } from '../data/zone.ts';
import { daysFromCivil, US_PER_DAY, US_PER_SECOND } from './calendar.ts';
import { integerOf, numericValue, realOf, textOf, truthOf } from './compare.ts';
import { integerPrefix, numberPrefix, smallInteger } from './number.ts';

export { formatTimestamp, parseTimestampBytes };

export type CastTarget = Affinity | 'BOOLEAN' | 'TIMESTAMP';

/**
 * CAST by SQLite's rules: never fails, takes what can be had of a text. BOOLEAN and TIMESTAMP, which SQLite does not
 * know, give NULL where the value is none; BOOLEAN is 0n or 1n, TIMESTAMP its text.
 *
 * @param strict TRY_CAST: NULL unless the whole text is a value of that type; INTEGER of a REAL with a fraction is NULL.
 */
export function castTo(v: Value, to: CastTarget, strict = false): Value {
  if (v === null) return null;
  if (strict && !fits(v, to)) return null;
  switch (to) {
    case 'INTEGER':
      return integerOf(strict && typeof v !== 'bigint' ? numericValue(v) : v);
    case 'REAL':
      return realOf(v);
    case 'NUMERIC':
      return typeof v === 'bigint' || typeof v === 'number' ? v : numeric(textOf(v));
    case 'TEXT':
      return textOf(v);
    case 'BLOB':
      return typeof v === 'object' ? v : new Uint8Array(Buffer.from(textOf(v)));
    case 'BOOLEAN':
      return booleanOf(v);
    case 'TIMESTAMP': {
      const us = timestampOf(v);
      return us === null ? null : formatTimestamp(us);
    }
  }
}

function numeric(text: string): bigint | number {
  const found = numberPrefix(text);
  const integer = integerPrefix(text);
  if (!found.real && integer.end !== 'overflow') return integer.value;
  return smallInteger(found.value) ?? found.value;
}

/** Whether TRY_CAST takes the value. */
function fits(v: NonNullable<Value>, to: CastTarget): boolean {
  switch (to) {
    case 'INTEGER': {
      if (typeof v === 'bigint') return true;
      if (typeof v !== 'number' && !numberPrefix(textOf(v)).whole) return false;
      const number = numericValue(v);
      return typeof number === 'bigint' || (Number.isInteger(number) && Math.abs(number as number) < 2 ** 63);
    }
    case 'REAL':
    case 'NUMERIC':
      return typeof v === 'bigint' || typeof v === 'number' || numberPrefix(textOf(v)).whole;
    default:
      return true;
  }
}

const booleanWords: ReadonlyMap<string, bigint> = new Map([
  ...['true', 't', 'yes', 'y', 'on'].map((word): [string, bigint] => [word, 1n]),
  ...['false', 'f', 'no', 'n', 'off'].map((word): [string, bigint] => [word, 0n]),
]);

function booleanOf(v: NonNullable<Value>): bigint | null {
  if (typeof v === 'bigint' || typeof v === 'number') return truthOf(v) ? 1n : 0n;
  const text = textOf(v).trim().toLowerCase();
  const word = booleanWords.get(text);
  if (word !== undefined) return word;
  return numberPrefix(text).whole ? (truthOf(text) ? 1n : 0n) : null;
}

/** A cell as a moment (us since epoch): TEXT by `parseTimestamp`, a number as seconds since epoch; else null. */
export function timestampOf(v: Value): number | null {
  if (typeof v === 'string') return parseTimestamp(v);
  if (typeof v === 'bigint' || typeof v === 'number') {
    const us = Math.round(Number(v) * US_PER_SECOND);
    return isWritable(us) ? us : null;
  }
  return null;
}

/** 0000-01-01 and 9999-12-31 23:59:59.999999: what four digits of a year can say. */
const EARLIEST = daysFromCivil(0, 1, 1) * US_PER_DAY;
const LATEST = (daysFromCivil(10000, 1, 1) - 1) * US_PER_DAY + (US_PER_DAY - 1);

/** Whether a moment (us since epoch) has a text; what has none is NULL. */
export const isWritable = (us: number): boolean => us >= EARLIEST && us <= LATEST;

/**
 * The moment that a text is: `YYYY-MM-DD`, then maybe `T` or a blank and `HH:MM[:SS[.fraction]]`, then maybe `Z` or
 * `+hh:mm`, `+hhmm`, `+hh`; blanks around it and before the offset. Without an offset it is UTC.
 *
 * @returns microseconds since 1970-01-01 UTC (further digits are cut off), or null where the text is no such moment.
 */
export const parseTimestamp = (text: string): number | null => readBy(parseTimestampBytes, text);

/** As `parseTimestamp`, but a text without an offset shows the clocks of a zone. */
export const momentIn = (text: string, zone: Zone): number | null => readBy(parseInZone(zone), text);

function readBy(parse: typeof parseTimestampBytes, text: string): number | null {
  const bytes = Buffer.from(text.trim().replace(/ (?=(?:[-+][0-9:]+|[zZ])$)/, ''));
  const us = parse(bytes, 0, bytes.length);
  return Number.isNaN(us) ? null : us;
}
