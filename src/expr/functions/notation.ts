import { formatReal } from '../../data/number.ts';
import type { Value } from '../../data/value.ts';
import { integerOf, textOf } from '../compare.ts';
import { bytesOf, MOST_BYTES, untilNul } from './characters.ts';
import { RowError, type ScalarFunction } from './function.ts';
import { printf } from './printf.ts';

/** Text from and to other notations: code points, hexadecimal digits, SQL literals. */

function quote(v: Value): string {
  if (v === null) return 'NULL';
  switch (typeof v) {
    case 'string':
      return `'${untilNul(v).replaceAll("'", "''")}'`;
    case 'bigint':
      return String(v);
    case 'number':
      return Number.isFinite(v) ? formatReal(v) : v > 0 ? '9.0e+999' : '-9.0e+999';
    default:
      return `X'${Buffer.from(v).toString('hex').toUpperCase()}'`;
  }
}

function unhex([digits, ignored]: readonly Value[]): Value {
  const skip = new Set(ignored === undefined ? '' : textOf(ignored!));
  const text = untilNul(textOf(digits!));
  const hex: string[] = [];
  for (const c of text) {
    if (/^[0-9a-fA-F]$/.test(c)) hex.push(c);
    // nothing may part the two digits of a byte
    else if (hex.length % 2 === 1 || !skip.has(c)) return null;
  }
  return hex.length % 2 === 1 ? null : new Uint8Array(Buffer.from(hex.join(''), 'hex'));
}

const escapes = /\\(?:(\\)|\+([0-9a-fA-F]{6})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-9a-fA-F]{4})|())/g;

function unistr(text: string): string {
  return text.replace(escapes, (_, backslash?: string, six?: string, u?: string, long?: string, four?: string) => {
    if (backslash !== undefined) return backslash;
    const hex = six ?? u ?? long ?? four;
    if (hex === undefined) throw new RowError('invalid Unicode escape');
    return codePoint(parseInt(hex, 16));
  });
}

const codePoint = (c: number): string => (c < 0 || c > 0x10ffff ? '\ufffd' : String.fromCodePoint(c));

/** Codes of A-Z. */
const soundexCodes = '01230120022455012623010202';

function soundex(v: Value): string {
  const text = v === null ? '' : untilNul(textOf(v));
  const start = text.search(/[A-Za-z]/);
  if (start < 0) return '?000';
  const codes = Array.from(Buffer.from(text.slice(start)), (byte) => soundexCodes[((byte & 0x7f) | 0x20) - 97] ?? '0');
  const different = codes.filter((code, i) => i > 0 && code !== '0' && code !== codes[i - 1]);
  return `${text[start]!.toUpperCase()}${different.join('')}000`.slice(0, 4);
}

export const notationFunctions: readonly ScalarFunction[] = [
  {
    name: 'char',
    arity: [0, Infinity],
    type: 'TEXT',
    evaluate: (args) =>
      args
        .map((v) => integerOf(v))
        .map((i) => codePoint(i < 0n || i > 0x10ffffn ? -1 : Number(i)))
        .join(''),
    doc: `\`char(72, 105)\` = 'Hi'`,
  },
  {
    name: 'unicode',
    arity: [1, 1],
    type: 'INTEGER',
    strict: true,
    evaluate: ([v]) => {
      const code = textOf(v!).codePointAt(0);
      return code === undefined || code === 0 ? null : BigInt(code);
    },
    doc: `\`unicode('A')\` = 65; NULL for an empty text`,
  },
  {
    name: 'unistr',
    arity: [1, 1],
    type: 'TEXT',
    strict: true,
    mayFail: true,
    evaluate: ([v]) => unistr(textOf(v!)),
    doc: `\`unistr('\\u00e4')\` = '\u00e4'`,
  },
  {
    name: 'quote',
    arity: [1, 1],
    type: 'TEXT',
    evaluate: ([v]) => quote(v!),
    doc: `\`quote('it''s')\` = '''it''''s'''; a literal of SQL`,
  },
  {
    name: 'unistr_quote',
    arity: [1, 1],
    type: 'TEXT',
    evaluate: ([v]) => (typeof v === 'string' ? printf('%#Q', [v]) : quote(v!)),
    doc: 'as `quote`, control characters written as `unistr` reads them',
  },
  {
    name: 'hex',
    arity: [1, 1],
    type: 'TEXT',
    evaluate: ([v]) => (v === null ? '' : Buffer.from(bytesOf(v!)).toString('hex').toUpperCase()),
    doc: `\`hex('ab')\` = '6162'`,
  },
  {
    name: 'unhex',
    arity: [1, 2],
    type: 'BLOB',
    strict: true,
    evaluate: unhex,
    doc: `\`unhex('61 62', ' ')\` = x'6162'; NULL where other characters are met`,
  },
  {
    name: 'soundex',
    arity: [1, 1],
    type: 'TEXT',
    evaluate: ([v]) => soundex(v!),
    doc: `\`soundex('Robert')\` = 'R163'`,
  },
  {
    name: 'zeroblob',
    arity: [1, 1],
    type: 'BLOB',
    mayFail: true,
    evaluate: ([v]) => {
      const size = integerOf(v!);
      if (size > MOST_BYTES) throw new RowError('string or blob too big');
      return new Uint8Array(size < 0n ? 0 : Number(size));
    },
    doc: `\`zeroblob(2)\` = x'0000'`,
  },
];
