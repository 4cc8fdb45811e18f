import { civilFromDays, daysFromCivil, daysInMonth, US_PER_DAY, US_PER_SECOND } from '../calendar.ts';
import type { Zone } from '../../data/zone.ts';
import { RowError } from './function.ts';

/** Reading moments by a format of `%` codes, as C's strptime does; names of months and days in English. */

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
export const monthNames = [
  'January', 'February', 'March', 'April', 'May', 'June',
  'July', 'August', 'September', 'October', 'November', 'December',
]; // prettier-ignore
export const dayNames = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

interface Fields {
  year: number;
  month: number;
  day: number;
  dayOfYear: number;
  hour: number;
  minute: number;
  second: number;
  us: number;
  afternoon: boolean | undefined;
  /** Minutes east of UTC; NaN where the text says none. */
  zone: number;
  /** `%s`: seconds since epoch, which settle all else. */
  epoch: number;
}

type Field = (fields: Fields, text: string) => void;

const number =
  (set: (fields: Fields, n: number) => void): Field =>
  (fields, text) =>
    set(fields, Number(text));

function zone(fields: Fields, text: string): void {
  fields.zone = 0;
  if (/^[zZ]|^UTC$|^GMT$/.test(text)) return;
  const digits = text.replace(/\D/g, '').padEnd(4, '0');
  fields.zone = (text[0] === '-' ? -1 : 1) * (Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2)));
}

/** Regular expression of what a code reads, and what becomes of it. */
const fieldCodes: Readonly<Record<string, readonly [pattern: string, set: Field]>> = {
  Y: ['\\d{4}', number((f, n) => (f.year = n))],
  y: ['\\d{2}', number((f, n) => (f.year = n < 69 ? 2000 + n : 1900 + n))],
  m: ['\\d{1,2}', number((f, n) => (f.month = n))],
  b: ['[A-Za-z]{3,9}', (f, text) => (f.month = months.indexOf(text.slice(0, 3).toLowerCase()) + 1)],
  d: [' ?\\d{1,2}', number((f, n) => (f.day = n))],
  j: ['\\d{1,3}', number((f, n) => (f.dayOfYear = n))],
  H: [' ?\\d{1,2}', number((f, n) => (f.hour = n))],
  I: [' ?\\d{1,2}', number((f, n) => (f.hour = n % 12))],
  M: ['\\d{1,2}', number((f, n) => (f.minute = n))],
  S: ['\\d{1,2}', number((f, n) => (f.second = n))],
  f: ['\\d{1,9}', (f, text) => (f.us = Number(text.padEnd(6, '0').slice(0, 6)))],
  p: ['[AaPp][Mm]', (f, text) => (f.afternoon = /^p/i.test(text))],
  z: ['[zZ]|UTC|GMT|[-+]\\d\\d:?(?:\\d\\d)?', zone],
  Z: ['[A-Za-z]{1,5}', () => undefined],
  a: ['[A-Za-z]{3,9}', () => undefined],
  s: ['-?\\d{1,12}(?:\\.\\d+)?', number((f, n) => (f.epoch = n))],
};
const sameAs: Readonly<Record<string, string>> = { B: 'b', h: 'b', A: 'a', e: 'd', k: 'H', l: 'I', P: 'p' };
const shorthands: Readonly<Record<string, string>> = { T: '%H:%M:%S', R: '%H:%M', F: '%Y-%m-%d', D: '%m/%d/%y' };

type Reader = (text: string, zone?: Zone) => number;

const compiledFormats = new Map<string, Reader>();

/**
 * A reader for a format: gives us since epoch (in the zone, else UTC, unless the text has an offset), NaN for text that does not fit.
 * White space in the format matches any, none included. Codes: %Y %y %m %b %B %d %e %j %H %I %p %M %S %f %z %Z %s %a %A
 * %T %R %F %D %%.
 *
 * @throws RowError for a format with an unknown code.
 */
export function timeReader(format: string): Reader {
  let reader = compiledFormats.get(format);
  if (reader === undefined) {
    reader = compile(format);
    compiledFormats.set(format, reader);
  }
  return reader;
}

function compile(format: string): Reader {
  const setters: Field[] = [];
  const expanded = format.replace(/%([TRFD])/g, (_, code: string) => shorthands[code]!);
  const source = expanded.replace(
    /%([\s\S]?)|(\s+)|([\\^$.*+?()[\]{}|/])/g,
    (_, code: string = '', blank?: string, special?: string) => {
      if (blank !== undefined) return '\\s*';
      if (special !== undefined) return `\\${special}`;
      if (code === '%') return '%';
      const field = Object.hasOwn(fieldCodes, sameAs[code] ?? code) ? fieldCodes[sameAs[code] ?? code] : undefined;
      if (field === undefined) throw new RowError(`unknown code '%${code}' in a time format`);
      setters.push(field[1]);
      return `(${field[0]})`;
    },
  );
  const pattern = new RegExp(`^\\s*${source}\\s*$`);
  return (text, zone) => {
    const found = pattern.exec(text);
    if (found === null) return NaN;
    const fields: Fields = {
      year: 1970, month: 1, day: 1, dayOfYear: 0, hour: 0, minute: 0, second: 0, us: 0,
      afternoon: undefined, zone: NaN, epoch: NaN,
    }; // prettier-ignore
    for (let i = 0; i < setters.length; i++) setters[i]!(fields, found[i + 1]!);
    return toMicroseconds(fields, zone);
  };
}

function toMicroseconds(f: Fields, zone: Zone | undefined): number {
  if (!Number.isNaN(f.epoch)) return Math.round(f.epoch * US_PER_SECOND);
  if (f.month < 1 || f.month > 12 || f.day < 1 || f.day > daysInMonth(f.year, f.month)) return NaN;
  if (f.hour > 23 || f.minute > 59 || f.second > 60) return NaN;
  const days = f.dayOfYear > 0 ? daysFromCivil(f.year, 1, 1) + f.dayOfYear - 1 : daysFromCivil(f.year, f.month, f.day);
  const hour = f.afternoon === true ? (f.hour % 12) + 12 : f.hour;
  const time = days * US_PER_DAY + ((hour * 60 + f.minute) * 60 + f.second) * US_PER_SECOND + f.us;
  if (Number.isNaN(f.zone)) return zone === undefined ? time : zone.momentOf(time);
  return time - f.zone * 60 * US_PER_SECOND;
}

/** Letters of Java's SimpleDateFormat, by their number; Flink's DATE_FORMAT uses them. */
export function javaFormat(format: string, us: number): string {
  const days = Math.floor(us / US_PER_DAY);
  const { year, month, day } = civilFromDays(days);
  const inDay = us - days * US_PER_DAY;
  const hour = Math.floor(inDay / (3600 * US_PER_SECOND));
  const minute = Math.floor(inDay / (60 * US_PER_SECOND)) % 60;
  const second = Math.floor(inDay / US_PER_SECOND) % 60;
  const padded = (n: number, width: number): string => String(n).padStart(width, '0');
  return format.replace(/'((?:[^']|'')*)'|(y+|M+|d+|H+|h+|m+|s+|S+|a|E+)/g, (piece, literal?: string) => {
    if (literal !== undefined) return literal === '' ? "'" : literal.replaceAll("''", "'");
    const width = piece.length;
    switch (piece[0]) {
      case 'y':
        return width === 2 ? padded(year % 100, 2) : padded(year, width);
      case 'M':
        return width >= 3 ? monthNames[month - 1]!.slice(0, width === 3 ? 3 : undefined) : padded(month, width);
      case 'd':
        return padded(day, width);
      case 'H':
        return padded(hour, width);
      case 'h':
        return padded(hour % 12 === 0 ? 12 : hour % 12, width);
      case 'm':
        return padded(minute, width);
      case 's':
        return padded(second, width);
      case 'S':
        return padded(inDay % US_PER_SECOND, 6)
          .slice(0, width)
          .padEnd(width, '0');
      case 'a':
        return hour < 12 ? 'AM' : 'PM';
      default:
        return dayNames[(((days + 4) % 7) + 7) % 7]!.slice(0, width <= 3 ? 3 : undefined);
    }
  });
}
