import { formatReal } from '../../../data/number.ts';
import { timestampText } from '../../../data/timestamp.ts';
import type { Call, Expr } from '../../expr.ts';
import {
  byteLength,
  characterAt,
  countCharacters,
  endsWith,
  instr,
  longPieceEnd,
  longPieceStart,
  lowerTable,
  contains,
  pieceEnd,
  pieceStart,
  startsWith,
  substrEnd,
  substrStart,
  trimEndOf,
  trimStartOf,
  upperTable,
} from '../bytes.ts';
import type { Code } from '../code.ts';
import type { Emitter } from '../emit.ts';
import { anyNull, unless, variable, type Operand, type TextOperand } from '../operand.ts';
import type { Form } from './form.ts';

/** Statement that appends a cell's TEXT to the arena; undefined where only the boxed value knows it. */
function putText(code: Code, x: Operand): string | undefined {
  switch (x.rep) {
    case 'text':
      return `A.put(${x.b}, ${x.s}, ${x.e});`;
    case 'int':
    case 'bool':
      return `A.putInteger(${x.v});`;
    case 'real':
      return `A.putText(${code.constant(formatReal)}(${x.v}));`;
    case 'time':
      return `A.putText(${code.constant(timestampText)}(${x.v}));`;
    case 'boxed':
      return undefined;
  }
}

/** TEXT that is made in the arena by some statements, where `nul` does not hold. */
function made(code: Code, nul: string, statements: readonly string[]): TextOperand {
  const target = variable(code, 'text');
  code.line(`${target.nul} = ${nul};`);
  unless(code, target.nul, () => {
    code.line(`${target.s} = A.used;`);
    for (const statement of statements) code.line(statement);
    code.line(`${target.e} = A.used; ${target.b} = A.bytes;`);
  });
  return { ...target, home: 'A' };
}

/** CAST to TEXT. */
export function asText({ code }: Emitter, x: Operand): Operand | undefined {
  if (x.rep === 'text') return x;
  const put = putText(code, x);
  return put === undefined || x.rep === 'boxed' ? undefined : made(code, x.nul, [put]);
}

/** A chain of `||` is written in one go. */
const concatenate: Form = (emitter, call) => {
  const { code } = emitter;
  const parts = partsOf(call).map((part) => emitter.emit(part));
  const puts = parts.map((part) => putText(code, part));
  if (!puts.every((put) => put !== undefined)) return undefined;
  return made(code, anyNull(code, parts), puts);
};

const partsOf = (e: Expr): readonly Expr[] => (e.kind === 'call' && e.fn === '||' ? e.args.flatMap(partsOf) : [e]);

/** A function of texts and whole numbers that gives a number. */
const numberOf =
  (rep: 'int' | 'bool', f: (...args: never[]) => number | boolean, arity: number): Form =>
  (emitter, call) => {
    const { code } = emitter;
    const args = call.args.map((arg) => emitter.emit(arg));
    if (args.length !== arity || !args.every((x) => x.rep === 'text')) return undefined;
    const v = code.local();
    const nul = anyNull(code, args);
    const text = `${code.constant(f)}(${args.map(view).join(', ')})`;
    unless(code, nul, () => code.line(`${v} = ${rep === 'bool' ? `${text} ? 1 : 0` : text};`));
    return { rep, v, nul };
  };

const view = (x: TextOperand): string => `${x.b}, ${x.s}, ${x.e}`;

/** upper() and lower(): A-Z only, as SQLite. */
const mapped =
  (table: Uint8Array): Form =>
  (emitter, call) => {
    const { code } = emitter;
    const x = emitter.emit(call.args[0]!);
    return x.rep === 'text' ? made(code, x.nul, [`A.putMapped(${view(x)}, ${code.constant(table)});`]) : undefined;
  };

/** A view into a text: new offsets, same bytes. */
function part(x: TextOperand, code: Code, nul: string, offsets: (s: string, e: string) => void): TextOperand {
  const s = code.local();
  const e = code.local();
  unless(code, nul, () => offsets(s, e));
  return { ...x, s, e, nul };
}

/** Strips spaces, or the ASCII characters of a constant. */
const trim =
  (start: boolean, end: boolean): Form =>
  (emitter, call) => {
    const { code } = emitter;
    const characters = call.args.length === 1 ? ' ' : constantText(call.args[1]);
    if (characters === undefined || !/^[\x01-\x7f]*$/.test(characters)) return undefined;
    const x = emitter.emit(call.args[0]!);
    if (x.rep !== 'text') return undefined;
    const strip = new Uint8Array(256);
    for (const byte of Buffer.from(characters)) strip[byte] = 1;
    const set = code.constant(strip);
    return part(x, code, x.nul, (s, e) => {
      const { b } = x;
      code.line(`${e} = ${end ? `${code.constant(trimEndOf)}(${b}, ${x.s}, ${x.e}, ${set})` : x.e};`);
      code.line(`${s} = ${start ? `${code.constant(trimStartOf)}(${b}, ${x.s}, ${e}, ${set})` : x.s};`);
    });
  };

const constantText = (e: Expr | undefined): string | undefined =>
  e?.kind === 'literal' && e.type === 'TEXT' && typeof e.value === 'string' ? e.value : undefined;

const constantInteger = (e: Expr | undefined): number | undefined =>
  e?.kind === 'literal' && e.type === 'INTEGER' && typeof e.value === 'number' ? e.value : undefined;

/** split_part(x, 'separator', n) of constants, n from 1: '' beyond the end. */
const splitPart: Form = (emitter, call) => piece(emitter, call, constantInteger(call.args[2]), 'empty');

/** split_index(x, 'separator', n) of constants, n from 0: NULL beyond the end. */
const splitIndex: Form = (emitter, call) => {
  const n = constantInteger(call.args[2]);
  return piece(emitter, call, n === undefined ? undefined : n + 1, 'null');
};

function piece(emitter: Emitter, call: Call, nth: number | undefined, beyond: 'empty' | 'null'): Operand | undefined {
  const { code } = emitter;
  const separator = constantText(call.args[1]);
  if (!separator || nth === undefined || nth < 1) return undefined;
  const x = emitter.emit(call.args[0]!);
  if (x.rep !== 'text') return undefined;
  const bytes = Buffer.from(separator);
  const [from, to] = bytes.length === 1 ? [pieceStart, pieceEnd] : [longPieceStart, longPieceEnd];
  const mark = code.constant(bytes.length === 1 ? bytes[0] : bytes);
  const found = code.local();
  const nul = beyond === 'null' ? code.local('false') : x.nul;
  if (beyond === 'null') code.line(`${nul} = ${x.nul};`);
  return part(x, code, nul, (s, e) => {
    code.line(`${found} = ${code.constant(from)}(${view(x)}, ${mark}, ${code.constant(nth)});`);
    code.block(`if (${found} < 0)`, () => {
      code.line(beyond === 'null' ? `${nul} = true;` : `${s} = ${x.s}; ${e} = ${x.s};`);
    });
    code.block('else', () => {
      code.line(`${s} = ${found}; ${e} = ${code.constant(to)}(${x.b}, ${found}, ${x.e}, ${mark});`);
    });
  });
}

/** substr(x, start [, count]) of whole numbers. */
const substr: Form = (emitter, call) => {
  const { code } = emitter;
  const [x, from, count] = call.args.map((arg) => emitter.emit(arg));
  if (x?.rep !== 'text' || from?.rep !== 'int' || (count !== undefined && count.rep !== 'int')) return undefined;
  const operands = count === undefined ? [x, from] : [x, from, count];
  const range = `${from.v}, ${count === undefined ? '1e9' : count.v}`;
  return part(x, code, anyNull(code, operands), (s, e) => {
    code.line(`${s} = ${code.constant(substrStart)}(${view(x)}, ${range});`);
    code.line(`${e} = ${code.constant(substrEnd)}(${view(x)}, ${range}, ${s});`);
  });
};

/** left(x, n) of a constant n >= 0. */
const left: Form = (emitter, call) => {
  const { code } = emitter;
  const n = constantInteger(call.args[1]);
  const x = emitter.emit(call.args[0]!);
  if (n === undefined || n < 0 || x.rep !== 'text') return undefined;
  return part(x, code, x.nul, (s, e) => {
    code.line(`${s} = ${x.s}; ${e} = ${code.constant(characterAt)}(${view(x)}, ${code.constant(n)});`);
  });
};

export const textForms: Readonly<Record<string, Form>> = {
  '||': concatenate,
  length: numberOf('int', countCharacters, 1),
  octet_length: numberOf('int', byteLength, 1),
  instr: numberOf('int', instr, 2),
  starts_with: numberOf('bool', startsWith, 2),
  ends_with: numberOf('bool', endsWith, 2),
  contains: numberOf('bool', contains, 2),
  upper: mapped(upperTable),
  lower: mapped(lowerTable),
  trim: trim(true, true),
  ltrim: trim(true, false),
  rtrim: trim(false, true),
  split_part: splitPart,
  split_index: splitIndex,
  substr,
  substring: substr,
  left,
};
