import { zoneNamed } from '../data/zone.ts';
import { momentIn, parseTimestamp } from '../expr/cast.ts';
import { boolean, nullLiteral, text, type Literal } from '../expr/expr.ts';
import type * as ast from '../syntax/ast.ts';
import { fault } from './fault.ts';
import { integerLiteral, realLiteral } from './params.ts';

/**
 * A constant as written; `negative` where a minus stands before it (so that the smallest INTEGER can be written).
 *
 * @param zone of a TIMESTAMP without an offset; default: UTC.
 */
export function literal(e: ast.LiteralExpr, negative = false, zone?: string): Literal {
  switch (e.type) {
    case 'null':
      return nullLiteral;
    case 'true':
    case 'false':
      return boolean(e.type === 'true');
    case 'integer': {
      const digits = e.text.replaceAll('_', '');
      // Hex digits are the bits of a 64-bit integer, and stay so under a minus.
      const isHex = /^0x/i.test(digits);
      if (isHex && (BigInt(digits) >> 64n > 0n || (negative && BigInt(digits) === 1n << 63n))) {
        fault('E0203', e.span, 'hex literal too big', { label: 'an INTEGER has 64 bits' });
      }
      const value = isHex ? BigInt.asIntN(64, BigInt(digits)) : BigInt(digits);
      return integerLiteral(negative ? -value : value) ?? realLiteral(Number(digits) * (negative ? -1 : 1));
    }
    case 'real':
      return realLiteral(Number(e.text.replaceAll('_', '')) * (negative ? -1 : 1));
    case 'string':
      return text(e.text);
    case 'blob':
      return { kind: 'literal', type: 'BLOB', value: e.text.toLowerCase() };
    case 'timestamp':
    case 'date': {
      const us = zone === undefined ? parseTimestamp(e.text) : momentIn(e.text, zoneNamed(zone)!);
      if (us === null) {
        fault('E0203', e.span, `'${e.text}' is not a ${e.type}`, {
          label: `expected 'YYYY-MM-DD${e.type === 'timestamp' ? ' HH:MM:SS' : ''}'`,
        });
      }
      return { kind: 'literal', type: 'TIMESTAMP', value: us };
    }
    case 'time':
      return text(e.text);
  }
}

/** A length of time: months (which have no fixed length) and microseconds. */
export interface Duration {
  readonly months: number;
  readonly us: number;
}

const units: Readonly<Record<string, Duration>> = {
  MICROSECOND: { months: 0, us: 1 },
  MILLISECOND: { months: 0, us: 1e3 },
  SECOND: { months: 0, us: 1e6 },
  MINUTE: { months: 0, us: 6e7 },
  HOUR: { months: 0, us: 3.6e9 },
  DAY: { months: 0, us: 8.64e10 },
  WEEK: { months: 0, us: 6.048e11 },
  MONTH: { months: 1, us: 0 },
  QUARTER: { months: 3, us: 0 },
  YEAR: { months: 12, us: 0 },
};
const short: Readonly<Record<string, string>> = {
  US: 'MICROSECOND',
  MS: 'MILLISECOND',
  S: 'SECOND',
  SEC: 'SECOND',
  M: 'MINUTE',
  MIN: 'MINUTE',
  H: 'HOUR',
  D: 'DAY',
  W: 'WEEK',
};

const unitOf = (word: string): Duration | undefined => {
  const name = word.toUpperCase();
  return units[short[name] ?? name] ?? units[name.replace(/S$/, '')];
};

/** `'5'` with a unit, or `'5 seconds'`, `'1 hour 30 min'`, `'200ms'`, `'1 day 04:05:06'`, `'P1DT2H'`; undefined where it is none. */
export function parseDuration(amount: string, unit?: string): Duration | undefined {
  if (unit !== undefined && /^\s*[-+]?\d+(\.\d+)?\s*$/.test(amount)) return times(unitOf(unit), Number(amount));
  const iso = isoDuration.exec(amount);
  if (iso !== null) return parseDuration(spelledOut(iso[1]!, iso[2] ?? ''));
  const clock = /^(.*?)\s*([-+]?)(\d+):(\d\d)(?::(\d\d(?:\.\d+)?))?\s*$/.exec(amount);
  if (clock !== null) {
    const [, before, sign, hours, minutes, seconds = '0'] = clock;
    const time = { months: 0, us: ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1e6 };
    const days = before === '' ? { months: 0, us: 0 } : parseDuration(before!);
    return days && { months: days.months, us: days.us + Math.round(sign === '-' ? -time.us : time.us) };
  }
  const parts = [...amount.matchAll(/([-+]?\d+(?:\.\d+)?)\s*([a-z]+)\s*/gi)];
  if (parts.length === 0 || parts.map((p) => p[0]).join('') !== amount.trimStart()) return undefined;
  let sum: Duration = { months: 0, us: 0 };
  for (const [, n, word] of parts) {
    const part = times(unitOf(word!), Number(n));
    if (part === undefined) return undefined;
    sum = { months: sum.months + part.months, us: sum.us + part.us };
  }
  return sum;
}

/** `P1Y2M3DT4H5M6.5S` */
const isoDuration = /^P((?:\d+[YMWD])*)(?:T((?:\d+H)?(?:\d+M)?(?:\d+(?:\.\d+)?S)?))?$/;

/** The parts of ISO 8601 with their units in words: M is a month before the T, and a minute behind it. */
const spelledOut = (date: string, time: string): string =>
  [
    ...[...date.matchAll(/(\d+)([YMWD])/g)].map(
      ([, n, u]) => `${n} ${{ Y: 'year', M: 'month', W: 'week', D: 'day' }[u!]}`,
    ),
    ...[...time.matchAll(/([\d.]+)([HMS])/g)].map(([, n, u]) => `${n} ${{ H: 'hour', M: 'minute', S: 'second' }[u!]}`),
  ].join(' ');

function times(unit: Duration | undefined, n: number): Duration | undefined {
  if (unit === undefined || (unit.months > 0 && !Number.isInteger(n))) return undefined;
  return { months: unit.months * n, us: Math.round(unit.us * n) };
}

/** INTERVAL as written. */
export function duration(e: ast.Interval): Duration {
  return (
    parseDuration(e.amount, e.unit) ??
    fault('E0203', e.span, `INTERVAL '${e.amount}' is not a length of time`, {
      label: "expected a number and a unit: INTERVAL '5' SECOND, INTERVAL '5 seconds'",
    })
  );
}
