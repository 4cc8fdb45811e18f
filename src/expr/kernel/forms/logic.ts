import type { Case, Expr } from '../../expr.ts';
import { nullLiteral } from '../../expr.ts';
import { assign, coerce, nullTest, repOf, variable } from '../operand.ts';
import type { Form } from './form.ts';

/**
 * AND and OR of three values. The right side is computed only for rows that the left one does not decide, so that
 * what it may fail on can be guarded.
 */
const connective =
  (decides: 0 | 1): Form =>
  (emitter, call) => {
    const { code } = emitter;
    const [first, ...rest] = call.args;
    if (first === undefined) return undefined;
    const target = variable(code, 'bool');
    const left = emitter.truth(first);
    code.line(`${target.v} = ${left.v}; ${target.nul} = ${left.nul};`);
    for (const arg of rest) {
      code.block(`if (${target.nul} || ${target.v} !== ${decides})`, () => {
        const right = emitter.truth(arg);
        const settled = `${right.v} === ${decides}`;
        code.line(`if (${right.nul === 'false' ? '' : `!${right.nul} && `}${settled})`);
        code.line(`{ ${target.v} = ${decides}; ${target.nul} = false; }`);
        if (right.nul !== 'false') code.line(`else if (${right.nul}) ${target.nul} = true;`);
      });
    }
    return target;
  };

const not: Form = (emitter, call) => {
  const x = emitter.truth(call.args[0]!);
  const v = emitter.code.local();
  emitter.code.line(`${v} = ${x.v} === 0 ? 1 : 0;`);
  return { rep: 'bool', v, nul: x.nul };
};

const isNullTest =
  (positive: boolean): Form =>
  (emitter, call) => {
    const test = nullTest(emitter.emit(call.args[0]!));
    const v = emitter.code.local();
    emitter.code.line(`${v} = ${test} ? ${positive ? '1 : 0' : '0 : 1'};`);
    return { rep: 'bool', v, nul: 'false' };
  };

/** The first argument that is not NULL; those behind it are not computed. */
const coalesce: Form = (emitter, call) => {
  const { code } = emitter;
  const target = variable(code, repOf(call.type));
  const homes = new Set<string | undefined>();
  const from = (at: number): void => {
    const arg = call.args[at] ?? nullLiteral;
    const x = coerce(code, emitter.emit(arg), call.type);
    if (x.rep === 'text' && x.nul !== 'true') homes.add(x.home);
    assign(code, target, x);
    const test = nullTest(x);
    if (at + 1 < call.args.length && test !== 'false') code.block(`if (${test})`, () => from(at + 1));
  };
  from(0);
  return target.rep === 'text' ? { ...target, home: homes.size === 1 ? [...homes][0] : undefined } : target;
};

/** `iif(c, x, c2, y, z)` is CASE. */
const iif: Form = (emitter, call) => {
  const branches: { when: Expr; then: Expr }[] = [];
  let at = 0;
  for (; at + 1 < call.args.length; at += 2) branches.push({ when: call.args[at]!, then: call.args[at + 1]! });
  return emitter.emit({
    kind: 'case',
    branches,
    otherwise: call.args[at] ?? nullLiteral,
    type: call.type,
  } satisfies Case);
};

export const logicForms: Readonly<Record<string, Form>> = {
  and: connective(0),
  or: connective(1),
  not,
  isnull: isNullTest(true),
  notnull: isNullTest(false),
  coalesce,
  ifnull: coalesce,
  iif,
  if: iif,
};
