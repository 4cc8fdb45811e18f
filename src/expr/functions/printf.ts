import type { Value } from '../../data/value.ts';
import { integerOf, realOf, textOf } from '../compare.ts';
import { digitsOf } from './decimal.ts';
import { RowError } from './function.ts';

/** SQLite's printf (https://sqlite.org/printf.html) with arguments from SQL; widths count bytes unless `!` is given. */

interface Spec {
  readonly left: boolean;
  readonly plus: '+' | ' ' | '';
  readonly alternate: boolean;
  readonly bang: boolean;
  readonly zero: boolean;
  readonly comma: boolean;
  readonly width: number;
  readonly precision: number | undefined;
  readonly type: string;
}

const LONGEST = 1_000_000_000;
const conversion = /%([-+ #!0,]*)([1-9]\d*|\*)?(?:\.(\*|\d*))?l{0,2}([\s\S]?)/g;

/**
 * @returns the text, NULL where neither text nor a conversion is in `format`; arguments that are missing count as NULL.
 * @throws RowError where the text would be longer than SQLite allows.
 */
export function printf(format: string, args: readonly Value[]): string | null {
  let next = 0;
  const take = (): Value => args[next++] ?? null;
  let out = '';
  let converted = false;
  const result = () => (out === '' && !converted ? null : out);
  let from = 0;
  for (const found of format.matchAll(conversion)) {
    out += format.slice(from, found.index);
    const spec = specOf(found, take);
    from = found.index + found[0].length;
    if (spec.type === '') {
      // '%' at the end stands for itself; flags without a conversion end the output
      if (found[0] === '%') out += '%';
      return result();
    }
    const piece = convert(spec, take);
    if (piece === undefined) return result();
    if (spec.width > LONGEST || out.length + piece.length > LONGEST) throw new RowError('string or blob too big');
    out += piece;
    converted = true;
  }
  out += format.slice(from);
  return result();
}

function specOf(found: RegExpExecArray, take: () => Value): Spec {
  const flags = found[1]!;
  let left = flags.includes('-');
  let width = 0;
  if (found[2] === '*') {
    width = Number(BigInt.asIntN(32, integerOf(take())));
    if (width < 0) {
      left = true;
      width = width >= -2147483647 ? -width : 0;
    }
  } else if (found[2] !== undefined) width = Number(BigInt(found[2]) & 0x7fffffffn);
  let precision: number | undefined;
  if (found[3] === '*') {
    const given = Number(BigInt.asIntN(32, integerOf(take())));
    precision = given === -2147483648 ? undefined : Math.abs(given);
  } else if (found[3] !== undefined) precision = Number(BigInt(found[3] || '0') & 0x7fffffffn);
  const signs = flags.replace(/[^+ ]/g, '');
  return {
    left,
    plus: (signs.at(-1) ?? '') as Spec['plus'],
    alternate: flags.includes('#'),
    bang: flags.includes('!'),
    zero: flags.includes('0'),
    comma: flags.includes(','),
    width,
    precision,
    type: found[4] ?? '',
  };
}

/** One conversion; undefined for an unknown one, which ends the output. */
function convert(spec: Spec, take: () => Value): string | undefined {
  switch (spec.type) {
    case '%':
      return pad('%', spec);
    case 'd':
    case 'i':
      return pad(integerText(integerOf(take()), spec, 10), spec);
    case 'u':
      return pad(integerText(BigInt.asUintN(64, integerOf(take())), { ...spec, plus: '' }, 10), spec);
    case 'x':
    case 'X':
    case 'p': {
      const digits = integerText(BigInt.asUintN(64, integerOf(take())), { ...spec, plus: '', comma: false }, 16);
      const shown = spec.type === 'x' ? digits : digits.toUpperCase();
      return pad(spec.type === 'p' ? shown.replace('X', 'x') : shown, spec);
    }
    case 'o':
      return pad(integerText(BigInt.asUintN(64, integerOf(take())), { ...spec, plus: '', comma: false }, 8), spec);
    case 'r':
      return pad(ordinal(integerOf(take()), { ...spec, comma: false }), spec);
    case 'f':
    case 'e':
    case 'E':
    case 'g':
    case 'G':
      return formatReal(realOf(take()), spec);
    case 'c':
      return character(take(), spec);
    case 's':
    case 'z':
      return pad(cut(take(), '', spec), spec);
    case 'q':
    case 'Q':
    case 'w':
      return pad(escape(take(), spec), spec);
    case 'n':
      return '';
    default:
      return undefined;
  }
}

function pad(text: string, { width, left, bang }: Spec): string {
  if (width === 0) return text;
  const size = bang ? [...text].length : Buffer.byteLength(text);
  const blanks = width - size;
  if (blanks <= 0) return text;
  if (width > LONGEST) throw new RowError('string or blob too big');
  return left ? text + ' '.repeat(blanks) : ' '.repeat(blanks) + text;
}

function integerText(i: bigint, spec: Spec, base: 10 | 16 | 8): string {
  const sign = i < 0n ? '-' : spec.plus;
  let digits = (i < 0n ? -i : i).toString(base);
  const least = Math.max(spec.precision ?? 0, spec.zero ? spec.width - sign.length : 0);
  if (least > LONGEST) throw new RowError('string or blob too big');
  digits = digits.padStart(least, '0');
  if (spec.comma) digits = digits.replace(/\B(?=(\d{3})+$)/g, ',');
  const prefix = !spec.alternate || i === 0n ? '' : base === 16 ? '0x' : base === 8 ? '0' : '';
  return prefix + sign + digits;
}

function ordinal(i: bigint, spec: Spec): string {
  const size = i < 0n ? -i : i;
  const last = Number(size % 10n);
  const suffix = last >= 4 || (size / 10n) % 10n === 1n ? 'th' : ['th', 'st', 'nd', 'rd'][last]!;
  const digits = integerText(i, { ...spec, precision: undefined, zero: false }, 10);
  const least = Math.max(spec.precision ?? 0, spec.zero ? spec.width - (i < 0n || spec.plus !== '' ? 1 : 0) : 0);
  const sign = /^[-+ ]?/.exec(digits)![0];
  return sign + `${digits.slice(sign.length)}${suffix}`.padStart(least, '0');
}

/** `%f`, `%e`, `%g` of a REAL. */
export function formatReal(r: number, spec: Spec): string {
  let precision = Math.min(spec.precision ?? 6, 100_000_000);
  let notation = spec.type.toLowerCase();
  const letter = spec.type === 'E' || spec.type === 'G' ? 'E' : 'e';
  if (notation === 'g' && precision === 0) precision = 1;
  const round = notation === 'f' ? -precision : notation === 'g' ? precision : precision + 1;
  if (!Number.isFinite(r) && !spec.zero) return pad(r < 0 ? '-Inf' : `${spec.plus}Inf`, spec);
  const decimal = Number.isFinite(r)
    ? digitsOf(r, round, spec.bang ? 20 : 16)
    : { negative: r < 0, digits: '9', point: 1000 };
  const { negative, digits, point } = decimal;

  // `%#f` of what rounds to zero has no minus
  const hidesMinus = spec.alternate && spec.plus === '' && notation === 'f' && point <= round;
  const sign = negative ? (hidesMinus ? '' : '-') : spec.plus;
  const exponent = point - 1;
  let trim = spec.bang;
  if (notation === 'g') {
    precision--;
    trim = !spec.alternate;
    if (exponent < -4 || exponent > precision) notation = 'e';
    else {
      precision -= exponent;
      notation = 'f';
    }
  }
  const hasPoint = precision > 0 || spec.alternate || spec.bang;
  const at = notation === 'e' ? 1 : point;
  let text = at <= 0 ? '0' : digits.slice(0, at).padEnd(at, '0');
  if (spec.comma) text = text.replace(/\B(?=(\d{3})+$)/g, ',');
  let fraction = (at <= 0 ? '0'.repeat(Math.min(-at, precision)) + digits : digits.slice(at)).slice(0, precision);
  fraction = trim ? fraction.replace(/0+$/, '') : fraction.padEnd(precision, '0');
  if (hasPoint) {
    if (!trim || fraction !== '') text += `.${fraction}`;
    else if (spec.bang) text += '.0';
  }
  if (notation === 'e') {
    const size = Math.abs(exponent);
    text += `${letter}${exponent < 0 ? '-' : '+'}${size < 10 ? '0' : ''}${size}`;
  }
  if (spec.zero && !spec.left) text = text.padStart(spec.width - sign.length, '0');
  return pad(sign + text, spec);
}

/** `precision` decimals behind the point and no blanks, as `%.<precision>f`, or `%!.<precision>f` with `bang`. */
export const fixed = (r: number, precision: number, bang = false): string =>
  formatReal(r, { ...plain, type: 'f', precision, bang });

/** `%.<precision>g`. */
export const general = (r: number, precision: number): string => formatReal(r, { ...plain, type: 'g', precision });

/** At least `width` digits, as `%0<width>d`. */
export const zeroPadded = (i: number, width: number): string =>
  integerText(BigInt(i), { ...plain, type: 'd', width, zero: true }, 10);

const plain: Spec = {
  left: false,
  plus: '',
  alternate: false,
  bang: false,
  zero: false,
  comma: false,
  width: 0,
  precision: undefined,
  type: '',
};

function character(v: Value, spec: Spec): string {
  const first = v === null ? '\0' : ([...textOf(v)][0] ?? '\0');
  const times = Math.max(1, spec.precision ?? 1);
  return pad(first.repeat(times), { ...spec, bang: true });
}

/** A text argument up to its NUL and no longer than the precision says; a character cut in half is U+FFFD. */
function cut(v: Value, missing: string, { precision, bang }: Spec): string {
  const whole = v === null ? missing : textOf(v).split('\0', 1)[0]!;
  if (precision === undefined) return whole;
  return bang ? [...whole].slice(0, precision).join('') : Buffer.from(whole).subarray(0, precision).toString();
}

/** `%q` doubles quotes, `%Q` also encloses in quotes, `%w` doubles double quotes; `#` escapes control characters. */
function escape(v: Value, spec: Spec): string {
  const quote = spec.type === 'w' ? '"' : "'";
  const text = cut(v, spec.type === 'Q' ? 'NULL' : '(NULL)', spec).replaceAll(quote, quote + quote);
  const quoted = spec.type === 'Q' && v !== null;
  if (spec.type === 'w' || !spec.alternate) return quoted ? `'${text}'` : text;
  const hasControl = /[\u0001-\u001f]/.test(text);
  if (!hasControl && spec.type === 'Q') return quoted ? `'${text}'` : text;
  const escaped = text
    .replaceAll('\\', '\\\\')
    .replace(/[\u0001-\u001f]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return quoted ? `unistr('${escaped}')` : escaped;
}
