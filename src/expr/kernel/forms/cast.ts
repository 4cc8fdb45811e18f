import { parseTimestampBytes } from '../../cast.ts';
import type { Cast } from '../../expr.ts';
import { integerOfBytes, realOfBytes, wholeIntegerOfBytes } from '../bytes.ts';
import type { Emitter } from '../emit.ts';
import { isNumeric, unless, variable, type NumberOperand, type Operand, type TextOperand } from '../operand.ts';
import { asText } from './text.ts';

/** Typed code for the casts that logs and csv files are full of; undefined for all others. */
export function castForm(emitter: Emitter, e: Cast): Operand | undefined {
  const x = emitter.emit(e.arg);
  switch (e.to) {
    case 'TEXT':
      return e.strict ? undefined : asText(emitter, x);
    case 'INTEGER':
      if (x.rep === 'int' || x.rep === 'bool') return { ...x, rep: 'int' };
      return x.rep === 'text' ? ofText(emitter, e, x, 'int') : undefined;
    case 'REAL':
      if (isNumeric(x)) return { ...x, rep: 'real' };
      return x.rep === 'text' ? ofText(emitter, e, x, 'real') : undefined;
    case 'BOOLEAN':
      return x.rep === 'bool' ? x : undefined;
    case 'TIMESTAMP':
      if (x.rep === 'time') return x;
      return x.rep === 'text' ? ofText(emitter, e, x, 'time') : undefined;
    default:
      return undefined;
  }
}

/** Reads the bytes; where the quick reader gives up (NaN), the reference does that cell. */
function ofText(emitter: Emitter, e: Cast, x: TextOperand, rep: NumberOperand['rep']): Operand {
  const { code } = emitter;
  const target = variable(code, rep);
  code.line(`${target.nul} = ${x.nul};`);
  unless(code, target.nul, () => {
    const view = `${x.b}, ${x.s}, ${x.e}`;
    if (rep === 'int') {
      code.line(`${target.v} = ${code.constant(e.strict ? wholeIntegerOfBytes : integerOfBytes)}(${view});`);
    } else if (rep === 'real') {
      code.line(`${target.v} = ${code.constant(realOfBytes)}(${view}, ${e.strict ? 'true' : 'false'});`);
    } else {
      code.line(`${target.v} = ${code.constant(parseTimestampBytes)}(${view});`);
    }
    code.block(`if (${target.v} !== ${target.v})`, () => {
      const slow = emitter.slow(e);
      if (slow.rep === 'text' || slow.rep === 'boxed') return;
      code.line(`${target.nul} = ${slow.nul}; ${target.v} = ${slow.v};`);
    });
  });
  return target;
}
