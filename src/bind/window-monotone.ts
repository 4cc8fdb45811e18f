import type { Call, Expr } from '../expr/expr.ts';

/**
 * Whether an expression over one TIMESTAMP column never falls as the time rises: a group of it is over as soon as its
 * value at the watermark is beyond that of the group. Says no where it does not know.
 */
export function isMonotone(e: Expr): boolean {
  switch (e.kind) {
    case 'column':
      return true;
    case 'literal':
      return e.value !== null;
    case 'cast':
      return (isMonotone(e.arg) && castKeepsOrder(e.arg, e.to)) || (e.to === 'INTEGER' && isNumberText(e.arg));
    case 'call':
      return monotone[e.fn]?.(e) ?? false;
    case 'case':
      return false;
  }
}

/** Whether its values are numbers, which the type does not tell of unixepoch() and of what is reckoned from it. */
const isNumber = (e: Expr): boolean =>
  e.type === 'INTEGER' ||
  e.type === 'REAL' ||
  (e.kind === 'call' &&
    (e.fn === 'unixepoch' || (['+', '-', '*', '/', '%', '>>'].includes(e.fn) && e.args.every(isNumber))));

/** The number that an argument is, if it is written there; NaN for anything else. */
const numberOf = (e: Expr | undefined): number =>
  e?.kind === 'literal' && isNumber(e) && e.value !== null ? Number(e.value) : NaN;
/** The text that an argument is, if it is written there. */
const textOf = (e: Expr | undefined): string | undefined =>
  e?.kind === 'literal' && e.type === 'TEXT' ? String(e.value) : undefined;

function castKeepsOrder(arg: Expr, to: string): boolean {
  if (to === 'INTEGER' || to === 'REAL' || to === 'NUMERIC') return isNumber(arg);
  // The text of a time has the order of the times; that of a number has not.
  return (to === 'TEXT' || to === 'TIMESTAMP') && isTime(arg);
}

/** strftime of a single field that is a number: as text of any length it has another order. */
const isNumberText = (e: Expr): boolean =>
  e.kind === 'call' && e.fn === 'strftime' && ['%s', '%Y'].includes(textOf(e.args[0]) ?? '') && isShifted(e.args, 1);

type Test = (call: Call) => boolean;

/** The first argument decides; the others are constants that do not matter. */
const ofFirst: Test = ({ args: [first, ...rest] }) =>
  first !== undefined && isMonotone(first) && rest.every((a) => a.kind === 'literal');

/** Of numbers: a text in the place of one counts as the number it begins with. */
const ofNumber: Test = (e) => ofFirst(e) && isNumber(e.args[0]!);

/** `first` op constant, or constant op `first` where `mirrored`. */
const arithmetic =
  (constant: (n: number) => boolean, mirrored: boolean): Test =>
  ({ args: [a, b] }) =>
    (isNumber(a!) && isMonotone(a!) && constant(numberOf(b))) ||
    (mirrored && isNumber(b!) && isMonotone(b!) && constant(numberOf(a)));

/** Whether its values are whole numbers; `%` takes only what is whole of others, and would leave the rest of them. */
const isWhole = (e: Expr): boolean =>
  e.type === 'INTEGER' ||
  (e.kind === 'call' &&
    ((e.fn === 'unixepoch' && !e.args.some((arg) => textOf(arg)?.includes('sub'))) ||
      (['+', '-', '*', '/', '%', '>>'].includes(e.fn) && e.args.every(isWhole))));

/** `x - x % n`: the multiple of n below. */
const isFloored: Test = ({ args: [a, b] }) =>
  b?.kind === 'call' &&
  b.fn === '%' &&
  numberOf(b.args[1]) > 0 &&
  isWhole(a!) &&
  isMonotone(a!) &&
  JSON.stringify(b.args[0]) === JSON.stringify(a);

/** What SQLite's date functions take for a time: a TIMESTAMP, or the text that another of them has made of one. */
const isTime = (e: Expr): boolean =>
  e.type === 'TIMESTAMP' || (e.kind === 'call' && ['date', 'datetime'].includes(e.fn));

/** Modifiers that move all times alike. Months have no fixed length, and local time goes back once a year. */
const steadyModifier = /^\s*(start of (day|month|year)|[-+]?\d+(\.\d+)? +(second|minute|hour|day)s?|subsec(ond)?)\s*$/i;

/** Arguments of a date function from `at` on: a time, or with 'unixepoch' a number, and steady modifiers. */
function isShifted(args: readonly Expr[], at: number): boolean {
  const [time, ...modifiers] = args.slice(at);
  if (time === undefined || !isMonotone(time)) return false;
  const texts = modifiers.map((m) => textOf(m) ?? '');
  if (isNumber(time) && texts[0] === 'unixepoch') texts.shift();
  else if (!isTime(time)) return false;
  return texts.every((text) => steadyModifier.test(text));
}
const ofTime: Test = ({ args }) => isShifted(args, 0);

/** Fields of a format, each within the one before it, so that the text has the order of the times. */
const strftimeFields = ['%Y', '%m', '%d', '%H', '%M', '%S'];
const javaFields = ['yyyy', 'MM', 'dd', 'HH', 'mm', 'ss', 'SSS'];

/** Whether the fields found in a format are the first ones of `fields`, in order. */
const isDescending = (found: readonly string[], fields: readonly string[]): boolean =>
  found.length > 0 && found.every((field, i) => field === fields[i]);

function strftimeKeepsOrder(format: string): boolean {
  const plain = format
    .replaceAll('%F', '%Y-%m-%d')
    .replaceAll('%T', '%H:%M:%S')
    .replaceAll('%R', '%H:%M')
    .replace(/%f$/, '%S');
  const fields = plain.match(/%./g) ?? [];
  return isDescending(fields, strftimeFields) || (fields.length === 2 && /^%Y[^%]*%[jWU]/.test(plain));
}

/** The first so many characters of a text that has the order of the times. */
const isPrefix: Test = ({ args: [text, from, length] }) =>
  isTime(text!) && isMonotone(text!) && numberOf(from) === 1 && (length === undefined || numberOf(length) > 0);

/** Of a zone's clocks, which go back once a year, only dates. */
const javaKeepsOrder = (format: string, ofZone: boolean): boolean =>
  isDescending(
    format.replaceAll(/'[^']*'/g, '').match(/([A-Za-z])\1*/g) ?? [],
    ofZone ? javaFields.slice(0, 3) : javaFields,
  );

const ofUnits: Test = ({ args: [unit, time] }) => textOf(unit) !== undefined && isMonotone(time!) && isTime(time!);

/** Of days, which `ts + INTERVAL '1' MONTH` keeps in order: the last ones of a month become one, and their hours fall back. */
const ofDays = (time: Expr): boolean =>
  isMonotone(time) ||
  (time.kind === 'call' && time.fn === 'timestamp_add' && numberOf(time.args[2]) === 0 && isMonotone(time.args[0]!));
const ofWholeDays: Test = (e) => {
  const [unit, time, zone] = e.args;
  const isCoarse = ['day', 'week', 'month', 'quarter', 'year'].includes(textOf(unit)?.toLowerCase() ?? '');
  return ofUnits(e) || (isCoarse && zone === undefined && isTime(time!) && ofDays(time!));
};

const monotone: Readonly<Record<string, Test>> = {
  timestamp_add: ({ args: [time, months, us] }) =>
    isMonotone(time!) && numberOf(months) === 0 && !Number.isNaN(numberOf(us)),
  date_trunc: ofWholeDays,
  date_ceil: ofUnits,
  date: (e) => ofTime(e) || (e.args.length === 1 && ofDays(e.args[0]!)),
  datetime: ofTime,
  julianday: ofTime,
  unixepoch: ofTime,
  to_timestamp: (e) => e.args.length === 1 && isMonotone(e.args[0]!) && (isNumber(e.args[0]!) || isTime(e.args[0]!)),
  epoch_us: ({ args: [time] }) => isMonotone(time!) && isTime(time!),
  epoch_ms: ({ args: [time] }) => isMonotone(time!) && isTime(time!),
  year: ({ args: [time] }) => isMonotone(time!) && isTime(time!),
  extract: ({ args: [field, time] }) =>
    ['year', 'years', 'epoch'].includes(textOf(field)?.toLowerCase() ?? '') && isMonotone(time!) && isTime(time!),
  strftime: (e) => strftimeKeepsOrder(textOf(e.args[0]) ?? '') && isShifted(e.args, 1),
  date_format: ({ args: [time, format, zone] }) =>
    javaKeepsOrder(textOf(format) ?? '', zone !== undefined) && isMonotone(time!) && isTime(time!),
  substr: isPrefix,
  substring: isPrefix,
  '+': arithmetic((n) => !Number.isNaN(n), true),
  '-': (e) => arithmetic((n) => !Number.isNaN(n), false)(e) || isFloored(e),
  '*': arithmetic((n) => n > 0, true),
  '/': arithmetic((n) => n > 0, false),
  '>>': arithmetic((n) => n >= 0 && n < 64, false),
  floor: ofNumber,
  ceil: ofNumber,
  ceiling: ofNumber,
  trunc: ofNumber,
  round: ofNumber,
};
