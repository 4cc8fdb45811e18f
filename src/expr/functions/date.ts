import { two } from '../../data/timestamp.ts';
import type { Value } from '../../data/value.ts';
import { textOf } from '../compare.ts';
import { untilNul } from './characters.ts';
import type { ScalarFunction } from './function.ts';
import { modify, readMoment } from './moment-text.ts';
import { EPOCH_JD, Moment } from './moment.ts';
import { fixed, general, zeroPadded } from './printf.ts';

/** SQLite's date and time functions: https://sqlite.org/lang_datefunc.html */

/** Time value and modifiers as a moment; undefined where one of them is NULL or means nothing. */
function momentOf(args: readonly Value[], now: number): Moment | undefined {
  const moment = new Moment();
  const [time, ...modifiers] = args;
  if (time === undefined) {
    moment.setNow(now);
    return moment;
  }
  if (time === null) return undefined;
  if (typeof time === 'bigint' || typeof time === 'number') moment.setNumber(Number(time));
  else if (!readMoment(untilNul(textOf(time)), moment, now)) return undefined;
  for (const [i, modifier] of modifiers.entries()) {
    if (modifier === null || !modify(untilNul(textOf(modifier)), moment, i + 1)) return undefined;
  }
  moment.computeJd();
  if (!moment.isValid) return undefined;
  // a lone February 31 becomes March 3
  if (args.length === 1 && moment.hasDate && moment.day > 28) moment.hasDate = false;
  return moment;
}

const blankTwo = (n: number): string => String(n).padStart(2, ' ');

const dateText = ({ year, month, day }: Moment): string =>
  `${year < 0 ? '-' : ''}${String(Math.abs(year)).padStart(4, '0')}-${two(month)}-${two(day)}`;

function timeText({ hour, minute, second, subsecond }: Moment): string {
  const seconds = subsecond
    ? (Math.trunc(1000 * second + 0.5) / 1000).toFixed(3).padStart(6, '0')
    : two(Math.trunc(second));
  return `${two(hour)}:${two(minute)}:${seconds}`;
}

const epochSeconds = (moment: Moment): number => Math.trunc(moment.jd / 1000) - EPOCH_JD / 1000;

/** The Thursday of the same week, whose year is that of the ISO week. */
function thursday(moment: Moment): Moment {
  const there = moment.copy();
  there.jd += (3 - moment.afterMonday) * 86_400_000;
  there.hasDate = false;
  there.computeDate();
  return there;
}

const hour12 = (hour: number): number => (hour > 12 ? hour - 12 : hour === 0 ? 12 : hour);

const codes: Readonly<Record<string, (m: Moment) => string>> = {
  d: (m) => two(m.day),
  e: (m) => blankTwo(m.day),
  f: (m) => fixed(Math.min(m.second, 59.999), 3).padStart(6, '0'),
  F: (m) => `${zeroPadded(m.year, 4)}-${two(m.month)}-${two(m.day)}`,
  G: (m) => zeroPadded(thursday(m).year, 4),
  g: (m) => zeroPadded(thursday(m).year % 100, 2),
  H: (m) => two(m.hour),
  I: (m) => two(hour12(m.hour)),
  j: (m) => String(m.dayOfYear + 1).padStart(3, '0'),
  J: (m) => general(m.jd / 86_400_000, 16),
  k: (m) => blankTwo(m.hour),
  l: (m) => blankTwo(hour12(m.hour)),
  m: (m) => two(m.month),
  M: (m) => two(m.minute),
  p: (m) => (m.hour >= 12 ? 'PM' : 'AM'),
  P: (m) => (m.hour >= 12 ? 'pm' : 'am'),
  R: (m) => `${two(m.hour)}:${two(m.minute)}`,
  s: (m) => (m.subsecond ? fixed((m.jd - EPOCH_JD) / 1000, 3) : String(epochSeconds(m))),
  S: (m) => two(Math.trunc(m.second)),
  T: (m) => `${two(m.hour)}:${two(m.minute)}:${two(Math.trunc(m.second))}`,
  u: (m) => String(m.afterSunday === 0 ? 7 : m.afterSunday),
  U: (m) => two(Math.trunc((m.dayOfYear - m.afterSunday + 7) / 7)),
  V: (m) => two(Math.trunc(thursday(m).dayOfYear / 7) + 1),
  w: (m) => String(m.afterSunday),
  W: (m) => two(Math.trunc((m.dayOfYear - m.afterMonday + 7) / 7)),
  Y: (m) => zeroPadded(m.year, 4),
  '%': () => '%',
};

/** NULL where the format has an unknown code. */
function strftime([format, ...args]: readonly Value[], now: number): Value {
  if (format === null || format === undefined) return null;
  const moment = momentOf(args, now);
  if (moment === undefined) return null;
  moment.computeAll();
  let known = true;
  const text = untilNul(textOf(format)).replace(/%([\s\S]?)/g, (_, code: string) => {
    const write = Object.hasOwn(codes, code) ? codes[code] : undefined;
    known &&= write !== undefined;
    return write?.(moment) ?? '';
  });
  return known ? text : null;
}

/** Moves the year, then the month of `b` to those of `a`, back to where it has not passed `a`; the rest is days. */
function timediff([first, second]: readonly Value[], now: number): Value {
  const a = momentOf([first!], now);
  const b = momentOf([second!], now);
  if (a === undefined || b === undefined) return null;
  a.computeAll();
  b.computeAll();
  const sign = a.jd >= b.jd ? 1 : -1;
  const setTo = (year: number, month: number): void => {
    b.year = year;
    b.month = month;
    b.hasJd = false;
    b.computeJd();
  };
  let years = sign * (a.year - b.year);
  if (years !== 0) setTo(a.year, b.month);
  let months = sign * (a.month - b.month);
  if (months < 0) {
    years--;
    months += 12;
  }
  if (months !== 0) setTo(b.year, a.month);
  while (sign * (a.jd - b.jd) < 0) {
    months--;
    if (months < 0) {
      months = 11;
      years--;
    }
    const month = b.month - sign;
    if (month < 1) setTo(b.year - 1, 12);
    else if (month > 12) setTo(b.year + 1, 1);
    else setTo(b.year, month);
  }
  const rest = new Moment();
  rest.setJd(sign * (a.jd - b.jd) + 148_699_540_800_000);
  rest.computeAll();
  const date = `${zeroPadded(years, 4)}-${two(months)}-${two(rest.day - 1)}`;
  return `${sign === 1 ? '+' : '-'}${date} ${two(rest.hour)}:${two(rest.minute)}:${fixed(rest.second, 3).padStart(6, '0')}`;
}

const of = (name: string, type: ScalarFunction['type'], f: (moment: Moment) => Value, doc: string): ScalarFunction => ({
  name,
  arity: [0, Infinity],
  type,
  clock: true,
  evaluate: (args, _, { now }) => {
    const moment = momentOf(args, now);
    if (moment === undefined) return null;
    moment.computeAll();
    return f(moment);
  },
  doc,
});

/** With 'subsec' the number of seconds has a fraction and is REAL. */
const unixepoch = (m: Moment): Value => (m.subsecond ? (m.jd - EPOCH_JD) / 1000 : BigInt(epochSeconds(m)));

export const dateFunctions: readonly ScalarFunction[] = [
  of('date', 'TEXT', dateText, `\`date('2024-01-31', '+1 month')\` = '2024-03-02'`),
  of('time', 'TEXT', timeText, `\`time('2024-01-31 12:30:00')\` = '12:30:00'`),
  of(
    'datetime',
    'TEXT',
    (m) => `${dateText(m)} ${timeText(m)}`,
    `\`datetime(0, 'unixepoch')\` = '1970-01-01 00:00:00'`,
  ),
  of('julianday', 'REAL', (m) => m.jd / 86_400_000, `\`julianday('2000-01-01 12:00:00')\` = 2451545.0`),
  of('unixepoch', 'ANY', unixepoch, `\`unixepoch('1970-01-02')\` = 86400`),
  {
    name: 'strftime',
    arity: [1, Infinity],
    type: 'TEXT',
    clock: true,
    evaluate: (args, _, { now }) => strftime(args, now),
    doc: `\`strftime('%Y-%m', '2024-01-31')\` = '2024-01'`,
  },
  {
    name: 'timediff',
    arity: [2, 2],
    type: 'TEXT',
    clock: true,
    evaluate: (args, _, { now }) => timediff(args, now),
    doc: `\`timediff('2024-03-01', '2024-01-31')\` = '+0000-00-30 00:00:00.000'`,
  },
  of('current_date', 'TEXT', dateText, '`CURRENT_DATE`: today, UTC'),
  of('current_time', 'TEXT', timeText, '`CURRENT_TIME`: time of the day, UTC'),
  of('current_timestamp', 'TEXT', (m) => `${dateText(m)} ${timeText(m)}`, '`CURRENT_TIMESTAMP`: now, UTC'),
];
