import { bail } from './arithmetic.ts';
import { unless } from '../operand.ts';
import type { Form } from './form.ts';

/** The beginning of the years 0 and 10000; us. Moments beyond have no text of the usual form: the reference does them. */
const FIRST = -62_167_219_200_000_000;
const BEYOND = 253_402_300_800_000_000;

/** A TIMESTAMP and a constant length of time without months. */
const add: Form = (emitter, call) => {
  const { code } = emitter;
  const [time, months, us] = call.args;
  if (months?.kind !== 'literal' || months.value !== 0 || us?.kind !== 'literal' || typeof us.value !== 'number')
    return undefined;
  const from = emitter.emit(time!);
  if (from.rep !== 'time') return undefined;
  const v = code.local();
  unless(code, from.nul, () => {
    code.line(`${v} = ${from.v} + ${code.constant(us.value)};`);
    code.line(`if (${v} < ${FIRST} || ${v} >= ${BEYOND}) ${bail(emitter)};`);
  });
  return { rep: 'time', v, nul: from.nul };
};

export const timestampForms: Readonly<Record<string, Form>> = { timestamp_add: add };
