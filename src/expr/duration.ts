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

const fields = ['DAY', 'HOUR', 'MINUTE', 'SECOND'];

/**
 * The standard's `INTERVAL '1 02:03:04' DAY TO SECOND`: the fields from one unit to another; those at the end may be left
 * out. A sign is that of all of them.
 */
export function parseFields(amount: string, from: string, to: string): Duration | undefined {
  if (from === 'YEAR' && to === 'MONTH') {
    const [, sign, years, months] = /^\s*([-+]?)(\d{1,9})-(\d{1,9})\s*$/.exec(amount) ?? [];
    return years === undefined
      ? undefined
      : { months: (Number(years) * 12 + Number(months)) * (sign === '-' ? -1 : 1), us: 0 };
  }
  const [first, last] = [fields.indexOf(from), fields.indexOf(to)];
  const [, sign, digits] = /^\s*([-+]?)(\d+(?:[ :]+\d+)*(?:\.\d*)?)\s*$/.exec(amount) ?? [];
  const given = digits?.split(/[ :]+/) ?? [];
  if (first < 0 || last <= first || given.length === 0 || given.length > last - first + 1) return undefined;
  if (digits!.includes('.') && first + given.length - 1 !== fields.indexOf('SECOND')) return undefined;
  if (first === 0 && given.length > 1 && !/^\d+ +\d/.test(digits!)) return undefined;
  const us = given.reduce((sum, n, i) => sum + Number(n) * units[fields[first + i]!]!.us, 0);
  return exact({ months: 0, us: Math.round(sign === '-' ? -us : us) });
}

/** `'5'` with a unit, or `'5 seconds'`, `'1 hour 30 min'`, `'200ms'`, `'1 day 04:05:06'`, `'P1DT2H'`; undefined where it is none. */
export function parseDuration(amount: string, unit?: string): Duration | undefined {
  if (unit !== undefined && /^\s*[-+]?\d+(\.\d+)?\s*$/.test(amount)) return times(unitOf(unit), Number(amount));
  const iso = isoDuration.exec(amount);
  if (iso !== null) {
    const length = parseDuration(spelledOut(iso[2]!, iso[3] ?? ''));
    return iso[1] === '' ? length : times(length, -1);
  }
  const clock = /^(.*?)\s*([-+]?)(\d+):(\d\d)(?::(\d\d(?:\.\d+)?))?\s*$/.exec(amount);
  if (clock !== null) {
    const [, before, sign, hours, minutes, seconds = '0'] = clock;
    const time = { months: 0, us: ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1e6 };
    const days = before === '' ? { months: 0, us: 0 } : parseDuration(before!);
    return days && exact({ months: days.months, us: days.us + Math.round(sign === '-' ? -time.us : time.us) });
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

/** `P1Y2M3DT4H5M6.5S`, with a minus before it what is that much earlier. */
const isoDuration = /^(-?)P((?:\d+[YMWD])*)(?:T((?:\d+H)?(?:\d+M)?(?:\d+(?:\.\d+)?S)?))?$/;

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
  return exact({ months: unit.months === 0 ? 0 : unit.months * n, us: unit.us === 0 ? 0 : Math.round(unit.us * n) });
}

/** Lengths beyond 285 years have no exact number of microseconds. */
const exact = (length: Duration): Duration | undefined =>
  Number.isSafeInteger(length.months) && Number.isSafeInteger(length.us) ? length : undefined;

const parts: readonly (readonly [us: number, letter: string])[] = [
  [8.64e10, 'D'],
  [3.6e9, 'H'],
  [6e7, 'M'],
];

/** The text of a length of time, in microseconds, as in ISO 8601: `P1DT2H`, `-PT0.5S`, and `PT0S` for none. */
export function formatDuration(us: number): string {
  let rest = Math.abs(us);
  const [days, ...times] = parts.map(([size, letter]) => {
    const count = Math.floor(rest / size);
    rest -= count * size;
    return count === 0 ? '' : `${count}${letter}`;
  });
  const seconds = rest === 0 ? '' : `${(rest / 1e6).toFixed(6).replace(/\.?0+$/, '')}S`;
  const time = times.join('') + seconds;
  const text = `${days}${time === '' ? '' : `T${time}`}`;
  return `${us < 0 ? '-' : ''}P${text === '' ? 'T0S' : text}`;
}
