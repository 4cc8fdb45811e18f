import { unify, type Type } from '../../data/types.ts';

/** Result types of functions and operators. None may name a class that the value does not have in SQLite. */

const isInteger = (t: Type | undefined): boolean => t === 'INTEGER' || t === 'BOOLEAN' || t === 'NULL';

/** INTEGER of integers, REAL where a REAL meets a number; else only the value tells. */
export const arithmetic = (args: readonly Type[]): Type => {
  if (args.every(isInteger)) return 'INTEGER';
  return args.every((t) => isInteger(t) || t === 'REAL') ? 'REAL' : 'ANY';
};

/** Of one argument that stays what it is: `likely(x)`, `nullif(x, y)`. */
export const sameAsFirst = (args: readonly Type[]): Type => args[0] ?? 'NULL';

/** Of any of the arguments. */
export const anyOfThem = (args: readonly Type[]): Type => args.reduce<Type>((a, b) => unify(a, b), 'NULL');

/** `iif(c, x, c2, y, z)`: of the branches. */
export const branches = (args: readonly Type[]): Type =>
  anyOfThem(args.filter((_, i) => i % 2 === 1 || i === args.length - 1));

/** `abs`: everything but INTEGER becomes REAL. */
export const integerOrReal = (args: readonly Type[]): Type =>
  isInteger(args[0]) ? 'INTEGER' : args[0] === 'ANY' ? 'ANY' : 'REAL';
