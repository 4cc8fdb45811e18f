import { decode } from '../../data/cell.ts';
import { timestampOf, timestampText } from '../../data/timestamp.ts';
import type { Type } from '../../data/types.ts';
import type { Value } from '../../data/value.ts';
import type { Code } from './code.ts';

/** How generated code holds a cell: a number of some meaning, a view of bytes, or boxed. */
export type Rep = 'int' | 'real' | 'bool' | 'time' | 'text' | 'boxed';

/** A cell as a JS number in `v`; `nul` is the text of a test: `false`, `true` or a variable. */
export interface NumberOperand {
  readonly rep: 'int' | 'real' | 'bool' | 'time';
  readonly v: string;
  readonly nul: string;
}
/** A cell as bytes `b[s .. e)`. `home` names the buffer that `b` always is, if it is always the same. */
export interface TextOperand {
  readonly rep: 'text';
  readonly b: string;
  readonly s: string;
  readonly e: string;
  readonly nul: string;
  readonly home: string | undefined;
}
/** A cell as a `Value`; NULL is `null`. */
export interface BoxedOperand {
  readonly rep: 'boxed';
  readonly v: string;
}
export type Operand = NumberOperand | TextOperand | BoxedOperand;

export const isNumeric = (x: Operand): x is NumberOperand => x.rep === 'int' || x.rep === 'real' || x.rep === 'bool';

export function repOf(type: Type): Rep {
  switch (type) {
    case 'INTEGER':
      return 'int';
    case 'REAL':
      return 'real';
    case 'BOOLEAN':
      return 'bool';
    case 'TIMESTAMP':
      return 'time';
    case 'TEXT':
    case 'JSON':
      return 'text';
    default:
      return 'boxed';
  }
}

/** Thrown where a batch has a value that typed code cannot hold; the batch is then done again on boxed cells. */
export const BAIL: unique symbol = Symbol('this batch needs boxed cells');

const bail = (): never => {
  // eslint-disable-next-line @typescript-eslint/only-throw-error -- not an error: a way out of the loop, without a stack
  throw BAIL;
};

/** The test for any of the operands being NULL. */
export function anyNull(code: Code, operands: readonly Operand[]): string {
  const tests = [...new Set(operands.map(nullTest))].filter((test) => test !== 'false');
  if (tests.includes('true')) return 'true';
  if (tests.length <= 1) return tests[0] ?? 'false';
  const nul = code.local('false');
  code.line(`${nul} = ${tests.join(' || ')};`);
  return nul;
}

export const nullTest = (x: Operand): string => (x.rep === 'boxed' ? `(${x.v} === null)` : x.nul);

/** Runs `body` where `nul` does not hold. */
export function unless(code: Code, nul: string, body: () => void): void {
  if (nul === 'false') body();
  else if (nul !== 'true') code.block(`if (!${nul})`, body);
}

/** The cell as a boxed value. */
export function boxed(code: Code, x: Operand): BoxedOperand {
  if (x.rep === 'boxed') return x;
  if (x.nul === 'true') return { rep: 'boxed', v: 'null' };
  const v = code.local('null');
  code.line(x.nul === 'false' ? `${v} = ${boxText(code, x)};` : `${v} = ${x.nul} ? null : ${boxText(code, x)};`);
  return { rep: 'boxed', v };
}

function boxText(code: Code, x: NumberOperand | TextOperand): string {
  switch (x.rep) {
    case 'int':
    case 'bool':
      return `BigInt(${x.v})`;
    case 'real':
      return x.v;
    case 'time':
      return `${code.constant(timestampText)}(${x.v})`;
    case 'text':
      return `${code.constant(decode)}(${x.b}, ${x.s}, ${x.e})`;
  }
}

/** The cell in the form that code for `type` expects. Values that this form cannot hold end the batch with `BAIL`. */
export function coerce(code: Code, x: Operand, type: Type): Operand {
  const rep = repOf(type);
  if (x.rep === rep) return x;
  if (rep === 'int' && x.rep === 'bool') return { ...x, rep: 'int' };
  const value = boxed(code, x);
  if (rep === 'boxed') return value;
  if (value.v === 'null') return nothing(code, rep);
  const target = variable(code, rep);
  code.line(`${target.nul} = ${value.v} === null;`);
  code.block(`if (!${target.nul})`, () => {
    if (target.rep === 'text') {
      code.line(`if (typeof ${value.v} !== 'string') ${code.constant(bail)}();`);
      code.line(`${target.s} = A.used; A.putText(${value.v}); ${target.e} = A.used; ${target.b} = A.bytes;`);
    } else code.line(`${target.v} = ${code.constant(unboxers[target.rep])}(${value.v});`);
  });
  return target.rep === 'text' ? { ...target, home: 'A' } : target;
}

/** NULL in the given form. */
export function nothing(code: Code, rep: Rep): Operand {
  if (rep === 'boxed') return { rep, v: 'null' };
  if (rep !== 'text') return { rep, v: '0', nul: 'true' };
  return { rep, b: code.constant(empty), s: '0', e: '0', nul: 'true', home: undefined };
}

const empty = Buffer.alloc(0);

/** Fresh variables for a cell of some form. */
export function variable(code: Code, rep: 'text'): TextOperand;
export function variable(code: Code, rep: 'int' | 'real' | 'bool' | 'time'): NumberOperand;
export function variable(code: Code, rep: Exclude<Rep, 'boxed'>): NumberOperand | TextOperand;
export function variable(code: Code, rep: Rep): Operand;
export function variable(code: Code, rep: Rep): Operand {
  if (rep === 'boxed') return { rep, v: code.local('null') };
  const nul = code.local('false');
  if (rep !== 'text') return { rep, v: code.local(), nul };
  const b = code.local(code.constant(empty));
  return { rep, b, s: code.local(), e: code.local(), nul, home: undefined };
}

/** Copies the variables of `x` to those of `target`, which has the same form. */
export function assign(code: Code, target: Operand, x: Operand): void {
  if (target.rep === 'text' && x.rep === 'text') {
    code.line(`${target.b} = ${x.b}; ${target.s} = ${x.s}; ${target.e} = ${x.e}; ${target.nul} = ${x.nul};`);
  } else if (target.rep === 'boxed' || x.rep === 'boxed') {
    code.line(`${(target as BoxedOperand).v} = ${(x as BoxedOperand).v};`);
  } else code.line(`${(target as NumberOperand).v} = ${(x as NumberOperand).v}; ${target.nul} = ${x.nul};`);
}

const unboxers = {
  int: (value: Value): number => {
    const number = typeof value === 'bigint' ? Number(value) : NaN;
    return Number.isSafeInteger(number) ? number : bail();
  },
  real: (value: Value): number => (typeof value === 'number' ? value : bail()),
  bool: (value: Value): number => (value === 0n ? 0 : value === 1n ? 1 : bail()),
  time: (value: Value): number => (typeof value === 'string' ? (timestampOf(value) ?? bail()) : bail()),
};
