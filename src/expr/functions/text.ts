import type { Type } from '../../data/types.ts';
import type { Value } from '../../data/value.ts';
import { foldCase } from '../../data/compare.ts';
import { integerOf, textOf } from '../compare.ts';
import { bytesOf, countCharacters, isBasic, MOST_BYTES, sliceCharacters, untilNul } from './characters.ts';
import { aliases, type ScalarFunction } from './function.ts';
import { printf } from './printf.ts';

/** A text of one text argument. */
const textual = (name: string, f: (text: string) => string, doc: string): ScalarFunction => ({
  name,
  arity: [1, 1],
  type: 'TEXT',
  strict: true,
  evaluate: ([v]) => f(textOf(v!)),
  doc,
});

function length(v: NonNullable<Value>): bigint {
  if (v instanceof Uint8Array) return BigInt(v.length);
  return BigInt(countCharacters(untilNul(textOf(v))));
}

/** The part of `size` items that substr means: start (may be negative, 1-based) and length (negative: before start). */
function range(size: number, from: number, count: number): [start: number, end: number] {
  let p1 = from;
  let p2 = count;
  if (p1 < 0) {
    p1 += size;
    if (p1 < 0) {
      p2 = p2 < 0 ? 0 : p2 + p1;
      p1 = 0;
    }
  } else if (p1 > 0) p1--;
  else if (p2 > 0) p2--;
  if (p2 < 0) {
    p2 = p2 < -p1 ? p1 : -p2;
    p1 -= p2;
  }
  return [p1, p1 + p2];
}

function substr([subject, from, count]: readonly Value[]): Value {
  const start = Number(integerOf(from!));
  const most = count === undefined ? MOST_BYTES : Number(integerOf(count));
  if (subject instanceof Uint8Array) {
    if (subject.length === 0) return null; // what SQLite makes of x''
    return subject.slice(...range(subject.length, start, most));
  }
  const text = untilNul(textOf(subject!));
  return sliceCharacters(text, ...range(start < 0 ? countCharacters(text) : 0, start, most));
}

function instr([subject, wanted]: readonly Value[]): bigint {
  if (subject instanceof Uint8Array && wanted instanceof Uint8Array) {
    return wanted.length === 0 ? 1n : BigInt(Buffer.from(subject).indexOf(wanted) + 1);
  }
  const text = textOf(subject!);
  const at = text.indexOf(textOf(wanted!));
  return at < 0 ? 0n : BigInt(countCharacters(text.slice(0, at)) + 1);
}

/** Strips characters of a set from the ends: 1 the start, 2 the end, 3 both. */
const trim = (name: string, ends: 1 | 2 | 3, doc: string): ScalarFunction => ({
  name,
  arity: [1, 2],
  type: 'TEXT',
  strict: true,
  evaluate: ([subject, set]) => {
    const strip = new Set(set === undefined ? ' ' : untilNul(textOf(set!)));
    const text = textOf(subject!);
    const parts = isBasic(text) ? text : Array.from(text);
    let start = 0;
    let end = parts.length;
    if (ends & 1) while (start < end && strip.has(parts[start]!)) start++;
    if (ends & 2) while (start < end && strip.has(parts[end - 1]!)) end--;
    return typeof parts === 'string' ? parts.slice(start, end) : parts.slice(start, end).join('');
  },
  doc,
});

const joined = (args: readonly Value[], separator: string): string =>
  args.flatMap((v) => (v === null ? [] : [textOf(v)])).join(separator);

const sameIfBlob = (args: readonly Type[]): Type =>
  args[0] === 'BLOB' || args[0] === 'ANY' ? args[0] : args[0] === 'NULL' ? 'NULL' : 'TEXT';

export const textFunctions: readonly ScalarFunction[] = [
  {
    name: 'length',
    arity: [1, 1],
    type: 'INTEGER',
    strict: true,
    evaluate: ([v]) => length(v!),
    doc: `\`length('\u00e4b')\` = 2: characters of text, bytes of a BLOB`,
  },
  {
    name: 'octet_length',
    arity: [1, 1],
    type: 'INTEGER',
    strict: true,
    evaluate: ([v]) => BigInt(bytesOf(v!).length),
    doc: `\`octet_length('\u00e4b')\` = 3: bytes of its UTF-8`,
  },
  textual('lower', foldCase, `\`lower('ABC')\` = 'abc'; A-Z only`),
  textual('upper', (text) => text.replace(/[a-z]+/g, (run) => run.toUpperCase()), `\`upper('abc')\` = 'ABC'; a-z only`),
  trim('ltrim', 1, `\`ltrim('  a ')\` = 'a ', \`ltrim('xxa', 'x')\` = 'a'`),
  trim('rtrim', 2, `\`rtrim(' a  ')\` = ' a'`),
  trim('trim', 3, `\`trim(' a ')\` = 'a', \`trim('xyax', 'xy')\` = 'a'`),
  ...aliases(['substr', 'substring'], {
    arity: [2, 3],
    type: sameIfBlob,
    strict: true,
    evaluate: substr,
    doc: `\`substr('abcd', 2, 2)\` = 'bc', \`substr('abcd', -2)\` = 'cd'`,
  }),
  {
    name: 'instr',
    arity: [2, 2],
    type: 'INTEGER',
    strict: true,
    evaluate: instr,
    doc: `\`instr('abc', 'c')\` = 3; 0 where there is none`,
  },
  {
    name: 'replace',
    arity: [3, 3],
    type: 'TEXT',
    evaluate: ([subject, from, to]) => {
      if (subject === null || from === null) return null;
      const pattern = textOf(from!);
      const text = textOf(subject!);
      if (pattern === '' || pattern[0] === '\0') return text;
      return to === null ? null : text.split(pattern).join(textOf(to!));
    },
    doc: `\`replace('a-b', '-', '+')\` = 'a+b'`,
  },
  {
    name: 'concat',
    arity: [1, Infinity],
    type: 'TEXT',
    evaluate: (args) => joined(args, ''),
    doc: `\`concat('a', NULL, 1)\` = 'a1'`,
  },
  {
    name: 'concat_ws',
    arity: [2, Infinity],
    type: 'TEXT',
    evaluate: ([separator, ...args]) => (separator === null ? null : joined(args, textOf(separator!))),
    doc: `\`concat_ws('-', 'a', NULL, 'b')\` = 'a-b'`,
  },
  ...aliases(['format', 'printf'], {
    arity: [0, Infinity],
    type: 'TEXT',
    mayFail: true,
    evaluate: ([format = null, ...args]) => (format === null ? null : printf(untilNul(textOf(format)), args)),
    doc: `\`format('%05.2f %s', 3.14159, 'x')\` = '03.14 x'`,
  }),
];
