import type { Zone } from './zone.ts';

const DAY = 86_400e6;
/** The day that was written last: the times of a batch are mostly of few days. */
let written = { day: NaN, text: '' };

/**
 * TIMESTAMP as TEXT: `YYYY-MM-DD HH:MM:SS`, with `.ffffff` where there is a fraction of a second. The order of the texts
 * is the order of the times.
 *
 * @param time microseconds since 1970-01-01 UTC, within the years 0 to 9999.
 */
export function timestampText(time: number): string {
  const rest = time % DAY;
  const inDay = rest < 0 ? rest + DAY : rest;
  const day = (time - inDay) / DAY;
  if (day !== written.day) written = { day, text: new Date(day * 86_400e3).toISOString().slice(0, 10) };
  const second = Math.floor(inDay / 1e6);
  const minute = Math.floor(second / 60);
  const hour = Math.floor(minute / 60);
  const text = `${written.text} ${two(hour)}:${two(minute - hour * 60)}:${two(second - minute * 60)}`;
  const fraction = inDay - second * 1e6;
  return fraction === 0 ? text : `${text}.${String(fraction).padStart(6, '0')}`;
}

/** A whole number from 0 to 99 in two digits. */
export const two = (n: number): string => (n < 10 ? `0${n}` : String(n));

const canonical = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.(\d{6}))?$/;

/** Inverse of `timestampText`: microseconds, or undefined for a text that is not exactly of that form. */
export function timestampOf(text: string): number | undefined {
  const found = canonical.exec(text);
  if (found === null) return undefined;
  const ms = Date.parse(`${found[1]}T${found[2]}Z`);
  if (Number.isNaN(ms)) return undefined;
  const time = ms * 1000 + Number(found[3] ?? 0);
  return timestampText(time) === text ? time : undefined;
}

const digitsAt = (bytes: Uint8Array, at: number, count: number, end: number): number => {
  if (at + count > end) return NaN;
  let value = 0;
  for (let i = at; i < at + count; i++) {
    const digit = bytes[i]! - 48;
    if (digit < 0 || digit > 9) return NaN;
    value = value * 10 + digit;
  }
  return value;
};

/** The day that was read last. */
let read = { year: NaN, month: NaN, day: NaN, time: NaN };

/** When a day begins, in microseconds; NaN where there is no such day. */
function dayOf(year: number, month: number, day: number): number {
  if (year === read.year && month === read.month && day === read.day) return read.time;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  // A day that the month does not have would come out in the next one; NaN fails both tests.
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return NaN;
  read = { year, month, day, time: date.getTime() * 1000 };
  return read.time;
}

const MINUTE = 60e6;

/**
 * The moment that `bytes[start .. end)` is: `YYYY-MM-DD`, then maybe `T` or a blank and `HH:MM[:SS[.fraction]]`, then
 * maybe `Z` or `+hh`, `+hhmm`, `+hh:mm`. Without an offset it is UTC.
 *
 * @returns microseconds since 1970-01-01 UTC (further digits are cut off), NaN where it is no such moment.
 */
export function parseTimestamp(bytes: Uint8Array, start: number, end: number): number {
  const year = digitsAt(bytes, start, 4, end);
  const month = digitsAt(bytes, start + 5, 2, end);
  const day = digitsAt(bytes, start + 8, 2, end);
  if (bytes[start + 4] !== 45 || bytes[start + 7] !== 45) return NaN;
  const time = dayOf(year, month, day);
  if (Number.isNaN(time)) return NaN;
  const at = start + 10;
  if (at === end) return time;
  const between = bytes[at]!;
  if (between !== 32 && between !== 84 && between !== 116) return NaN;
  return time + timeOfDay(bytes, at + 1, end);
}

/** As `parseTimestamp`, but a text without an offset shows the clocks of a zone. */
export const parseInZone =
  (zone: Zone) =>
  (bytes: Uint8Array, start: number, end: number): number => {
    const time = parseTimestamp(bytes, start, end);
    return Number.isNaN(time) || hasOffset(bytes, start, end) ? time : zone.momentOf(time);
  };

/** Behind the date, signs and letters but the `T` are those of an offset. */
function hasOffset(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start + 11; at < end; at++) {
    const sign = bytes[at]!;
    if (sign === 43 || sign === 45 || sign === 90 || sign === 122) return true;
  }
  return false;
}

function timeOfDay(bytes: Uint8Array, start: number, end: number): number {
  const hour = digitsAt(bytes, start, 2, end);
  const minute = digitsAt(bytes, start + 3, 2, end);
  if (!(hour < 24 && minute < 60) || bytes[start + 2] !== 58) return NaN;
  let time = (hour * 60 + minute) * MINUTE;
  let at = start + 5;
  if (at < end && bytes[at] === 58) {
    const second = digitsAt(bytes, at + 1, 2, end);
    if (!(second < 60)) return NaN;
    time += second * 1e6;
    at += 3;
    if (at < end && bytes[at] === 46) {
      const from = ++at;
      for (let unit = 1e5; at < end && bytes[at]! >= 48 && bytes[at]! <= 57; at++, unit /= 10) {
        if (unit >= 1) time += (bytes[at]! - 48) * unit;
      }
      if (at === from) return NaN;
    }
  }
  return time - zoneOffset(bytes, at, end);
}

/** Of `Z`, `+hh`, `+hhmm`, `+hh:mm`, or nothing. */
function zoneOffset(bytes: Uint8Array, start: number, end: number): number {
  if (start === end) return 0;
  const sign = bytes[start]!;
  if ((sign === 90 || sign === 122) && start + 1 === end) return 0;
  if (sign !== 43 && sign !== 45) return NaN;
  const hours = digitsAt(bytes, start + 1, 2, end);
  const colon = start + 3 < end && bytes[start + 3] === 58 ? 1 : 0;
  const minutes = start + 3 === end ? 0 : digitsAt(bytes, start + 3 + colon, 2, end);
  if (start + 3 !== end && start + 5 + colon !== end) return NaN;
  if (!(hours < 24 && minutes < 60)) return NaN;
  return (sign === 45 ? -1 : 1) * (hours * 60 + minutes) * MINUTE;
}
