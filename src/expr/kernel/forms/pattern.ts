import type { Call } from '../../expr.ts';
import { globMatcher, likeMatcher, type Matcher } from '../pattern.ts';
import type { Emitter } from '../emit.ts';
import { unless, type Operand } from '../operand.ts';
import type { Form } from './form.ts';

/** LIKE and GLOB of a text and a constant pattern. */
function withMatcher(emitter: Emitter, call: Call, matcher: Matcher | undefined): Operand | undefined {
  const { code } = emitter;
  if (matcher === undefined) return undefined;
  const x = emitter.emit(call.args[0]!);
  if (x.rep !== 'text') return undefined;
  const v = code.local();
  unless(code, x.nul, () => code.line(`${v} = ${code.constant(matcher)}(${x.b}, ${x.s}, ${x.e}) ? 1 : 0;`));
  return { rep: 'bool', v, nul: x.nul };
}

/** The text of a constant argument. */
function constant(call: Call, at: number): string | undefined {
  const arg = call.args[at];
  return arg?.kind === 'literal' && arg.type === 'TEXT' && arg.value !== null ? String(arg.value) : undefined;
}

const like: Form = (emitter, call) => {
  const pattern = constant(call, 1);
  const escape = constant(call, 2);
  if (pattern === undefined || (call.args.length === 3 && escape === undefined)) return undefined;
  return withMatcher(emitter, call, likeMatcher(pattern, escape));
};

const glob: Form = (emitter, call) => {
  const pattern = constant(call, 1);
  return pattern === undefined ? undefined : withMatcher(emitter, call, globMatcher(pattern));
};

export const patternForms: Readonly<Record<string, Form>> = { like, glob };
