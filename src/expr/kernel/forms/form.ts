import type { Call } from '../../expr.ts';
import type { Emitter } from '../emit.ts';
import type { Operand } from '../operand.ts';

/**
 * Typed code for one operator or function. Gives undefined where the types of the arguments are none that it is for;
 * then the reference is called. It must mean the same as the reference on every value, NULLs included.
 */
export type Form = (emitter: Emitter, call: Call) => Operand | undefined;
