import { anyNull, BAIL, isNumeric, unless, variable, type NumberOperand, type Operand } from '../operand.ts';
import type { Emitter } from '../emit.ts';
import type { Form } from './form.ts';

const isWhole = (x: Operand): x is NumberOperand => x.rep === 'int' || x.rep === 'bool';

/**
 * Of two INTEGERs as doubles: exact as long as the result is safe, and what is not safe shows itself as such, since
 * a double that was rounded is beyond 2^53 - 1. Adding 0 makes 0 of -0.
 */
const binary =
  (operator: '+' | '-' | '*'): Form =>
  (emitter, call) => {
    const { code } = emitter;
    const [a, b] = call.args.map((arg) => emitter.emit(arg));
    if (a === undefined || b === undefined || !isNumeric(a) || !isNumeric(b)) return undefined;
    const nul = anyNull(code, [a, b]);
    if (isWhole(a) && isWhole(b)) {
      const v = code.local();
      unless(code, nul, () => {
        code.line(`${v} = ${a.v} ${operator} ${b.v} + 0;`);
        code.line(`if (${v} > 9007199254740991 || ${v} < -9007199254740991) ${bail(emitter)};`);
      });
      return { rep: 'int', v, nul };
    }
    return real(emitter, nul, `${a.v} ${operator} ${b.v}`);
  };

/** A REAL that is NULL where the computation gives no number: Inf - Inf, 0 * Inf. */
function real(emitter: Emitter, nul: string, text: string): Operand {
  const { code } = emitter;
  const target = variable(code, 'real');
  code.line(`${target.nul} = ${nul};`);
  unless(code, target.nul, () => code.line(`${target.v} = ${text}; ${target.nul} = ${target.v} !== ${target.v};`));
  return target;
}

/** Code that leaves the loop: the batch has a value that typed code does not do. */
export const bail = (emitter: Emitter): string =>
  `${emitter.code.constant((): never => {
    // eslint-disable-next-line @typescript-eslint/only-throw-error -- not an error: a way out of the loop
    throw BAIL;
  })}()`;

/** Division and remainder: NULL where the divisor is 0; of INTEGERs towards zero. */
const divide: Form = (emitter, call) => {
  const { code } = emitter;
  const [a, b] = call.args.map((arg) => emitter.emit(arg));
  if (a === undefined || b === undefined || !isNumeric(a) || !isNumeric(b)) return undefined;
  const whole = isWhole(a) && isWhole(b);
  if (!whole && call.fn === '%') return undefined;
  const target = variable(code, whole ? 'int' : 'real');
  const nul = anyNull(code, [a, b]);
  code.line(`${target.nul} = ${nul === 'false' ? '' : `${nul} || `}${b.v} === 0;`);
  unless(code, target.nul, () => {
    if (call.fn === '%') code.line(`${target.v} = ${a.v} % ${b.v} + 0;`);
    else if (whole) code.line(`${target.v} = Math.trunc(${a.v} / ${b.v}) + 0;`);
    else code.line(`${target.v} = ${a.v} / ${b.v}; ${target.nul} = ${target.v} !== ${target.v};`);
  });
  return target;
};

const negate: Form = (emitter, call) => {
  const [a] = call.args.map((arg) => emitter.emit(arg));
  if (a === undefined || !isNumeric(a)) return undefined;
  const v = emitter.code.local();
  emitter.code.line(`${v} = 0 - ${a.v};`);
  return { rep: isWhole(a) ? 'int' : 'real', v, nul: a.nul };
};

export const arithmeticForms: Readonly<Record<string, Form>> = {
  '+': binary('+'),
  '-': binary('-'),
  '*': binary('*'),
  '/': divide,
  '%': divide,
  neg: negate,
};
