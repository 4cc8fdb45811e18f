import { foldCase } from '../../data/compare.ts';
import { numberPrefix } from '../number.ts';
import { Moment, EPOCH_JD } from './moment.ts';

/** Time values and modifiers of SQLite's date functions, read from text: https://sqlite.org/lang_datefunc.html */

const MS_PER_DAY = 86_400_000;
const blanks = '[\\t-\\r ]*';
const timeOfDay = new RegExp(
  `^(\\d\\d):(\\d\\d)(?::(\\d\\d)(?:\\.(\\d+))?)?${blanks}(?:([zZ])|([-+])(\\d\\d):(\\d\\d))?${blanks}$`,
);
const dateAndRest = new RegExp(`^(-?)(\\d{4})-(\\d\\d)-(\\d\\d)([\\t-\\r T]*)(.*)$`, 's');

/** Reads `HH:MM[:SS[.fff]][zone]` into a moment; false where it is something else. */
function readTime(text: string, into: Moment): boolean {
  const found = timeOfDay.exec(text);
  if (found === null) return false;
  const [, h, m, s = '0', fraction, zulu, sign, zoneHours, zoneMinutes] = found;
  const hour = Number(h);
  const minute = Number(m);
  const second = Number(s);
  if (hour > 24 || minute > 59 || second > 59) return false;
  let zone = 0;
  if (sign !== undefined) {
    if (Number(zoneHours) > 14 || Number(zoneMinutes) > 59) return false;
    zone = (sign === '-' ? -1 : 1) * (Number(zoneMinutes) + Number(zoneHours) * 60);
  }
  into.hasJd = into.raw = false;
  into.hasTime = true;
  into.hour = hour;
  into.minute = minute;
  into.second = second + (fraction === undefined ? 0 : milliseconds(fraction));
  into.zone = zone;
  if (zulu !== undefined || (sign !== undefined && zone === 0)) {
    into.isLocal = false;
    into.isUtc = true;
  }
  return true;
}

/** Digit by digit as date.c does it, so that the double is the same. */
function milliseconds(fraction: string): number {
  let ms = 0;
  let scale = 1;
  for (const digit of fraction) {
    ms = ms * 10 + Number(digit);
    scale *= 10;
  }
  return Math.min(ms / scale, 0.999);
}

function readDate(text: string, into: Moment): boolean {
  const found = dateAndRest.exec(text);
  if (found === null) return false;
  const [, minus, y, m, d, , rest] = found;
  const month = Number(m);
  const day = Number(d);
  if (month < 1 || month > 12 || day < 1 || day > 31) return false;
  if (!readTime(rest!, into)) {
    if (rest !== '') return false;
    into.hasTime = false;
  }
  into.hasJd = false;
  into.hasDate = true;
  into.year = minus === '-' ? -Number(y) : Number(y);
  into.month = month;
  into.day = day;
  into.computeOverflow();
  if (into.zone !== 0) into.computeJd();
  return true;
}

/** Reads a time value; false where it is none. `now`: ms since epoch. */
export function readMoment(text: string, into: Moment, now: number): boolean {
  if (readDate(text, into) || readTime(text, into)) return true;
  const word = foldCase(text);
  if (word === 'now') {
    into.setNow(now);
    return true;
  }
  const number = numberPrefix(text);
  if (number.whole) {
    into.setNumber(number.value);
    return true;
  }
  if (word !== 'subsec' && word !== 'subsecond') return false;
  into.subsecond = true;
  into.setNow(now);
  return true;
}

/** Applies a modifier; false where it is none, or does not fit. `index`: 1 for the first modifier. */
export function modify(text: string, moment: Moment, index: number): boolean {
  const word = foldCase(text);
  switch (word) {
    case 'auto':
      return index === 1 && explain(moment);
    case 'ceiling':
      moment.computeJd();
      moment.keepJd();
      moment.overflow = 0;
      return true;
    case 'floor':
      moment.computeJd();
      moment.jd -= moment.overflow * MS_PER_DAY;
      moment.keepJd();
      return true;
    case 'julianday':
      if (index > 1 || !moment.hasJd || !moment.raw) return false;
      moment.raw = false;
      return true;
    case 'unixepoch': {
      const jd = moment.second * 1000 + EPOCH_JD;
      if (!moment.raw || index > 1 || !(jd >= 0 && jd < 464_269_060_800_000)) return false;
      moment.setEpochSeconds();
      return true;
    }
    case 'localtime':
      if (!moment.isLocal) moment.toLocal();
      moment.isUtc = false;
      moment.isLocal = true;
      return true;
    case 'utc':
      moment.toUtc();
      return true;
    case 'subsec':
    case 'subsecond':
      moment.subsecond = true;
      return true;
  }
  if (word.startsWith('start of ')) return startOf(word.slice(9), moment);
  if (word.startsWith('weekday ')) return weekday(word.slice(8), moment);
  return /^[-+0-9]/.test(word) && shift(word, moment);
}

/** Takes a bare number for a Julian day or for seconds since 1970, whichever its size suggests. */
function explain(moment: Moment): boolean {
  if (!moment.raw || moment.hasJd) moment.raw = false;
  else if (moment.second >= -210_866_760_000 && moment.second <= 253_402_300_799) moment.setEpochSeconds();
  return true;
}

function startOf(unit: string, moment: Moment): boolean {
  if (!moment.hasJd && !moment.hasDate && !moment.hasTime) return false;
  moment.computeDate();
  moment.hasTime = true;
  moment.hour = moment.minute = moment.second = 0;
  moment.raw = moment.hasJd = false;
  moment.zone = 0;
  if (unit === 'day') return true;
  if (unit !== 'month' && unit !== 'year') return false;
  if (unit === 'year') moment.month = 1;
  moment.day = 1;
  return true;
}

function weekday(text: string, moment: Moment): boolean {
  const { whole, value } = numberPrefix(text);
  if (!whole || !(value >= 0 && value < 7) || !Number.isInteger(value)) return false;
  moment.computeAll();
  moment.zone = 0;
  moment.hasJd = false;
  moment.computeJd();
  let today = moment.afterSunday;
  if (today > value) today -= 7;
  moment.jd += (value - today) * MS_PER_DAY;
  moment.keepJd();
  return true;
}

const dateShift = /^([-+])(\d{4,5})-(\d\d)-(\d\d)(?:[\t-\r ](\d\d:\d\d.*))?$/s;
const timeShift = /^([-+]?)(\d+:.*)$/s;

/** `+-YYYY-MM-DD [HH:MM[:SS]]`, `+-HH:MM[:SS]` or `NNN units`. */
function shift(text: string, moment: Moment): boolean {
  const date = dateShift.exec(text);
  if (date !== null) {
    const [, sign, y, m, d, time] = date;
    if (Number(y) > 14712 || Number(m) >= 12 || Number(d) >= 31) return false;
    const direction = sign === '-' ? -1 : 1;
    moment.computeAll();
    moment.year += direction * Number(y);
    moment.addMonths(direction * Number(m));
    moment.computeJd();
    moment.hasTime = moment.hasDate = false;
    moment.jd += direction * Number(d) * MS_PER_DAY;
    return time === undefined || shiftTime(time, direction, moment);
  }
  const time = timeShift.exec(text);
  if (time !== null) return shiftTime(time[2]!, time[1] === '-' ? -1 : 1, moment);
  return shiftUnits(text, moment);
}

function shiftTime(text: string, direction: number, moment: Moment): boolean {
  const by = new Moment();
  if (!readTime(text, by)) return false;
  by.computeJd();
  const ms = (by.jd - MS_PER_DAY / 2) % MS_PER_DAY;
  moment.computeJd();
  moment.keepJd();
  moment.jd += direction * ms;
  return true;
}

/** Seconds in a unit, and the most of it that may be added (a C float). */
const units: Readonly<Record<string, readonly [seconds: number, limit: number]>> = {
  second: [1, Math.fround(4.6427e14)],
  minute: [60, Math.fround(7.7379e12)],
  hour: [3600, Math.fround(1.2897e11)],
  day: [86400, 5373485],
  month: [2592000, 176546],
  year: [31536000, 14713],
};

function shiftUnits(text: string, moment: Moment): boolean {
  const end = text.search(/[\t-\r ]/);
  if (end < 0) return false;
  const { whole, value } = numberPrefix(text.slice(0, end));
  const name = text.slice(end).replace(/^[\t-\r ]+/, '');
  if (!whole || name.length < 3 || name.length > 10) return false;
  moment.computeJd();
  moment.overflow = 0;
  const singular = name.replace(/s$/, '');
  const unit = Object.hasOwn(units, singular) ? units[singular] : undefined;
  if (unit === undefined || !(value > -unit[1] && value < unit[1])) return false;
  let rest = value;
  if (singular === 'month' || singular === 'year') {
    const count = Math.trunc(value);
    moment.addMonths(singular === 'month' ? count : count * 12);
    rest -= count;
  }
  moment.computeJd();
  moment.jd += Math.trunc(rest * 1000 * unit[0] + (value < 0 ? -0.5 : 0.5));
  moment.keepJd();
  return true;
}
