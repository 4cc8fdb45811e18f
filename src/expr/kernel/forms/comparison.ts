import type { Affinity } from '../../../data/types.ts';
import type { Value } from '../../../data/value.ts';
import { forComparison } from '../../compare.ts';
import { literalOf, literalValue } from '../../evaluate.ts';
import type { Call, Expr, Literal } from '../../expr.ts';
import { compareNoCase, equalBytes, equalNoCase, orderBytes, trimEnd } from '../bytes.ts';
import type { Code } from '../code.ts';
import type { Emitter } from '../emit.ts';
import { anyNull, isNumeric, repOf, unless, type Operand, type TextOperand } from '../operand.ts';
import type { Form } from './form.ts';

/** The test on two numbers of these signs, or on an order and 0. */
const signs: Readonly<Record<string, string>> = {
  '=': '===',
  '<>': '!==',
  '<': '<',
  '<=': '<=',
  '>': '>',
  '>=': '>=',
};

const comparison: Form = (emitter, call) => {
  const { code } = emitter;
  const [a, b] = operands(emitter, call, call.args);
  if (a === undefined || b === undefined) return undefined;
  const test = testOf(code, call, a, b, signs[call.fn]!);
  if (test === undefined) return undefined;
  const v = code.local();
  const nul = anyNull(code, [a, b]);
  unless(code, nul, () => code.line(`${v} = ${test} ? 1 : 0;`));
  return { rep: 'bool', v, nul };
};

/** IS and IS NOT: equality in which NULL equals NULL; never NULL itself. */
const identity: Form = (emitter, call) => {
  const { code } = emitter;
  const [a, b] = operands(emitter, call, call.args);
  if (a === undefined || b === undefined || a.rep === 'boxed' || b.rep === 'boxed') return undefined;
  const test = testOf(code, call, a, b, '===');
  if (test === undefined) return undefined;
  const v = code.local();
  const positive = call.fn === 'is';
  const either = anyNull(code, [a, b]);
  if (either === 'false') code.line(`${v} = ${test} ? ${positive ? '1 : 0' : '0 : 1'};`);
  else {
    code.line(`${v} = (${either} ? ${a.nul} && ${b.nul} : ${test}) ? ${positive ? '1 : 0' : '0 : 1'};`);
  }
  return { rep: 'bool', v, nul: 'false' };
};

/** The text of a test on two operands of one kind that are not NULL. */
function testOf(code: Code, call: Call, a: Operand, b: Operand, sign: string): string | undefined {
  if ((isNumeric(a) && isNumeric(b)) || (a.rep === 'time' && b.rep === 'time')) return `${a.v} ${sign} ${b.v}`;
  if (a.rep !== 'text' || b.rep !== 'text' || !leavesText(call.affinity)) return undefined;
  const collation = call.collation ?? 'BINARY';
  const [x, y] = collation === 'RTRIM' ? [trimmed(code, a), trimmed(code, b)] : [a, b];
  const noCase = collation === 'NOCASE';
  const sides = `(${x.b}, ${x.s}, ${x.e}, ${y.b}, ${y.s}, ${y.e})`;
  if (sign === '===') return code.constant(noCase ? equalNoCase : equalBytes) + sides;
  if (sign === '!==') return `!${code.constant(noCase ? equalNoCase : equalBytes)}${sides}`;
  return `${code.constant(noCase ? compareNoCase : orderBytes)}${sides} ${sign} 0`;
}

function trimmed(code: Code, x: TextOperand): TextOperand {
  const e = code.local();
  code.line(`${e} = ${code.constant(trimEnd)}(${x.b}, ${x.s}, ${x.e});`);
  return { ...x, e };
}

const leavesText = (affinity: Affinity | undefined): boolean =>
  affinity === undefined || affinity === 'BLOB' || affinity === 'TEXT';

/** Operands with the affinity of the comparison applied to the constants among them: `status = '404'` is of numbers. */
function operands(emitter: Emitter, call: Call, args: readonly Expr[]): Operand[] {
  const text = args.some((arg) => repOf(arg.type) === 'text');
  return args.map((arg) => emitter.emit(arg.kind === 'literal' ? withAffinity(arg, call.affinity, text) : arg));
}

/** @param text whether the other side is TEXT: only then a number becomes TEXT, under that affinity. */
function withAffinity(literal: Literal, affinity: Affinity | undefined, text: boolean): Literal {
  if (literal.value === null || affinity === undefined || literal.type === 'BLOB') return literal;
  if (affinity === 'TEXT' && !text) return literal;
  const before = literalValue(literal);
  const after = forComparison(before, affinity);
  return typeof after === typeof before ? literal : literalOf(after);
}

/** A list of constants of one kind: a set for numbers, bytes for TEXT. */
const inList: Form = (emitter, call) => {
  const { code } = emitter;
  const [needle, ...list] = call.args;
  if (needle === undefined || list.length === 0 || list.some((e) => e.kind !== 'literal')) return undefined;
  const x = emitter.emit(needle);
  const values = list.map((e) => literalValue(withAffinity(e as Literal, call.affinity, x.rep === 'text')));
  const some = values.filter((value) => value !== null);
  const has = isNumeric(x)
    ? numberTest(code, x.v, some)
    : x.rep === 'text' && leavesText(call.affinity) && (call.collation ?? 'BINARY') === 'BINARY'
      ? textTest(code, x, some)
      : undefined;
  if (has === undefined) return undefined;
  const v = code.local();
  const nul = code.local('false');
  code.line(`${nul} = ${anyNull(code, [x])};`);
  unless(code, nul, () => {
    code.line(`${v} = ${has} ? 1 : 0;`);
    if (some.length < values.length) code.line(`${nul} = ${v} === 0;`);
  });
  return { rep: 'bool', v, nul };
};

function numberTest(code: Code, v: string, values: readonly Value[]): string | undefined {
  const numbers = values.map((value) => (typeof value === 'bigint' ? Number(value) : value));
  if (!numbers.every((n): n is number => typeof n === 'number' && Math.abs(n) <= Number.MAX_SAFE_INTEGER)) {
    return undefined;
  }
  return `${code.constant(new Set(numbers))}.has(${v})`;
}

function textTest(code: Code, x: TextOperand, values: readonly Value[]): string | undefined {
  if (!values.every((value): value is string => typeof value === 'string')) return undefined;
  const byLength = new Map<number, Buffer[]>();
  for (const value of values) {
    const bytes = Buffer.from(value);
    byLength.set(bytes.length, [...(byLength.get(bytes.length) ?? []), bytes]);
  }
  const has = (b: Uint8Array, s: number, e: number): boolean => {
    for (const bytes of byLength.get(e - s) ?? []) if (equalBytes(b, s, e, bytes, 0, bytes.length)) return true;
    return false;
  };
  return `${code.constant(has)}(${x.b}, ${x.s}, ${x.e})`;
}

export const comparisonForms: Readonly<Record<string, Form>> = {
  ...Object.fromEntries(Object.keys(signs).map((sign) => [sign, comparison])),
  is: identity,
  'is not': identity,
  in: inList,
};
